/** What people do in the tiny browser: log in, allow, and read their mail. */
import { type BrowserPage, HttpBrowser } from './http-browser.js'
import { readMail } from './mailbox.js'

/** The user whom every development host knows. */
export const ada = { email: 'ada@example.com', password: 'correct horse battery staple' }

/** Logs in or allows, whatever the page asks for. */
export function goAlong(browser: HttpBrowser, user: { email: string; password: string } = ada) {
  return async (page: BrowserPage): Promise<BrowserPage> =>
    page.url.pathname === '/users/log_in'
      ? browser.submit(page, /^log in$/i, { email: user.email, password: user.password })
      : browser.submit(page, /^allow/i)
}

/** Registers somebody in a browser of their own, confirms by the mailed code, and leaves one note. */
export async function registerPerson(host: string, user: { email: string; password: string }): Promise<void> {
  const browser = new HttpBrowser()
  const form = await browser.get(`${host}/users/register?return_to=%2Fnotes`)
  const waiting = await browser.submit(form, /^Create account$/, user)
  const mail = await readMail(host, user.email, /confirm/i)
  const notes = await browser.submit(waiting, /^Confirm$/, { code: mail.code ?? '' })
  await browser.submit(notes, /^Add note$/, { text: 'Buy oat milk and two lemons' })
}
