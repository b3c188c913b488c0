/**
 * Consents: what a subject allowed a client (OpenID Connect Core §3.1.2.4).
 *
 * A consent is "live" until it is revoked; "remembered" if a later request of the same reach may use it without asking.
 *
 * (1) Client × subject has at most one live remembered consent; a new approval widens it instead of standing beside it.
 * (2) A remembered consent answers a request only if it covers every scope and every resource of it.
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
import { eventValues, type EventRecord } from '../audit/events.js'
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

/** Revokes every live consent of a subject for a client; answers how many there were. Everything that came from them stops at once. */
export async function revokeConsents(
  server: Server,
  revoked: { readonly client: Client; readonly subject: string; readonly event: EventRecord },
): Promise<number> {
  const values = [revoked.client.id, revoked.subject, server.clock.now(), ...eventValues(revoked.event)]
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
    revoke: statement<{ id: string }>(
      `with revoked as (
         update ${name}.consents set revoked_at = $3::timestamptz
          where client_id = $1::uuid and subject = $2::text and revoked_at is null returning id
       ), told as (
         insert into ${name}.audit_events (${AUDIT_COLUMNS})
         select ${auditPlaceholders(4)} where exists (select from revoked)
       )
       select id from revoked`,
    ),
  }
}
