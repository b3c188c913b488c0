/**
 * Authorization codes (RFC 6749 §4.1.2), written only together with the consent they stand on and the interaction they end.
 *
 * (1) A code belongs to one client, one redirect URI, one challenge, one subject and one live consent.
 * (2) An interaction gives at most one code; the unique index says so.
 * (3) No code is made for a disabled client, not even when it is disabled between the request and this statement.
 * (4) The table holds the SHA-256 of the code; the code itself exists only in one response.
 *
 * state   becomes    by
 * –       live       issueOnRememberedConsent, finishWithRememberedConsent, finishWithConsent
 * live    spent      redemption at the token endpoint
 * live    expired    time
 */
import { AUDIT_COLUMN_COUNT, AUDIT_COLUMNS, auditPlaceholders } from '#base/audit-log.js'
import { secondsAfter } from '#base/clock.js'
import { hashSecret, randomId, randomSecret, type Secret } from '#base/secrets.js'
import { quoteSchema, statement } from '#base/statement.js'

import type { FoundAccount } from '../../host.js'
import type { Server } from '../../server.js'
import { eventValues } from '../audit/events.js'
import type { Client } from '../clients/client.js'
import { mayRemember } from '../consents/consent.js'
import type { AuthorizationRequest, Interaction } from '../interactions/interaction.js'

/** Everything a code is made of. */
export interface CodeOrder {
  readonly client: Client
  readonly request: AuthorizationRequest
  readonly account: FoundAccount
  readonly requestId: string
}

/** Issues a code where a remembered consent covers the request; null where none does. One statement. */
export async function issueOnRememberedConsent(server: Server, order: CodeOrder): Promise<Secret | null> {
  const { code, values } = codeValues(server, order, null)
  const made = await server.prepared(codeStatements).issueRemembered(server.db, values)
  return made.length === 1 ? code : null
}

/** The same for an open interaction, which it ends; null where no consent covers it, or somebody ended it before. */
export async function finishWithRememberedConsent(
  server: Server,
  interaction: Interaction,
  order: CodeOrder,
): Promise<Secret | null> {
  const { code, values } = codeValues(server, order, interaction.id)
  const made = await server.prepared(codeStatements).finishRemembered(server.db, values)
  return made.length === 1 ? code : null
}

/** Writes the consent that was just given, ends the interaction and issues the code; null where somebody ended it before. One statement. */
export async function finishWithConsent(
  server: Server,
  interaction: Interaction,
  order: CodeOrder,
): Promise<Secret | null> {
  const { client, request, account } = order
  const consentId = randomId()
  const { code, values } = codeValues(server, order, interaction.id)
  const granted = eventValues({
    at: server.clock.now(),
    event: 'consent.granted',
    outcome: 'ok',
    actor: { kind: 'account', id: account.subject },
    subject: account.subject,
    requestId: order.requestId,
    fields: {
      client: client.clientId,
      scopes: request.scopes,
      resources: request.resources,
      interactionId: interaction.id,
    },
  })
  const consent = [consentId, mayRemember(client, request.redirectUri)]
  const made = await server.prepared(codeStatements).finishConsented(server.db, [...values, ...consent, ...granted])
  return made.length === 1 ? code : null
}

function codeValues(
  server: Server,
  order: CodeOrder,
  interactionId: string | null,
): { code: Secret; values: unknown[] } {
  const { client, request, account } = order
  const { authentication } = account
  const now = server.clock.now()
  const code = randomSecret('lsac_')
  const id = randomId()
  const grantId = randomId()
  return {
    code,
    values: [
      id,
      hashSecret(code.reveal()),
      grantId,
      client.id,
      interactionId,
      account.subject,
      request.redirectUri,
      request.scopes,
      request.resources,
      request.codeChallenge,
      request.nonce,
      request.maxAgeSeconds !== null,
      authentication?.authenticatedAt ?? null,
      authentication?.methods ?? null,
      authentication?.level ?? null,
      authentication?.sessionId ?? null,
      now,
      secondsAfter(now, server.config.lifetimes.codeSeconds),
      ...eventValues({
        at: now,
        event: 'authorization_code.issued',
        outcome: 'ok',
        actor: { kind: 'account', id: account.subject },
        subject: account.subject,
        object: id,
        requestId: order.requestId,
        fields: {
          client: client.clientId,
          scopes: request.scopes,
          resources: request.resources,
          grantId,
          ...(interactionId === null ? {} : { interactionId }),
        },
      }),
    ],
  }
}

