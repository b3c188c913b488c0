/** What people do in the tiny browser: log in, allow, and read their mail. */
import type { BrowserPage, HttpBrowser } from './http-browser.js'

/** The user whom every development host knows. */
export const ada = { email: 'ada@example.com', password: 'correct horse battery staple' }

/** Logs in or allows, whatever the page asks for. */
export function goAlong(browser: HttpBrowser, user: { email: string; password: string } = ada) {
  return async (page: BrowserPage): Promise<BrowserPage> =>
    page.url.pathname === '/users/log_in'
      ? browser.submit(page, /^log in$/i, { email: user.email, password: user.password })
      : browser.submit(page, /^allow/i)
}
