/** The guard of the host's own APIs: an access token of this server, for this resource, with these scopes (RFC 6750, RFC 9068). */
import type { Context, MiddlewareHandler } from 'hono'

import { ConfigurationError } from '#base/fault.js'
import { plainHeaders } from '#base/headers.js'
import { ok, refuse, type Result } from '#base/result.js'

import { isWithin } from '../rules/scope.js'
import type { Server } from '../server.js'
import { challengeStatus, parseBearer, renderChallenge, type BearerReason, type Challenge } from '../rules/bearer.js'
import { liveGrantOf, verifyAccessToken, type AccessTokenReason } from '../records/tokens/access-token.js'

/** What a guarded route may rely on, as `c.var.accessToken`. */
export interface AccessToken {
  /** The account that allowed it: `sub`. */
  readonly subject: string
  /** The `client_id` of the client that calls. */
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  /** The stored grant behind it. */
  readonly grantId: string
  /** `jti`, or the id of an opaque token's row. */
  readonly tokenId: string
  readonly expiresAt: Date
}

/** The variables that the guard sets on a Hono context. */
export interface AccessTokenVariables {
  readonly accessToken: AccessToken
}

/** What a route demands. */
export interface AccessTokenDemand<Scope extends string = string, Resource extends string = string> {
  /** Every one of these must be in the token. */
  readonly scope: Scope | readonly Scope[]
  /** The audience it must be made for; the first configured resource unless told. */
  readonly resource?: NoInfer<Resource>
  /**
   * Ask the database on every request whether the grant still stands, so that revoking works at once; one indexed read.
   * Without it, a JWT of a revoked grant works until it expires (`lifetimes.accessTokenSeconds`). Default false; an
   * opaque token is always read together with its grant.
   */
  readonly checkGrant?: boolean
}

/** Makes the guard; throws a ConfigurationError for a scope or resource that is not configured. */
export function accessTokenGuard(
  server: Server,
  demand: AccessTokenDemand,
): MiddlewareHandler<{ Variables: AccessTokenVariables }> {
  const scopes = typeof demand.scope === 'string' ? [demand.scope] : demand.scope
  const resource = demand.resource ?? server.config.defaultResource
  const problems = [
    ...(scopes.length === 0 ? ['requireAccessToken needs at least one scope'] : []),
    ...scopes
      .filter((scope) => !server.config.scopes.has(scope))
      .map((scope) => `requireAccessToken names the scope "${scope}", which is not configured`),
    ...(server.config.resources.has(resource)
      ? []
      : [`requireAccessToken names the resource "${resource}", which is not configured`]),
  ]
  if (problems.length > 0) throw new ConfigurationError('lockspire', problems)
  const rule = { scopes, resource, checkGrant: demand.checkGrant ?? false }

  return async (c, next) => {
    const url = c.req.url
    const query = url.indexOf('?')
    const token = parseBearer(c.req.header('authorization'), query === -1 ? '' : url.slice(query))
    const admitted = token.ok ? await admit(server, token.value, rule) : token
    if (!admitted.ok) return refusal(c, { ...refusals[admitted.reason], realm: server.config.issuer }, scopes)
    c.set('accessToken', admitted.value)
    return next()
  }
}

type Reason = BearerReason | AccessTokenReason | 'other_resource' | 'insufficient_scope' | 'grant_ended'

interface Rule {
  readonly scopes: readonly string[]
  readonly resource: string
  readonly checkGrant: boolean
}

async function admit(server: Server, token: string, rule: Rule): Promise<Result<AccessToken, Reason>> {
  const now = server.clock.now()
  const verified = await verifyAccessToken(server, token, now)
  if (!verified.ok) return verified
  const { proof, issuedAt: _issuedAt, ...accessToken } = verified.value
  if (!accessToken.audiences.includes(rule.resource)) return refuse('other_resource')
  const isChecked = rule.checkGrant || proof.format === 'opaque'
  if (isChecked && !(await liveGrantOf(server, verified.value, now))) return refuse('grant_ended')
  if (!isWithin(rule.scopes, accessToken.scopes)) return refuse('insufficient_scope')
  return ok(accessToken)
}

const invalid = { error: 'invalid_token', description: 'The access token is not valid here.' } as const

/** Whatever is wrong with a token, the caller hears the same, except what it can mend. */
const refusals = {
  missing: {},
  malformed_header: { error: 'invalid_request', description: 'The Authorization header is malformed.' },
  token_in_query: { error: 'invalid_request', description: 'The access token belongs in the Authorization header.' },
  malformed: invalid,
  wrong_algorithm: invalid,
  wrong_type: invalid,
  unknown_key: invalid,
  bad_signature: invalid,
  wrong_issuer: invalid,
  incomplete: invalid,
  not_yet_valid: invalid,
  unknown_token: invalid,
  expired: { error: 'invalid_token', description: 'The access token expired.' },
  other_resource: invalid,
  grant_ended: invalid,
  insufficient_scope: { error: 'insufficient_scope', description: 'The access token does not reach this far.' },
} as const satisfies Record<Reason, Omit<Challenge, 'realm' | 'scopes'>>

function refusal(c: Context, challenge: Challenge, scopes: readonly string[]): Response {
  const { error, description } = challenge
  const isAboutScope = error === undefined || error === 'insufficient_scope'
  const body = error ? { error, error_description: description } : { message: 'An access token is needed.' }
  return c.json(body, challengeStatus(error), {
    ...plainHeaders,
    'WWW-Authenticate': renderChallenge(isAboutScope ? { ...challenge, scopes } : challenge),
  })
}
