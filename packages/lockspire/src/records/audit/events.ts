/**
 * Every security decision that lockspire writes down; this union is the only way to write one, so a secret has no field to go to.
 *
 * Actor: the client, the account or the system that asked. Subject: the account it was about. Object: the record it was about.
 */
import { AUDIT_COLUMNS, auditPlaceholders, auditValues } from '#base/audit-log.js'
import { quoteSchema, statement } from '#base/statement.js'

import type { Server } from '../../server.js'

/** What happened at the authorization endpoint and in interactions. */
export type AuthorizeEvent =
  | 'client.created'
  | 'client.disabled'
  | 'client.enabled'
  | 'client.secret_rotated'
  | 'authorization_request.refused'
  | 'authorization_request.denied'
  | 'interaction.started'
  | 'interaction.refused'
  | 'interaction.account_changed'
  | 'consent.granted'
  | 'consent.revoked'
  | 'authorization_code.issued'

/** What happened at the token endpoint, at userinfo and to keys. */
export type TokenEvent =
  | 'client_authentication.refused'
  | 'token_request.refused'
  | 'authorization_code.redeemed'
  | 'authorization_code.refused'
  | 'authorization_code.reused'
  | 'refresh_token.rotated'
  | 'refresh_token.refused'
  | 'refresh_token.reused'
  | 'grant.revoked'
  | 'userinfo.refused'
  | 'signing_key.created'
  | 'signing_key.activated'
  | 'signing_key.retired'

/** The name of an event. */
export type LockspireEvent = AuthorizeEvent | TokenEvent

/** Who acted. */
export type Actor =
  | { readonly kind: 'client'; readonly id: string }
  | { readonly kind: 'account'; readonly id: string }
  | { readonly kind: 'operator'; readonly id: string | null }
  | { readonly kind: 'system' | 'anonymous' }

/** Facts of an event beyond who and what; every name here is harmless by its nature. */
export interface EventFields {
  /** `client_id` of the client it was about. */
  readonly client?: string
  readonly scopes?: readonly string[]
  readonly resources?: readonly string[]
  readonly consentId?: string
  readonly grantId?: string
  readonly interactionId?: string
  readonly generation?: number
  readonly grantType?: string
  readonly method?: string
  readonly kid?: string
  readonly error?: string
}

/** One event as a step states it. */
export interface EventRecord {
  readonly at: Date
  readonly event: LockspireEvent
  readonly outcome: 'ok' | 'refused'
  readonly reason?: string
  readonly actor: Actor
  readonly subject?: string | null
  readonly object?: string | null
  readonly requestId?: string | null
  readonly fields?: EventFields
}

/** Writes an event that is the only effect of a decision, by one statement. */
export async function recordEvent(server: Server, record: EventRecord): Promise<void> {
  await server.prepared(auditStatements).insert(server.db, eventValues(record))
}

function auditStatements(schema: string) {
  const table = `${quoteSchema(schema)}.audit_events`
  return { insert: statement(`insert into ${table} (${AUDIT_COLUMNS}) values (${auditPlaceholders(1)})`) }
}

/** The values of an event for a statement that writes its own audit row; see AUDIT_COLUMNS and auditPlaceholders. */
export function eventValues(record: EventRecord): unknown[] {
  return auditValues(rowOf(record))
}

function rowOf(record: EventRecord) {
  const { actor } = record
  return {
    at: record.at,
    event: record.event,
    outcome: record.outcome,
    reason: record.reason ?? null,
    actorKind: actor.kind,
    actorId: 'id' in actor ? actor.id : null,
    subjectId: record.subject ?? null,
    objectId: record.object ?? null,
    requestId: record.requestId ?? null,
    fields: { ...record.fields },
  }
}
