/**
 * Refresh tokens (RFC 6749 §1.5), kept as families so that reuse can be seen (RFC 9700 §4.14.2).
 *
 * A family is a grant with its refresh tokens; it grows one generation at each refresh.
 * A token is "live" if it is neither spent nor expired and its grant is live.
 *
 * (1) A family has at most one token that is not spent; a unique index says so.
 * (2) A child's generation is its parent's plus one.
 * (3) A spent token is never live again, and is kept as long as its grant.
 * (4) After reuse is seen, the family has no live token.
 * (5) A child never outlives its grant.
 * (6) The table holds SHA-256 of the secret; the secret itself exists only in one response.
 *
 * Every rotation takes the row lock of its grant before it touches a token, so that it comes wholly before or wholly
 * after a revocation, which updates that same row.
 *
 * state      becomes    by
 * –          live       redeemCode, rotateRefreshToken
 * live       spent      rotateRefreshToken
 * live       dead       revokeGrant, time
 * spent      reused     revokeReusedRefreshToken
 */
import { AUDIT_COLUMN_COUNT, AUDIT_COLUMNS, auditPlaceholders } from '#base/audit-log.js'
import { earlier, secondsAfter } from '#base/clock.js'
import { hashSecret, randomId, randomSecret, type Secret } from '#base/secrets.js'
import { quoteSchema, statement } from '#base/statement.js'

import type { AuthenticationFacts } from '../../rules/access-token-claims.js'
import type { Server } from '../../server.js'
import { eventValues, type EventRecord } from '../audit/events.js'
import {
  CLIENT_COLUMNS,
  presentedClient,
  type ClientColumns,
  type PresentedClient,
} from '../clients/authenticate-client.js'
import { accessTokenInsert, accessTokenValues, type NewAccessToken } from './opaque-access-token.js'

/** A refresh token that is about to be stored; only the response sees its secret. */
export interface NewRefreshToken {
  readonly id: string
  readonly secret: Secret
  readonly hash: Buffer
  readonly expiresAt: Date
}

/** A stored refresh token with its grant, as the token endpoint sees them. */
export interface PresentedRefreshToken {
  readonly id: string
  readonly generation: number
  readonly expiresAt: Date
  readonly spentAt: Date | null
  readonly grant: {
    readonly id: string
    /** The row id of the client it belongs to. */
    readonly clientId: string
    readonly subject: string
    readonly scopes: readonly string[]
    readonly resources: readonly string[]
    readonly authentication: AuthenticationFacts
    readonly expiresAt: Date
    readonly isRevoked: boolean
    readonly isConsentRevoked: boolean
  }
}

/** Everything one read shows about a refresh. */
export interface RefreshTokenRead {
  readonly client: PresentedClient | null
  readonly token: PresentedRefreshToken | null
  readonly activeKid: string | null
}

interface RefreshTokenRow extends ClientColumns {
  readonly active_kid: string | null
  readonly id: string | null
  readonly generation: number
  readonly expires_at: Date
  readonly spent_at: Date | null
  readonly grant_id: string
  readonly client_id: string
  readonly subject: string
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly authenticated_at: Date | null
  readonly methods: readonly string[] | null
  readonly level: string | null
  readonly grant_expires_at: Date
  readonly revoked_at: Date | null
  readonly consent_revoked_at: Date | null
}

function refreshTokenStatements(schema: string) {
  const name = quoteSchema(schema)
  return {
    find: statement<RefreshTokenRow>(
      `select ${CLIENT_COLUMNS},
              (select kid from ${name}.signing_keys where activated_at is not null and retired_at is null) as active_kid,
              r.id, r.generation, r.expires_at, r.spent_at, g.id as grant_id, g.client_id, g.subject, g.scopes, g.resources,
              g.authenticated_at, g.methods, g.level, g.expires_at as grant_expires_at, g.revoked_at,
              s.revoked_at as consent_revoked_at
         from (values (1)) as one
         left join ${name}.clients c on c.client_id = $1
         left join ${name}.refresh_tokens r on r.token_hash = $2
         left join ${name}.grants g on g.id = r.grant_id
         left join ${name}.consents s on s.id = g.consent_id`,
    ),
    rotate: statement<{ id: string }>(rotateText(schema, '')),
    // A statement of its own, so that JWTs pay nothing for a table they leave alone.
    rotateAndStore: statement<{ id: string }>(
      rotateText(schema, `, issued as (${accessTokenInsert(schema, 7 + AUDIT_COLUMN_COUNT)})`),
    ),
    // The winner of a race has committed before its loser gets here: the loser's write waited for it, or came after it.
    revokeReused: statement<{ isSpent: boolean }>(
      `with token as (
         select grant_id, spent_at is not null as "isSpent" from ${name}.refresh_tokens where id = $1::uuid
       ), revoked as (
         update ${name}.grants g set revoked_at = $2, revoked_reason = 'refresh_token_reused'
           from token where token."isSpent" and g.id = token.grant_id and g.revoked_at is null
         returning g.id
       ), told as (
         insert into ${name}.audit_events (${AUDIT_COLUMNS}) select ${auditPlaceholders(3)} from token where token."isSpent"
       )
       select "isSpent" from token`,
    ),
  }
}

