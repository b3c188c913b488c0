/** The user every development server knows; the home page says so openly. */

/** Ada, who exists in development only. */
export const demoUser = { email: 'ada@example.com', password: 'correct horse battery staple' }
