/** The product's name and colour, as both libraries' pages show them. */

/** Notes and its green. */
export const brand = { name: 'Notes', color: '#1d6b52' }
