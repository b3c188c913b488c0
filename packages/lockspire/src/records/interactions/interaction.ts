/**
 * Interactions: durable browser work between an authorization request and its answer.
 *
 * It is "open" until it ended or expired. The browser that began it holds a secret in a cookie; the address holds only the id.
 *
 * (1) The request in it was validated before it was stored, and nothing in it ever changes.
 * (2) Only the browser that began it can continue or end it.
 * (3) It ends once: allowed, denied or failed. Whoever ends it does so in the statement that writes the consequence.
 * (4) Once it belongs to a subject, no other subject ends it; the person can hand it to another account on purpose.
 * (5) The table holds the SHA-256 of the browser's secret.
 *
 * state   becomes    by
 * open    allowed    finishWithConsent, finishWithRememberedConsent
 * open    denied     endInteraction
 * open    failed     endInteraction
 * open    expired    time
 */
import { AUDIT_COLUMNS, auditPlaceholders } from '#base/audit-log.js'
import { secondsAfter } from '#base/clock.js'
import { randomId } from '#base/secrets.js'
import { quoteSchema, statement } from '#base/statement.js'

import type { Prompt } from '../../rules/prompt.js'
import type { ResponseMode } from '../../rules/response-mode.js'
import type { Server } from '../../server.js'
import { eventValues, type EventRecord } from '../audit/events.js'
import { clientOf, type Client, type ClientRow } from '../clients/client.js'

/** A validated authorization request: everything the answer depends on. */
export interface AuthorizationRequest {
  readonly redirectUri: string
  readonly responseMode: ResponseMode
  /** Exactly as it came. */
  readonly state: string | null
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly codeChallenge: string
  readonly nonce: string | null
  readonly prompts: readonly Prompt[]
  readonly maxAgeSeconds: number | null
  readonly loginHint: string | null
  /** The only subject the client wants (`id_token_hint`); null where anybody will do. */
  readonly subjectHint: string | null
  readonly uiLocales: readonly string[]
  readonly acrValues: readonly string[]
}

/** An interaction as it is read, with the client it belongs to. */
export interface Interaction {
  readonly id: string
  readonly browserHash: Buffer
  readonly client: Client
  readonly request: AuthorizationRequest
  readonly subject: string | null
  readonly authenticateAfter: Date | null
  readonly logInRedirects: number
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly endedAt: Date | null
}

/** What a new interaction is made of. */
export interface NewInteraction {
  readonly id: string
  readonly browserHash: Buffer
  readonly client: Client
  readonly request: AuthorizationRequest
  /** The account that is asked for consent; null where somebody has to log in first. */
  readonly subject: string | null
  readonly authenticateAfter: Date | null
  readonly requestId: string
}

/** Starts an interaction, and its record in the audit log, by one statement. */
export async function insertInteraction(server: Server, fresh: NewInteraction): Promise<void> {
  const now = server.clock.now()
  await server.prepared(interactionStatements).insert(server.db, [
    fresh.id,
    fresh.browserHash,
    fresh.client.id,
    JSON.stringify(fresh.request),
    fresh.subject,
    fresh.authenticateAfter,
    fresh.subject === null ? 1 : 0,
    now,
    secondsAfter(now, server.config.lifetimes.interactionSeconds),
    ...eventValues({
      at: now,
      event: 'interaction.started',
      outcome: 'ok',
      actor: { kind: 'client', id: fresh.client.clientId },
      subject: fresh.subject,
      object: fresh.id,
      requestId: fresh.requestId,
      fields: { client: fresh.client.clientId, scopes: fresh.request.scopes, resources: fresh.request.resources },
    }),
  ])
}

/** Finds an interaction and its client, whatever their state; one read. */
export async function findInteraction(server: Server, id: string): Promise<Interaction | null> {
  const [row] = await server.prepared(interactionStatements).find(server.db, [id])
  return row ? interactionOf(row) : null
}

/** Counts one more trip to the log in page, and answers how many there were; 0 where the interaction is not open. */
export async function countLogInRedirect(server: Server, id: string): Promise<number> {
  const [row] = await server.prepared(interactionStatements).countLogIn(server.db, [id, server.clock.now()])
  return row?.count ?? 0
}

