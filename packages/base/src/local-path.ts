/** Return paths that stay on this origin, proven once so that a redirect to them can be trusted. */

/** A path of this origin, with its query and fragment, that may stand in a Location header. */
export type LocalPath = string & { readonly __brand: 'LocalPath' }

const maxLength = 2048
const maxDecodings = 5
const visibleAscii = /^[!-~]+$/
const scheme = /^\/*(?:javascript|data|vbscript|file|blob|https?|wss?|ftp):/i
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const control = /[\u0000-\u001f\u007f-\u00a0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufffc-\uffff]/
const encodedControl = /%(?:[01][0-9a-f]|7f)/i
const escape = /%[0-9a-f]{2}/i
const brokenEscape = /%(?![0-9a-f]{2})/i

/**
 * Accepts `/path?query#fragment` of visible ASCII that every URL parser leaves as it is.
 *
 * Refuses whatever some browser, proxy or decoder could read as another origin, at any level of percent decoding: `//`, backslashes,
 * dot segments, control characters, `@` in the path, schemes, and look-alikes that normalise to any of them.
 */
export function parseLocalPath(text: string | null | undefined): LocalPath | null {
  if (text === null || text === undefined || text.length > maxLength) return null
  if (!isRooted(text) || !visibleAscii.test(text) || text.includes('\\')) return null
  const pathEnd = text.search(/[?#]/)
  const path = pathEnd === -1 ? text : text.slice(0, pathEnd)
  const rest = pathEnd === -1 ? '' : text.slice(pathEnd)
  if (!isPlainPath(path) || brokenEscape.test(rest) || encodedControl.test(rest)) return null
  return isUnchangedByParsing(text) ? brand(text) : null
}

function isRooted(text: string): boolean {
  return text[0] === '/' && text[1] !== '/' && text[1] !== '\\'
}

/** Looks at the path as it would be after each round of decoding that a careless reader behind us might do. */
function isPlainPath(path: string): boolean {
  let current = path
  for (let round = 0; round <= maxDecodings; round += 1) {
    if (!isPlain(current) || !isPlain(current.normalize('NFKC'))) return false
    if (!escape.test(current)) return round > 0 || !current.includes('%')
    try {
      current = decodeURIComponent(current)
    } catch {
      return false
    }
  }
  return false
}

function isPlain(path: string): boolean {
  if (!path.startsWith('/') || path.includes('//') || path.includes('\\') || path.includes('@')) return false
  if (control.test(path) || scheme.test(path)) return false
  return !path.split('/').some((segment) => segment === '.' || segment === '..')
}

function isUnchangedByParsing(text: string): boolean {
  const origin = 'http://origin.invalid'
  if (!URL.canParse(text, origin)) return false
  const url = new URL(text, origin)
  return url.origin === origin && url.href === origin + text
}

function brand(text: string): LocalPath {
  return text as LocalPath
}