/** What the decision read may have changed since, so that its conditions stand here again. */
function rotateText(schema: string, stored: string): string {
  const name = quoteSchema(schema)
  return `with family as (
         select g.id from ${name}.grants g
           join ${name}.clients c on c.id = g.client_id
           join ${name}.consents s on s.id = g.consent_id
          where g.id = $3::uuid and g.revoked_at is null and g.expires_at > $2
            and c.disabled_at is null and s.revoked_at is null
            for no key update of g
       ), spent as (
         update ${name}.refresh_tokens r set spent_at = $2
           from family
          where r.id = $1::uuid and r.grant_id = family.id and r.spent_at is null and r.expires_at > $2
         returning r.grant_id, r.generation
       ), child as (
         insert into ${name}.refresh_tokens (id, token_hash, grant_id, generation, created_at, expires_at)
         select $4::uuid, $5::bytea, grant_id, generation + 1, $2, $6::timestamptz from spent
       ), told as (
         insert into ${name}.audit_events (${AUDIT_COLUMNS}) select ${auditPlaceholders(7)} from spent
       )${stored}
       select grant_id as id from spent`
}

/** Makes a refresh token in memory, which never outlives its grant; storing it is the business of the statement that issues it. */
export function newRefreshToken(server: Server, now: Date, grantExpiresAt: Date): NewRefreshToken {
  const secret = randomSecret('lsrt_')
  const expiresAt = earlier(secondsAfter(now, server.config.lifetimes.refreshTokenSeconds), grantExpiresAt)
  return { id: randomId(), secret, hash: hashSecret(secret.reveal()), expiresAt }
}

/** Id, hash and end, in the order of the statements that store a refresh token. */
export function refreshTokenValues(token: NewRefreshToken | null): unknown[] {
  return [token?.id ?? null, token?.hash ?? null, token?.expiresAt ?? null]
}

/** Reads the client, the token with its grant, and the name of the active key in one round trip. */
export async function findPresentedRefreshToken(
  server: Server,
  presented: { readonly clientId: string; readonly tokenHash: Buffer },
): Promise<RefreshTokenRead> {
  const [row] = await server.prepared(refreshTokenStatements).find(server.db, [presented.clientId, presented.tokenHash])
  if (!row) return { client: null, token: null, activeKid: null }
  return { client: presentedClient(row), token: presentedToken(row), activeKid: row.active_kid }
}

/** What a rotation writes. */
export interface Rotation {
  readonly tokenId: string
  readonly grantId: string
  readonly child: NewRefreshToken
  /** Null for a JWT, which is stored nowhere. */
  readonly accessToken: NewAccessToken | null
  readonly event: EventRecord
}

/** Spends the token, stores what it is exchanged for and writes the event, or does nothing and answers false. */
export async function rotateRefreshToken(
  server: Server,
  { tokenId, grantId, child, accessToken, event }: Rotation,
): Promise<boolean> {
  const { rotate, rotateAndStore } = server.prepared(refreshTokenStatements)
  const values = [tokenId, event.at, grantId, ...refreshTokenValues(child), ...eventValues(event)]
  const rows =
    accessToken === null
      ? await rotate(server.db, values)
      : await rotateAndStore(server.db, [...values, ...accessTokenValues(accessToken)])
  return rows.length > 0
}

/** Revokes the family of a spent token; answers false, and does nothing, where the token is not spent. */
export async function revokeReusedRefreshToken(server: Server, tokenId: string, event: EventRecord): Promise<boolean> {
  const [row] = await server
    .prepared(refreshTokenStatements)
    .revokeReused(server.db, [tokenId, event.at, ...eventValues(event)])
  return row?.isSpent ?? false
}

function presentedToken(row: RefreshTokenRow): PresentedRefreshToken | null {
  if (row.id === null) return null
  return {
    id: row.id,
    generation: row.generation,
    expiresAt: row.expires_at,
    spentAt: row.spent_at,
    grant: {
      id: row.grant_id,
      clientId: row.client_id,
      subject: row.subject,
      scopes: row.scopes,
      resources: row.resources,
      authentication: { authenticatedAt: row.authenticated_at, methods: row.methods, level: row.level },
      expiresAt: row.grant_expires_at,
      isRevoked: row.revoked_at !== null,
      isConsentRevoked: row.consent_revoked_at !== null,
    },
  }
}