/** Hands an open interaction to whoever is logged in next; false where it was not open. */
export async function releaseSubject(server: Server, interaction: Interaction, event: EventRecord): Promise<boolean> {
  const values = [interaction.id, server.clock.now(), ...eventValues(event)]
  return (await server.prepared(interactionStatements).release(server.db, values)).length === 1
}

/** Ends an open interaction without a code, with its record in the audit log; false where somebody ended it before. */
export async function endInteraction(
  server: Server,
  interaction: { readonly id: string },
  ending: { readonly outcome: 'denied' | 'failed'; readonly subject: string | null; readonly event: EventRecord },
): Promise<boolean> {
  const values = [interaction.id, server.clock.now(), ending.outcome, ending.subject, ...eventValues(ending.event)]
  return (await server.prepared(interactionStatements).end(server.db, values)).length === 1
}

interface InteractionRow extends Omit<ClientRow, 'id' | 'created_at'> {
  readonly interaction_id: string
  readonly interaction_created_at: Date
  readonly browser_hash: Buffer
  readonly request: unknown
  readonly subject: string | null
  readonly authenticate_after: Date | null
  readonly log_in_redirects: number
  readonly expires_at: Date
  readonly ended_at: Date | null
  readonly client_uuid: string
  readonly client_created_at: Date
}

function interactionOf(row: InteractionRow): Interaction {
  return {
    id: row.interaction_id,
    browserHash: row.browser_hash,
    client: clientOf({ ...row, id: row.client_uuid, created_at: row.client_created_at }),
    // Written by insertInteraction and by nobody else (1).
    request: row.request as AuthorizationRequest,
    subject: row.subject,
    authenticateAfter: row.authenticate_after,
    logInRedirects: row.log_in_redirects,
    createdAt: row.interaction_created_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
  }
}

/** A name for an interaction that is about to be made. */
export function newInteractionId(): string {
  return randomId()
}

const OPEN = 'ended_at is null and expires_at > $2::timestamptz'

function interactionStatements(schema: string) {
  const name = quoteSchema(schema)
  const told = (first: number, from: string) =>
    `insert into ${name}.audit_events (${AUDIT_COLUMNS}) select ${auditPlaceholders(first)} from ${from}`
  return {
    insert: statement(
      `with made as (
         insert into ${name}.interactions
           (id, browser_hash, client_id, request, subject, authenticate_after, log_in_redirects, created_at, expires_at)
         values ($1::uuid, $2::bytea, $3::uuid, $4::jsonb, $5::text, $6::timestamptz, $7::integer, $8::timestamptz, $9::timestamptz)
         returning id
       ) ${told(10, 'made')}`,
    ),
    find: statement<InteractionRow>(
      `select i.id as interaction_id, i.created_at as interaction_created_at, i.browser_hash, i.request, i.subject,
              i.authenticate_after, i.log_in_redirects, i.expires_at, i.ended_at,
              c.id as client_uuid, c.created_at as client_created_at, c.client_id, c.name, c.kind, c.auth_method, c.secret_hash,
              c.redirect_uris, c.scopes, c.grant_types, c.disabled_at
         from ${name}.interactions i join ${name}.clients c on c.id = i.client_id
        where i.id = $1::uuid`,
    ),
    countLogIn: statement<{ count: number }>(
      `update ${name}.interactions set log_in_redirects = log_in_redirects + 1
        where id = $1::uuid and ${OPEN} returning log_in_redirects as count`,
    ),
    release: statement<{ id: string }>(
      `with released as (
         update ${name}.interactions set subject = null where id = $1::uuid and ${OPEN} returning id
       ), told as (${told(3, 'released')})
       select id from released`,
    ),
    end: statement<{ id: string }>(
      `with ended as (
         update ${name}.interactions set ended_at = $2::timestamptz, outcome = $3::text, subject = coalesce(subject, $4::text)
          where id = $1::uuid and ${OPEN} returning id
       ), told as (${told(5, 'ended')})
       select id from ended`,
    ),
  }
}