const CODE_WIDTH = 18
/** Where the object stands among the audit columns. */
const OBJECT_AT = AUDIT_COLUMNS.split(', ').indexOf('object_id')
const AFTER_CODE = CODE_WIDTH + AUDIT_COLUMN_COUNT + 1

/** Placeholders: $1–$18 the code, then its audit row; `finishConsented` adds consent id, remembered, and a second audit row. */
function codeStatements(schema: string) {
  const name = quoteSchema(schema)
  // Approvals are remembered together, but nobody was ever told that what two of them allow may go on while they are away.
  const covering = `covering as (
      select consents.id as consent_id
        from ${name}.consents join ${name}.clients on clients.id = consents.client_id
       where consents.client_id = $4::uuid and consents.subject = $6::text and consents.remembered and consents.revoked_at is null
         and consents.scopes @> $8::text[] and consents.resources @> $9::text[] and clients.disabled_at is null
         and ('offline_access' <> all ($8::text[])
              or exists (select from ${name}.authorization_codes earlier
                          where earlier.consent_id = consents.id and earlier.scopes @> $8::text[]))
    )`
  const ended = (from: string, extra: string, returning: string) => `ended as (
      update ${name}.interactions set ended_at = $17::timestamptz, outcome = 'allowed', subject = $6::text
        from ${from}
       where interactions.id = $5::uuid and interactions.client_id = $4::uuid and interactions.ended_at is null
         and interactions.expires_at > $17::timestamptz
         and (interactions.subject is null or interactions.subject = $6::text) ${extra}
      returning ${returning}
    )`
  const issued = (from: string) => `made as (
      insert into ${name}.authorization_codes
        (id, code_hash, grant_id, client_id, consent_id, interaction_id, subject, redirect_uri, scopes, resources, code_challenge,
         nonce, auth_time_asked, authenticated_at, methods, level, session_id, created_at, expires_at)
      select $1::uuid, $2::bytea, $3::uuid, $4::uuid, consent_id, $5::uuid, $6::text, $7::text, $8::text[], $9::text[], $10::text,
             $11::text, $12::boolean, $13::timestamptz, $14::text[], $15::text, $16::text, $17::timestamptz, $18::timestamptz
        from ${from}
      returning id
    ), told as (
      insert into ${name}.audit_events (${AUDIT_COLUMNS}) select ${auditPlaceholders(CODE_WIDTH + 1)} from made
    )`
  const widened = (column: string) =>
    `array(select distinct unnest(consents.${column} || excluded.${column}) order by 1)`
  // A merged consent keeps its id, which only the statement knows: it is the object of the audit row.
  const agreedValues = auditPlaceholders(AFTER_CODE + 2).replace(
    `$${AFTER_CODE + 2 + OBJECT_AT}::text`,
    (object) => `coalesce(${object}, consent_id::text)`,
  )
  return {
    issueRemembered: statement<{ id: string }>(`with ${covering}, ${issued('covering')} select id from made`),
    finishRemembered: statement<{ id: string }>(
      `with ${covering}, ${ended('covering', '', 'covering.consent_id')}, ${issued('ended')} select id from made`,
    ),
    finishConsented: statement<{ id: string }>(
      `with ${ended(`${name}.clients`, 'and clients.id = interactions.client_id and clients.disabled_at is null', 'interactions.id')},
       consented as (
         insert into ${name}.consents (id, client_id, subject, scopes, resources, remembered, granted_at)
         select $${AFTER_CODE}::uuid, $4::uuid, $6::text, $8::text[], $9::text[], $${AFTER_CODE + 1}::boolean, $17::timestamptz from ended
         on conflict (client_id, subject) where remembered and revoked_at is null
         do update set scopes = ${widened('scopes')}, resources = ${widened('resources')}, granted_at = excluded.granted_at
         returning id as consent_id
       ), ${issued('consented')},
       agreed as (
         insert into ${name}.audit_events (${AUDIT_COLUMNS}) select ${agreedValues} from made, consented
       )
       select id from made`,
    ),
  }
}
