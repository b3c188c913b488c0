/** Reads how a client identifies itself at a back-channel endpoint (RFC 6749 §2.3.1): exactly one way, strictly decoded. */
import { ok, refuse, type Result } from '#base/result.js'

/** What the client presented; nothing in it is checked against a registration yet. */
export type ClientCredentials =
  | { readonly method: 'none'; readonly clientId: string }
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post'
      readonly clientId: string
      readonly secret: string
    }

/** Why no single identity could be read from the request. */
export type CredentialsReason = 'missing' | 'malformed_header' | 'unsupported_method' | 'two_methods' | 'two_identities'

/** The parts of a request that can carry a client's credentials. */
export interface PresentedCredentials {
  readonly authorization: string | undefined
  readonly clientId: string | undefined
  readonly clientSecret: string | undefined
  readonly hasAssertion: boolean
}

const MAX_ID_LENGTH = 255
const MAX_SECRET_LENGTH = 1024

/** Finds the one method the client used; two at once are refused even when both would be right. */
export function parseClientCredentials(presented: PresentedCredentials): Result<ClientCredentials, CredentialsReason> {
  const { authorization, clientId, clientSecret } = presented
  const methods = [authorization !== undefined, clientSecret !== undefined, presented.hasAssertion].filter(
    Boolean,
  ).length
  if (methods > 1) return refuse('two_methods')
  if (presented.hasAssertion) return refuse('unsupported_method')
  if (authorization !== undefined) {
    const basic = parseBasic(authorization)
    if (!basic.ok) return basic
    if (clientId !== undefined && clientId !== basic.value.clientId) return refuse('two_identities')
    return basic
  }
  if (clientId === undefined) return refuse('missing')
  if (clientId.length > MAX_ID_LENGTH || (clientSecret ?? '').length > MAX_SECRET_LENGTH) return refuse('missing')
  if (clientSecret === undefined) return ok({ method: 'none', clientId })
  return ok({ method: 'client_secret_post', clientId, secret: clientSecret })
}

/** Decodes `Basic` (RFC 7617) whose halves are form-encoded (RFC 6749 §2.3.1); one spelling only. */
export function parseBasic(
  header: string,
): Result<
  { readonly method: 'client_secret_basic'; readonly clientId: string; readonly secret: string },
  'malformed_header' | 'unsupported_method'
> {
  const match = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?: +(.*))?$/s.exec(header)
  if (match?.[1]?.toLowerCase() !== 'basic') return refuse(match ? 'unsupported_method' : 'malformed_header')
  const encoded = match[2] ?? ''
  const bytes = Buffer.from(encoded, 'base64')
  if (encoded === '' || bytes.toString('base64') !== encoded) return refuse('malformed_header')
  const text = bytes.toString('latin1')
  const colon = text.indexOf(':')
  if (colon < 1 || !/^[\x20-\x7e]+$/.test(text)) return refuse('malformed_header')
  const clientId = decodeFormValue(text.slice(0, colon))
  const secret = decodeFormValue(text.slice(colon + 1))
  if (clientId === null || secret === null) return refuse('malformed_header')
  if (clientId === '' || clientId.length > MAX_ID_LENGTH || secret.length > MAX_SECRET_LENGTH)
    return refuse('malformed_header')
  return ok({ method: 'client_secret_basic', clientId, secret })
}

function decodeFormValue(text: string): string | null {
  try {
    const value = decodeURIComponent(text.replaceAll('+', ' '))
    return /\p{Cc}/u.test(value) ? null : value
  } catch {
    return null
  }
}
