/** The claims of a JWT access token (RFC 9068 §2.2): made from a grant, and read back strictly. */
import { ok, refuse, type Result } from '#base/result.js'

import type { JwsPayload } from './compact-jws.js'

/** What a grant says about how its subject authenticated; unknown stays unknown. */
export interface AuthenticationFacts {
  readonly authenticatedAt: Date | null
  readonly methods: readonly string[] | null
  readonly level: string | null
}

/** Everything an access token is made of. */
export interface AccessTokenFacts {
  readonly issuer: string
  readonly subject: string
  readonly clientId: string
  readonly scopes: readonly string[]
  /** At least one. */
  readonly audiences: readonly string[]
  readonly grantId: string
  readonly tokenId: string
  readonly issuedAt: Date
  readonly expiresAt: Date
  readonly authentication: AuthenticationFacts
}

/** The wire claims; `grant` is this server's own claim and names the stored grant behind the token. */
export function accessTokenClaims(facts: AccessTokenFacts): object {
  return {
    iss: facts.issuer,
    sub: facts.subject,
    aud: facts.audiences.length === 1 ? facts.audiences[0] : facts.audiences,
    client_id: facts.clientId,
    scope: facts.scopes.join(' '),
    jti: facts.tokenId,
    grant: facts.grantId,
    iat: seconds(facts.issuedAt),
    exp: seconds(facts.expiresAt),
    ...authenticationClaims(facts.authentication),
  }
}

/** `auth_time`, `amr` and `acr`, each only where it is known. */
export function authenticationClaims(facts: AuthenticationFacts): object {
  return {
    ...(facts.authenticatedAt === null ? {} : { auth_time: seconds(facts.authenticatedAt) }),
    ...(facts.methods === null || facts.methods.length === 0 ? {} : { amr: facts.methods }),
    ...(facts.level === null ? {} : { acr: facts.level }),
  }
}

/** A verified access token as the rest of the code sees it. */
export interface AccessTokenClaims {
  readonly subject: string
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  readonly grantId: string
  readonly tokenId: string
  readonly issuedAt: Date
  readonly expiresAt: Date
}

/** Why verified claims are still not an access token of this server, now. */
export type AccessTokenClaimsReason = 'wrong_issuer' | 'incomplete' | 'expired' | 'not_yet_valid'

/** How far this server's processes may differ in their clocks, for `iat` alone; `exp` gets no leeway. */
const SKEW_SECONDS = 30

/** Reads the claims of a token whose signature is good; a claim of a wrong type is as bad as a missing one. */
export function parseAccessTokenClaims(
  payload: JwsPayload,
  expected: { readonly issuer: string; readonly now: Date },
): Result<AccessTokenClaims, AccessTokenClaimsReason> {
  if (payload['iss'] !== expected.issuer) return refuse('wrong_issuer')
  const { sub, client_id: clientId, scope, jti, grant, iat, exp } = payload
  const audiences = parseAudiences(payload['aud'])
  if (!isText(sub) || !isText(clientId) || typeof scope !== 'string' || !isText(jti) || !isText(grant))
    return refuse('incomplete')
  if (!isTime(iat) || !isTime(exp) || !audiences) return refuse('incomplete')
  const now = expected.now.getTime() / 1000
  if (exp <= now) return refuse('expired')
  if (iat > now + SKEW_SECONDS) return refuse('not_yet_valid')
  return ok({
    subject: sub,
    clientId,
    scopes: scope === '' ? [] : scope.split(' '),
    audiences,
    grantId: grant,
    tokenId: jti,
    issuedAt: new Date(iat * 1000),
    expiresAt: new Date(exp * 1000),
  })
}

/** A NumericDate (RFC 7519 §2): whole seconds. */
export function seconds(moment: Date): number {
  return Math.floor(moment.getTime() / 1000)
}

function parseAudiences(value: unknown): readonly string[] | null {
  if (isText(value)) return [value]
  return Array.isArray(value) && value.length > 0 && value.every(isText) ? value : null
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}
