/**
 * Grants: what a redeemed code left behind, and the one switch for every token born from it.
 *
 * A "family" is a grant with its refresh tokens; its access tokens name it by their `grant` claim.
 * A grant is "live" while it is neither revoked nor past its absolute end, its consent stands and its client is enabled.
 *
 * (1) A grant begins with the redemption of exactly one code, whose row chose its id beforehand.
 * (2) Revoking it is one update of one row; nothing under it is live from that commit on.
 * (3) A revoked grant is never live again, and keeps its first reason.
 * (4) Its scopes and resources never widen.
 *
 * state    becomes    by
 * –        live       redeemCode
 * live     revoked    revokeGrant, revokeReusedCode, revokeReusedToken
 * live     ended      time, or the end of its consent or client
 */
import { AUDIT_COLUMNS, auditPlaceholders } from '#base/audit-log.js'
import { quoteSchema, statement } from '#base/statement.js'

import type { Server } from '../../server.js'
import { eventValues, type EventRecord } from '../audit/events.js'

/** Why a grant was revoked, as its row keeps it. */
export type RevocationReason = 'code_reused' | 'refresh_token_reused' | 'account_gone'

/** What an access token needs to find of its grant. */
export interface LiveGrant {
  readonly id: string
  readonly subject: string
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly clientName: string
}

/** How an access token names its grant and what it says about it; all of it must still be true. */
export interface GrantReference {
  readonly grantId: string
  readonly subject: string
  readonly clientId: string
  /** The key that signed the token; a retired key ends what it signed. */
  readonly kid: string
}

function grantStatements(schema: string) {
  const name = quoteSchema(schema)
  return {
    findLive: statement<LiveGrant>(
      `select g.id, g.subject, g.scopes, g.resources, c.name as "clientName"
         from ${name}.grants g
         join ${name}.clients c on c.id = g.client_id
         join ${name}.consents s on s.id = g.consent_id
        where g.id = $1::uuid and g.subject = $2 and c.client_id = $3
          and g.revoked_at is null and g.expires_at > $5 and c.disabled_at is null and s.revoked_at is null
          and exists (select from ${name}.signing_keys where kid = $4 and retired_at is null)`,
    ),
    revoke: statement<{ id: string }>(
      `with revoked as (
         update ${name}.grants set revoked_at = $2, revoked_reason = $3
          where id = $1::uuid and revoked_at is null
         returning id
       ), told as (
         insert into ${name}.audit_events (${AUDIT_COLUMNS}) select ${auditPlaceholders(4)} from revoked
       )
       select id from revoked`,
    ),
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Finds the grant behind an access token if it is live now; one indexed read. */
export async function findLiveGrant(server: Server, reference: GrantReference, now: Date): Promise<LiveGrant | null> {
  if (!UUID.test(reference.grantId)) return null
  const { grantId, subject, clientId, kid } = reference
  const [row] = await server.prepared(grantStatements).findLive(server.db, [grantId, subject, clientId, kid, now])
  return row ?? null
}

/** Revokes a grant unless it already is, with its audit row, in one statement. */
export async function revokeGrant(
  server: Server,
  grantId: string,
  reason: RevocationReason,
  event: EventRecord,
): Promise<void> {
  await server.prepared(grantStatements).revoke(server.db, [grantId, event.at, reason, ...eventValues(event)])
}
