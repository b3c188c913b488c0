/** The cookies of sigra: what each proves and how long browsers keep it; the server never trusts a cookie's own age. */
import { clearCookie, cookieName, readCookie, serializeCookie } from '#base/cookies.js'

/** One cookie of sigra. */
export interface SigraCookie {
  /** The value in a Cookie header, if it has the form of a secret this library made. */
  read(header: string | null | undefined): string | undefined
  /** Whether text has the form of this cookie's secret. */
  accepts(text: string | undefined): text is string
  set(value: string, maxAgeSeconds?: number): string
  clear(): string
}

/** All cookies of sigra. */
export interface SigraCookies {
  /** The session's secret. */
  readonly session: SigraCookie
  /** Marks a browser that logged in before, or was let try by a mailed link, so that strangers' guesses do not slow its owner down. */
  readonly device: SigraCookie
  /** Binds a registration to the browser it was made in. */
  readonly pending: SigraCookie
  /** Holds the secret of a mailed link after it left the address bar. */
  readonly link: SigraCookie
  /** Binds the way back of somebody who asked for a link to try again to the browser they asked in. */
  readonly unlockAsked: SigraCookie
  /** Holds the secret of such a link after it left the address bar. */
  readonly unlockLink: SigraCookie
}

/** Prefixes of the secrets; a leaked one is recognised by it. */
export const secretPrefixes = {
  session: 'sgs_',
  device: 'sgd_',
  pending: 'sgp_',
  link: 'sgl_',
  unlockAsked: 'sga_',
  unlockLink: 'sgu_',
} as const satisfies Record<keyof SigraCookies, string>

/** Makes the cookies; `secure` adds the `__Host-` prefix. */
export function sigraCookies(secure: boolean): SigraCookies {
  const make = (base: string, prefix: string): SigraCookie => {
    const name = cookieName(base, secure)
    const form = secretForm(prefix)
    return {
      read(header) {
        const value = readCookie(header, name)
        return value !== undefined && form.test(value) ? value : undefined
      },
      accepts: (text): text is string => text !== undefined && form.test(text),
      set: (value, maxAgeSeconds) => serializeCookie(name, value, { secure, maxAgeSeconds }),
      clear: () => clearCookie(name, secure),
    }
  }
  return {
    session: make('sigra_session', secretPrefixes.session),
    device: make('sigra_device', secretPrefixes.device),
    pending: make('sigra_pending', secretPrefixes.pending),
    link: make('sigra_link', secretPrefixes.link),
    unlockAsked: make('sigra_unlock_asked', secretPrefixes.unlockAsked),
    unlockLink: make('sigra_unlock_link', secretPrefixes.unlockLink),
  }
}

/** The form of a secret behind a prefix: 32 bytes in base64url. */
export function secretForm(prefix: string): RegExp {
  return new RegExp(`^${prefix}[A-Za-z0-9_-]{43}$`)
}
