/**
 * Redemption of authorization codes: the read that shows everything about a presented code, and the one write that spends it.
 *
 * Every command is one statement, so that it commits whole or not at all, also when the process dies.
 * Two writes of the same code meet on its row lock; the second finds it spent when it wakes, and changes nothing.
 */
import { AUDIT_COLUMN_COUNT, AUDIT_COLUMNS, auditPlaceholders } from '#base/audit-log.js'
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
import { refreshTokenValues, type NewRefreshToken } from './refresh-token.js'

/** A stored code as the token endpoint sees it. */
export interface PresentedCode {
  readonly id: string
  /** The row id of the client it was issued to. */
  readonly clientId: string
  readonly grantId: string
  readonly subject: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly codeChallenge: string
  readonly nonce: string | null
  readonly sessionId: string | null
  readonly authentication: AuthenticationFacts
  readonly expiresAt: Date
  readonly spentAt: Date | null
  readonly isConsentRevoked: boolean
}

/** Everything one read shows about a redemption. */
export interface CodeRead {
  readonly client: PresentedClient | null
  readonly code: PresentedCode | null
  readonly activeKid: string | null
}

interface CodeRow extends ClientColumns {
  readonly active_kid: string | null
  readonly id: string | null
  readonly client_id: string
  readonly grant_id: string
  readonly subject: string
  readonly redirect_uri: string
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly code_challenge: string
  readonly nonce: string | null
  readonly session_id: string | null
  readonly authenticated_at: Date | null
  readonly methods: readonly string[] | null
  readonly level: string | null
  readonly expires_at: Date
  readonly spent_at: Date | null
  readonly consent_revoked_at: Date | null
}

function codeStatements(schema: string) {
  const name = quoteSchema(schema)
  return {
    find: statement<CodeRow>(
      `select ${CLIENT_COLUMNS},
              (select kid from ${name}.signing_keys where activated_at is not null and retired_at is null) as active_kid,
              k.id, k.client_id, k.grant_id, k.subject, k.redirect_uri, k.scopes, k.resources, k.code_challenge, k.nonce,
              k.session_id, k.authenticated_at, k.methods, k.level, k.expires_at, k.spent_at, s.revoked_at as consent_revoked_at
         from (values (1)) as one
         left join ${name}.clients c on c.client_id = $1
         left join ${name}.authorization_codes k on k.code_hash = $2
         left join ${name}.consents s on s.id = k.consent_id`,
    ),
    redeem: statement<{ id: string }>(redeemText(schema, '')),
    // A statement of its own, so that JWTs pay nothing for a table they leave alone.
    redeemAndStore: statement<{ id: string }>(
      redeemText(schema, `, issued as (${accessTokenInsert(schema, 7 + AUDIT_COLUMN_COUNT)})`),
    ),
    burn: statement<{ id: string }>(
      `with spent as (
         update ${name}.authorization_codes set spent_at = $2 where id = $1::uuid and spent_at is null returning id
       ), told as (
         insert into ${name}.audit_events (${AUDIT_COLUMNS}) values (${auditPlaceholders(3)})
       )
       select id from spent`,
    ),
    // The winner of a race has committed before its loser gets here: the loser's write waited for it, or came after it.
    revokeReused: statement<{ isSpent: boolean }>(
      `with code as (
         select grant_id, spent_at is not null as "isSpent" from ${name}.authorization_codes where id = $1::uuid
       ), revoked as (
         update ${name}.grants g set revoked_at = $2, revoked_reason = 'code_reused'
           from code where code."isSpent" and g.id = code.grant_id and g.revoked_at is null
         returning g.id
       ), told as (
         insert into ${name}.audit_events (${AUDIT_COLUMNS}) select ${auditPlaceholders(3)} from code where code."isSpent"
       )
       select "isSpent" from code`,
    ),
  }
}

