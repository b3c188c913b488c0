/** The cookie that ties interactions to the browser that began them; one secret serves all of its tabs. */
import { cookieName, readCookie, serializeCookie } from '#base/cookies.js'
import { equalBytes, hashSecret, randomSecret, secret, type Secret } from '#base/secrets.js'

import type { Server } from './server.js'

const FORM = /^lsib_[A-Za-z0-9_-]{43}$/

/** The browser's secret, or null where it has none of ours. */
export function readBrowserSecret(server: Server, cookieHeader: string | null | undefined): Secret | null {
  const value = readCookie(cookieHeader, cookieName('lockspire_browser', server.config.secureCookies))
  return value !== undefined && FORM.test(value) ? secret(value) : null
}

/** A secret for a browser that has none. */
export function newBrowserSecret(): Secret {
  return randomSecret('lsib_')
}

/** The Set-Cookie value that gives the browser its secret for as long as an interaction may last. */
export function browserCookie(server: Server, browser: Secret): string {
  const { secureCookies, lifetimes } = server.config
  return serializeCookie(cookieName('lockspire_browser', secureCookies), browser.reveal(), {
    secure: secureCookies,
    maxAgeSeconds: lifetimes.interactionSeconds,
  })
}

/** Whether the browser is the one whose secret has this hash. */
export function isSameBrowser(browser: Secret | null, hash: Buffer): boolean {
  return browser !== null && equalBytes(hashSecret(browser.reveal()), hash)
}
