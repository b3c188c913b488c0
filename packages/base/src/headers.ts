/** Headers of every answer a browser renders or might keep. */
import { Fault } from './fault.js'

/** What a page needs beyond the strict default. */
export interface PageHeaderOptions {
  /** A random value, new for each answer, that the page's own inline scripts carry. */
  readonly nonce?: string | undefined
  /**
   * Origins (or whole URLs) besides our own at which the page's form post may end. Browsers apply `form-action` to every redirect
   * that follows the post, so a page whose post leads on to a third party lists its address, or says `any`.
   */
  readonly formAction?: readonly string[] | 'any' | undefined
  /** `same-origin` unless told. `no-referrer` also blanks the Origin of the page's posts, which older browsers need to send. */
  readonly referrer?: 'same-origin' | 'no-referrer' | undefined
  /** Keeps `window.opener` alive for a page that a partner opened in a popup. */
  readonly keepOpener?: boolean | undefined
}

/** For answers that hold something personal or secret. */
export const noStore: Readonly<Record<string, string>> = Object.freeze({
  'Cache-Control': 'no-store',
  Pragma: 'no-cache',
})

/** For answers that no browser should render: JSON, errors of an API, empty answers. */
export const plainHeaders: Readonly<Record<string, string>> = Object.freeze({
  ...noStore,
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
})

const permissions = [
  'publickey-credentials-get=(self)',
  'publickey-credentials-create=(self)',
  ...[
    'accelerometer',
    'camera',
    'display-capture',
    'geolocation',
    'gyroscope',
    'magnetometer',
    'microphone',
    'midi',
    'payment',
    'usb',
  ].map((feature) => `${feature}=()`),
].join(', ')

/** Headers of a page: strict content policy, never framed, never stored, never leaking its address to other sites. */
export function pageHeaders(options: PageHeaderOptions = {}): Record<string, string> {
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': contentPolicy(options),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': options.referrer ?? 'same-origin',
    'Cross-Origin-Opener-Policy': options.keepOpener === true ? 'unsafe-none' : 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': permissions,
    ...noStore,
    Vary: 'Cookie',
  }
}

function contentPolicy(options: PageHeaderOptions): string {
  const script = options.nonce === undefined ? "'self'" : `'self' 'nonce-${checkedNonce(options.nonce)}'`
  const formAction = options.formAction ?? []
  return [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    `script-src ${script}`,
    ...(formAction === 'any' ? [] : [`form-action ${["'self'", ...formAction.map(formTarget)].join(' ')}`]),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

function checkedNonce(nonce: string): string {
  if (!/^[A-Za-z0-9+/_-]{16,}={0,2}$/.test(nonce)) throw new Fault('a nonce must be at least 16 characters of base64')
  return nonce
}

/** An origin, or only the scheme for the private-use schemes of apps (RFC 8252 §7.1), which have no origin. */
function formTarget(target: string): string {
  const url = new URL(target)
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.origin : url.protocol
}
