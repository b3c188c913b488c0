/** The claims of an ID token (OpenID Connect Core §2), and the hash that ties it to an access token (§3.1.3.6). */
import { createHash } from 'node:crypto'

import { authenticationClaims, seconds, type AuthenticationFacts } from './access-token-claims.js'

/** Everything an ID token is made of. */
export interface IdTokenFacts {
  readonly issuer: string
  readonly subject: string
  readonly clientId: string
  readonly nonce: string | null
  readonly sessionId: string | null
  readonly accessToken: string
  readonly issuedAt: Date
  readonly expiresAt: Date
  readonly authentication: AuthenticationFacts
  /** What the host lets this client learn, already filtered by scope and free of reserved names. */
  readonly accountClaims: Readonly<Record<string, unknown>>
}

/** The wire claims; what the protocol owns is written last, so that no host claim can stand in its place. */
export function idTokenClaims(facts: IdTokenFacts): object {
  return {
    ...facts.accountClaims,
    iss: facts.issuer,
    sub: facts.subject,
    aud: facts.clientId,
    iat: seconds(facts.issuedAt),
    exp: seconds(facts.expiresAt),
    ...authenticationClaims(facts.authentication),
    ...(facts.nonce === null ? {} : { nonce: facts.nonce }),
    ...(facts.sessionId === null ? {} : { sid: facts.sessionId }),
    at_hash: accessTokenHash(facts.accessToken),
  }
}

/** `at_hash` under ES256: the left half of SHA-256 over the ASCII of the access token. */
export function accessTokenHash(accessToken: string): string {
  return createHash('sha256').update(accessToken, 'latin1').digest().subarray(0, 16).toString('base64url')
}
