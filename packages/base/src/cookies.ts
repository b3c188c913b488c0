/** Cookies that only this origin can set (RFC 6265bis): `__Host-`, HttpOnly, Secure, SameSite=Lax. */
import { Fault } from './fault.js'

const nameToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const valueOctets = /^[!#-+\--:<-[\]-~]*$/

/** Whether cookies of this base URL are Secure: always, except on plain-HTTP loopback, which only development uses. */
export function cookiesAreSecure(baseUrl: URL): boolean {
  return !(baseUrl.protocol === 'http:' && isLoopbackHost(baseUrl.hostname))
}

/** Whether a URL's host name can only be this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname)
  )
}

/** The full name of a cookie: with the `__Host-` prefix wherever it is Secure. */
export function cookieName(base: string, secure: boolean): string {
  return secure ? `__Host-${base}` : base
}

/** The value of the cookie with exactly this full name; one that is there twice was planted and counts as absent. */
export function readCookie(header: string | null | undefined, name: string): string | undefined {
  if (header === null || header === undefined) return undefined
  let found: string | undefined
  let start = 0
  while (start < header.length) {
    let end = header.indexOf(';', start)
    if (end === -1) end = header.length
    while (start < end && isBlank(header.charCodeAt(start))) start += 1
    if (header.startsWith(name, start)) {
      let equals = start + name.length
      while (equals < end && isBlank(header.charCodeAt(equals))) equals += 1
      if (header[equals] === '=' && equals < end) {
        if (found !== undefined) return undefined
        found = header.slice(equals + 1, end).trim()
      }
    }
    start = end + 1
  }
  return found
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** A Set-Cookie value; the cookie ends with the browser unless `maxAgeSeconds` is given. Faults for a value that needs encoding. */
export function serializeCookie(
  name: string,
  value: string,
  options: { readonly secure: boolean; readonly maxAgeSeconds?: number | undefined },
): string {
  if (!nameToken.test(name)) throw new Fault('a cookie name holds a character that is not allowed')
  if (!valueOctets.test(value)) throw new Fault(`the value of the cookie ${name} holds a character that is not allowed`)
  const age = options.maxAgeSeconds === undefined ? '' : `; Max-Age=${Math.floor(options.maxAgeSeconds)}`
  return `${name}=${value}; Path=/${age}; HttpOnly${options.secure ? '; Secure' : ''}; SameSite=Lax`
}

/** A Set-Cookie value that removes the cookie. */
export function clearCookie(name: string, secure: boolean): string {
  return serializeCookie(name, '', { secure, maxAgeSeconds: 0 })
}
