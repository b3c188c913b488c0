/** Bearer tokens on requests and the challenges that refuse them (RFC 6750). */
import { ok, refuse, type Result } from '#base/result.js'

/** Why no bearer token could be taken from a request. */
export type BearerReason = 'missing' | 'malformed_header' | 'token_in_query'

/** Longer than any token this server makes. */
const MAX_LENGTH = 8192
const TOKEN68 = /^[A-Za-z0-9._~+/-]+=*$/

/** Takes the token from the Authorization header, the only place where it is looked for (RFC 6750 §2.1, RFC 9700 §4.3.2). */
export function parseBearer(authorization: string | undefined, query: string): Result<string, BearerReason> {
  if (/(?:^|[?&])access_token=/.test(query)) return refuse('token_in_query')
  if (authorization === undefined) return refuse('missing')
  const space = authorization.indexOf(' ')
  const scheme = space === -1 ? authorization : authorization.slice(0, space)
  if (scheme.toLowerCase() !== 'bearer') return refuse(/^[A-Za-z0-9-]+$/.test(scheme) ? 'missing' : 'malformed_header')
  // Two Authorization headers arrive joined by a comma, which no token contains.
  const token = space === -1 ? '' : authorization.slice(space + 1).trim()
  return token.length <= MAX_LENGTH && TOKEN68.test(token) ? ok(token) : refuse('malformed_header')
}

/** What a refused caller is told. */
export interface Challenge {
  readonly realm: string
  /** Left out where the request carried no token at all (RFC 6750 §3.1). */
  readonly error?: 'invalid_request' | 'invalid_token' | 'insufficient_scope'
  readonly description?: string
  /** The scopes that would be needed. */
  readonly scopes?: readonly string[]
}

/** The value of WWW-Authenticate. */
export function renderChallenge({ realm, error, description, scopes }: Challenge): string {
  const parts = [`realm="${quoted(realm)}"`]
  if (error) parts.push(`error="${error}"`)
  if (description) parts.push(`error_description="${quoted(description)}"`)
  if (scopes && scopes.length > 0) parts.push(`scope="${quoted(scopes.join(' '))}"`)
  return `Bearer ${parts.join(', ')}`
}

/** The status that goes with a challenge. */
export function challengeStatus(error: Challenge['error']): 400 | 401 | 403 {
  if (error === 'insufficient_scope') return 403
  return error === 'invalid_request' ? 400 : 401
}

function quoted(text: string): string {
  return text.replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '')
}