/** What the decision read may have changed since, so that its conditions stand here again. */
function redeemText(schema: string, stored: string): string {
  const name = quoteSchema(schema)
  return `with spent as (
         update ${name}.authorization_codes k set spent_at = $2
           from ${name}.clients c, ${name}.consents s
          where k.id = $1::uuid and k.spent_at is null and k.expires_at > $2
            and c.id = k.client_id and c.disabled_at is null and s.id = k.consent_id and s.revoked_at is null
         returning k.*
       ), granted as (
         insert into ${name}.grants (id, client_id, consent_id, subject, scopes, resources,
                                     authenticated_at, methods, level, session_id, created_at, expires_at)
         select grant_id, client_id, consent_id, subject, scopes, resources,
                authenticated_at, methods, level, session_id, $2, $3::timestamptz
           from spent
       ), refreshed as (
         insert into ${name}.refresh_tokens (id, token_hash, grant_id, generation, created_at, expires_at)
         select $4::uuid, $5::bytea, grant_id, 0, $2, $6::timestamptz from spent where $4::uuid is not null
       ), told as (
         insert into ${name}.audit_events (${AUDIT_COLUMNS}) select ${auditPlaceholders(7)} from spent
       )${stored}
       select id from spent`
}

/** Reads the client, the code and the name of the active key in one round trip. */
export async function findPresentedCode(
  server: Server,
  presented: { readonly clientId: string; readonly codeHash: Buffer },
): Promise<CodeRead> {
  const [row] = await server.prepared(codeStatements).find(server.db, [presented.clientId, presented.codeHash])
  if (!row) return { client: null, code: null, activeKid: null }
  return { client: presentedClient(row), code: presentedCode(row), activeKid: row.active_kid }
}

/** What a redemption writes. */
export interface Redemption {
  readonly codeId: string
  readonly grantExpiresAt: Date
  readonly refreshToken: NewRefreshToken | null
  /** Null for a JWT, which is stored nowhere. */
  readonly accessToken: NewAccessToken | null
  readonly event: EventRecord
}

/** Spends the code, begins its grant and first tokens and writes the event, or does nothing and answers false. */
export async function redeemCode(
  server: Server,
  { codeId, grantExpiresAt, refreshToken, accessToken, event }: Redemption,
): Promise<boolean> {
  const { redeem, redeemAndStore } = server.prepared(codeStatements)
  const values = [codeId, event.at, grantExpiresAt, ...refreshTokenValues(refreshToken), ...eventValues(event)]
  const rows =
    accessToken === null
      ? await redeem(server.db, values)
      : await redeemAndStore(server.db, [...values, ...accessTokenValues(accessToken)])
  return rows.length > 0
}

/** Spends a code that was presented wrongly by its own client, so that nobody can go on trying. */
export async function burnCode(server: Server, codeId: string, event: EventRecord): Promise<void> {
  await server.prepared(codeStatements).burn(server.db, [codeId, event.at, ...eventValues(event)])
}

/** Revokes what a spent code was redeemed for; answers false, and does nothing, where the code is not spent. */
export async function revokeReusedCode(server: Server, codeId: string, event: EventRecord): Promise<boolean> {
  const [row] = await server.prepared(codeStatements).revokeReused(server.db, [codeId, event.at, ...eventValues(event)])
  return row?.isSpent ?? false
}

function presentedCode(row: CodeRow): PresentedCode | null {
  if (row.id === null) return null
  return {
    id: row.id,
    clientId: row.client_id,
    grantId: row.grant_id,
    subject: row.subject,
    redirectUri: row.redirect_uri,
    scopes: row.scopes,
    resources: row.resources,
    codeChallenge: row.code_challenge,
    nonce: row.nonce,
    sessionId: row.session_id,
    authentication: { authenticatedAt: row.authenticated_at, methods: row.methods, level: row.level },
    expiresAt: row.expires_at,
    spentAt: row.spent_at,
    isConsentRevoked: row.consent_revoked_at !== null,
  }
}
