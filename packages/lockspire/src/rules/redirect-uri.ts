/** Redirect URIs: what may be registered, and what counts as the same one (RFC 6749 §3.1.2, RFC 9700 §2.1, RFC 8252 §7). */
import { ok, refuse, type Result } from '#base/result.js'

/** Where a redirect URI leads: to a web server, to a port of the person's own machine, or to an app by its private scheme. */
export type RedirectUriKind = 'https' | 'localhost' | 'loopback' | 'private_scheme'

/** Why a text cannot be registered as a redirect URI. */
export type RedirectUriReason =
  | 'too_long'
  | 'not_a_uri'
  | 'not_canonical'
  | 'fragment'
  | 'userinfo'
  | 'wildcard'
  | 'plain_http'
  | 'scheme'
  | 'response_parameter'

const MAX_LENGTH = 2000
/** No spaces, controls, quotes, angle brackets, backslashes or anything beyond ASCII. */
const URI_TEXT = /^[a-z][a-z0-9+.-]*:[!$&'()*+,\-./0-9:;=?@A-Z[\]_a-z~%#]+$/
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\])(?::([1-9][0-9]{0,4}))?([/?].*)?$/
/** Names that an authorization response adds (RFC 6749 §4.1.2, RFC 9207, JARM); a registered twin would be ambiguous. */
const RESPONSE_PARAMETERS: ReadonlySet<string> = new Set([
  'code',
  'state',
  'iss',
  'error',
  'error_description',
  'error_uri',
  'response',
])

/** Checks a redirect URI for registration and tells its kind; only one spelling of each address passes. */
export function checkRedirectUri(text: string): Result<RedirectUriKind, RedirectUriReason> {
  if (text.length > MAX_LENGTH) return refuse('too_long')
  if (text.includes('#')) return refuse('fragment')
  if (!URI_TEXT.test(text) || /%(?![0-9A-Fa-f]{2})/.test(text) || !URL.canParse(text)) return refuse('not_a_uri')
  if (text.includes('*')) return refuse('wildcard')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || /^[a-z0-9+.-]+:\/\/[^/?]*@/.test(text)) return refuse('userinfo')
  if (url.protocol === 'https:' || url.protocol === 'http:') return checkWebUri(text, url)
  return checkPrivateScheme(text, url)
}

function checkWebUri(text: string, url: URL): Result<RedirectUriKind, RedirectUriReason> {
  // The parser repairs spellings (case, default ports, dot segments, odd addresses): only what it leaves alone is compared safely.
  if (url.href !== text && url.href !== withRootPath(text)) return refuse('not_canonical')
  if ([...url.searchParams.keys()].some((name) => RESPONSE_PARAMETERS.has(name))) return refuse('response_parameter')
  if (url.protocol === 'https:') return ok('https')
  if (LOOPBACK.test(text)) return ok('loopback')
  return url.hostname === 'localhost' ? ok('localhost') : refuse('plain_http')
}

function checkPrivateScheme(text: string, url: URL): Result<RedirectUriKind, RedirectUriReason> {
  // RFC 8252 §7.1: a scheme made of a domain name in reverse, which also keeps out javascript:, data:, file: and their like.
  if (!/^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:$/.test(url.protocol)) return refuse('scheme')
  if (!/^[a-z0-9.-]+:\/[^\\]*$/.test(text)) return refuse('not_canonical')
  if ([...url.searchParams.keys()].some((name) => RESPONSE_PARAMETERS.has(name))) return refuse('response_parameter')
  return ok('private_scheme')
}

/** `https://a.example` and `https://a.example?x` are spelled without the slash that the parser adds. */
function withRootPath(text: string): string {
  return text.replace(/^(https?:\/\/[^/?]+)(\?|$)/, '$1/$2')
}

/** The kind of a URI that passed `checkRedirectUri`. */
export function redirectUriKind(redirectUri: string): RedirectUriKind {
  const checked = checkRedirectUri(redirectUri)
  return checked.ok ? checked.value : 'private_scheme'
}

/**
 * Whether the presented URI is one of the registered ones: byte by byte, except that the port of a loopback address is free (RFC 8252 §7.3).
 */
export function isRegisteredRedirectUri(registered: readonly string[], presented: string): boolean {
  if (registered.includes(presented)) return true
  const asked = loopbackParts(presented)
  if (!asked) return false
  return registered.some((uri) => {
    const own = loopbackParts(uri)
    return own !== null && own.host === asked.host && own.rest === asked.rest
  })
}

function loopbackParts(text: string): { readonly host: string; readonly rest: string } | null {
  const match = LOOPBACK.exec(text)
  if (!match || !checkRedirectUri(text).ok || Number(match[2] ?? '80') > 65_535) return null
  return { host: match[1] ?? '', rest: match[3] ?? '' }
}

/** What a person is told about where the browser goes next: a host, or the scheme of an app. */
export function redirectDestination(redirectUri: string): string {
  const url = new URL(redirectUri)
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.host : url.protocol.slice(0, -1)
}

/** Adds response parameters to the query that a redirect URI already has; not one of its own bytes changes. */
export function withParameters(redirectUri: string, parameters: readonly (readonly [string, string])[]): string {
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  if (!redirectUri.includes('?')) return `${redirectUri}?${query}`
  return /[?&]$/.test(redirectUri) ? `${redirectUri}${query}` : `${redirectUri}&${query}`
}
