/**
 * Opaque access tokens (RFC 6749 §1.4): random references to a stored row, for clients or servers that choose them over JWTs.
 *
 * An opaque token is "live" while it has not expired and its grant is live.
 *
 * (1) It is stored by the very statement that spends the code or refresh token it was issued for, or not at all.
 * (2) It never outlives its grant, and reaches no further.
 * (3) Nothing about it changes; it ends by time, or with its grant, consent or client, from their commit on.
 * (4) The table holds SHA-256 of the secret; the secret itself exists only in one response.
 *
 * state    becomes    by
 * –        live       redeemCode, rotateRefreshToken
 * live     ended      time, revokeGrant, or the end of its consent or client
 */
import { ok, refuse, type Result } from '#base/result.js'
import { hashSecret, randomId, randomSecret, type Secret } from '#base/secrets.js'
import { quoteSchema, statement } from '#base/statement.js'

import type { AccessTokenClaims } from '../../rules/access-token-claims.js'
import { audiencesOf, type Reach } from '../../rules/reach.js'
import type { Server } from '../../server.js'
import type { LiveGrant } from './grant.js'

/** An opaque access token that is about to be stored; only the response sees its secret. */
export interface NewAccessToken extends Reach {
  readonly id: string
  readonly secret: Secret
  readonly hash: Buffer
  readonly expiresAt: Date
}

/** A stored token that has not expired; its grant is null where that is no longer live. */
export interface FoundAccessToken extends AccessTokenClaims {
  readonly grant: LiveGrant | null
}

interface AccessTokenRow extends Reach {
  readonly id: string
  readonly created_at: Date
  readonly expires_at: Date
  readonly grant_id: string
  readonly subject: string
  readonly grant_scopes: readonly string[]
  readonly grant_resources: readonly string[]
  readonly client_id: string
  readonly client_name: string
  readonly is_live: boolean
}

const PREFIX = 'lsat_'
/** The prefix and 256 bits in base64url; no JWT looks like it, because it has no dots. */
const SHAPE = /^lsat_[A-Za-z0-9_-]{43}$/

function accessTokenStatements(schema: string) {
  const name = quoteSchema(schema)
  return {
    find: statement<AccessTokenRow>(
      `select a.id, a.scopes, a.resources, a.created_at, a.expires_at, g.id as grant_id, g.subject,
              g.scopes as grant_scopes, g.resources as grant_resources, c.client_id, c.name as client_name,
              (g.revoked_at is null and g.expires_at > $2 and c.disabled_at is null and s.revoked_at is null) as is_live
         from ${name}.access_tokens a
         join ${name}.grants g on g.id = a.grant_id
         join ${name}.clients c on c.id = g.client_id
         join ${name}.consents s on s.id = g.consent_id
        where a.token_hash = $1`,
    ),
  }
}

/** Makes an opaque access token in memory; storing it is the business of the statement that issues it. */
export function newAccessToken({ scopes, resources }: Reach, expiresAt: Date): NewAccessToken {
  const secret = randomSecret(PREFIX)
  return { id: randomId(), secret, hash: hashSecret(secret.reveal()), scopes, resources, expiresAt }
}

/**
 * The part of an issuing statement that stores an opaque access token, with placeholders from `first` on.
 *
 * It reads `grant_id` from `spent`, so that whoever spends nothing stores nothing; `$2` is the moment.
 */
export function accessTokenInsert(schema: string, first: number): string {
  const [id, hash, scopes, resources, expiresAt] = [0, 1, 2, 3, 4].map((at) => `$${first + at}`)
  return `insert into ${quoteSchema(schema)}.access_tokens (id, token_hash, grant_id, scopes, resources, created_at, expires_at)
          select ${id}::uuid, ${hash}::bytea, grant_id, ${scopes}::text[], ${resources}::text[], $2, ${expiresAt}::timestamptz from spent`
}

/** The values of those placeholders, in their order. */
export function accessTokenValues(token: NewAccessToken): unknown[] {
  return [token.id, token.hash, token.scopes, token.resources, token.expiresAt]
}

/** Whether this can only be an opaque access token; whatever else it is, it is looked up nowhere. */
export function isOpaqueAccessToken(token: string): boolean {
  return SHAPE.test(token)
}

/** Finds a token that has not expired, with its grant, client and consent, in one indexed read. */
export async function findAccessToken(
  server: Server,
  token: string,
  now: Date,
): Promise<Result<FoundAccessToken, 'unknown_token' | 'expired'>> {
  const [row] = await server.prepared(accessTokenStatements).find(server.db, [hashSecret(token), now])
  if (!row) return refuse('unknown_token')
  if (row.expires_at <= now) return refuse('expired')
  return ok({
    subject: row.subject,
    clientId: row.client_id,
    scopes: row.scopes,
    audiences: audiencesOf(row, server.config.issuer),
    grantId: row.grant_id,
    tokenId: row.id,
    issuedAt: row.created_at,
    expiresAt: row.expires_at,
    grant: row.is_live ? liveGrant(row) : null,
  })
}

function liveGrant(row: AccessTokenRow): LiveGrant {
  return {
    id: row.grant_id,
    subject: row.subject,
    scopes: row.grant_scopes,
    resources: row.grant_resources,
    clientName: row.client_name,
  }
}
