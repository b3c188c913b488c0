/**
 * Consents: what a subject allowed a client (OpenID Connect Core §3.1.2.4).
 *
 * A consent is "live" until it is revoked; "remembered" if a later request of the same reach may use it without asking.
 *
 * (1) Client × subject has at most one live remembered consent; a new approval widens it instead of standing beside it.
 * (2) A remembered consent answers a request only if it covers every scope and every resource of it; one for
 *     offline_access only if all its scopes were allowed together with that before.
 * (3) A public client that a redirect cannot prove (RFC 8252 §8.6) is asked every time; its consents are not remembered.
 * (4) Whatever came from a consent ends with it.
 *
 * state   becomes    by
 * live    widened    finishWithConsent
 * live    revoked    revokeConsents
 */
import { AUDIT_COLUMNS, auditPlaceholders } from '#base/audit-log.js'
import { quoteSchema, statement } from '#base/statement.js'

import { redirectUriKind } from '../../rules/redirect-uri.js'
import type { Server } from '../../server.js'
import { eventValues, type Actor } from '../audit/events.js'
import type { Client } from '../clients/client.js'

/** What earlier consents allow together. */
export interface AllowedBefore {
  readonly scopes: ReadonlySet<string>
  readonly resources: ReadonlySet<string>
}

/** Whether an approval of this client may answer later requests: other apps can take the redirect of a loopback port or private scheme. */
export function mayRemember(client: Client, redirectUri: string): boolean {
  return client.kind === 'confidential' || redirectUriKind(redirectUri) === 'https'
}

/** What the subject already allowed this client, by its live consents; null where that is nothing. */
export async function findAllowedBefore(
  server: Server,
  client: Client,
  subject: string,
): Promise<AllowedBefore | null> {
  const rows = await server.prepared(consentStatements).live(server.db, [client.id, subject])
  if (rows.length === 0) return null
  return {
    scopes: new Set(rows.flatMap((row) => row.scopes)),
    resources: new Set(rows.flatMap((row) => row.resources)),
  }
}

/** What a subject allowed one client, as a list of connected apps shows it. */
export interface ConnectedClient {
  readonly clientId: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly grantedAt: Date
}

/** Lists the clients that a subject allowed something, the latest first; at most 200. */
export async function listConnectedClients(server: Server, subject: string): Promise<ConnectedClient[]> {
  return server.prepared(consentStatements).connected(server.db, [subject])
}

/** Revokes every live consent of a subject for a client; answers how many there were. What came from them stops at once. */
export async function revokeConsents(
  server: Server,
  revoked: { readonly clientId: string; readonly subject: string; readonly actor: Actor },
): Promise<number> {
  const { clientId, subject, actor } = revoked
  const now = server.clock.now()
  const event = { at: now, event: 'consent.revoked', outcome: 'ok', actor, subject, object: clientId } as const
  const values = [clientId, subject, now, ...eventValues({ ...event, fields: { client: clientId } })]
  return (await server.prepared(consentStatements).revoke(server.db, values)).length
}

function consentStatements(schema: string) {
  const name = quoteSchema(schema)
  return {
    live: statement<{ scopes: string[]; resources: string[] }>(
      `select scopes, resources from ${name}.consents
        where subject = $2::text and client_id = $1::uuid and revoked_at is null
        order by granted_at desc limit 50`,
    ),
    connected: statement<ConnectedClient>(
      `select c.client_id as "clientId", c.name, max(t.granted_at) as "grantedAt",
              array(select distinct s from ${name}.consents o, unnest(o.scopes) s
                     where o.client_id = c.id and o.subject = $1::text and o.revoked_at is null order by s) as scopes,
              array(select distinct r from ${name}.consents o, unnest(o.resources) r
                     where o.client_id = c.id and o.subject = $1::text and o.revoked_at is null order by r) as resources
         from ${name}.consents t join ${name}.clients c on c.id = t.client_id
        where t.subject = $1::text and t.revoked_at is null
        group by c.id order by max(t.granted_at) desc, c.client_id limit 200`,
    ),
    revoke: statement<{ id: string }>(
      `with revoked as (
         update ${name}.consents t set revoked_at = $3::timestamptz from ${name}.clients c
          where c.client_id = $1::text and t.client_id = c.id and t.subject = $2::text and t.revoked_at is null
         returning t.id
       ), told as (
         insert into ${name}.audit_events (${AUDIT_COLUMNS})
         select ${auditPlaceholders(4)} where exists (select from revoked)
       )
       select id from revoked`,
    ),
  }
}
