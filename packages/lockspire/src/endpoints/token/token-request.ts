/** What every grant type receives and answers, and the checks that none of them may leave out. */
import type { Form } from '#base/request.js'
import { refuse, type Result } from '#base/result.js'

import type { JsonErrorCode } from '../../oauth-error.js'
import { recordEvent, type Actor, type EventRecord, type LockspireEvent } from '../../records/audit/events.js'
import { decideClient, type ClientReason, type PresentedClient } from '../../records/clients/authenticate-client.js'
import type { IssuedTokens } from '../../records/tokens/issue-tokens.js'
import type { ClientCredentials } from '../../rules/client-credentials.js'
import type { Server } from '../../server.js'

/** A token request whose form and credentials could be read; neither is believed yet. */
export interface TokenRequest {
  readonly form: Form
  readonly credentials: ClientCredentials
  readonly grantType: string
  readonly requestId: string
  readonly now: Date
}

/** One grant type: how it is exchanged, and what the outside hears of each refusal. */
export interface Grant<Reason extends string = string> {
  readonly type: string
  /** Answers tokens, or a reason whose audit row is already written. */
  readonly exchange: (server: Server, request: TokenRequest) => Promise<Result<IssuedTokens, Reason>>
  readonly refusals: Readonly<Record<Reason, JsonErrorCode>>
}

/** Reasons that every grant type shares. */
export type SharedReason = ClientReason | 'grant_not_registered' | 'account_gone' | 'claims_failed'

/** What the outside hears of them. */
export const sharedRefusals = {
  unknown_client: 'invalid_client',
  client_disabled: 'invalid_client',
  wrong_method: 'invalid_client',
  wrong_secret: 'invalid_client',
  grant_not_registered: 'unauthorized_client',
  account_gone: 'invalid_grant',
  claims_failed: 'server_error',
} as const satisfies Record<SharedReason, JsonErrorCode>

/** Authenticates the client that was read, and checks that it may use this grant type at all. */
export async function acceptClient(
  server: Server,
  request: TokenRequest,
  found: PresentedClient | null,
): Promise<Result<PresentedClient, ClientReason | 'grant_not_registered'>> {
  const client = decideClient(found, request.credentials)
  if (!client.ok) {
    await recordEvent(server, {
      at: request.now,
      event: 'client_authentication.refused',
      outcome: 'refused',
      reason: client.reason,
      actor: { kind: 'anonymous' },
      object: found?.id ?? null,
      requestId: request.requestId,
      // What an unknown client sent is not written down: it may be a secret in the wrong field.
      fields: { method: request.credentials.method, ...(found ? { client: found.clientId } : {}) },
    })
    return client
  }
  if (!client.value.grantTypes.includes(request.grantType)) {
    await recordRefusal(server, request, {
      client: client.value,
      event: 'token_request.refused',
      reason: 'grant_not_registered',
    })
    return refuse('grant_not_registered')
  }
  return client
}

/** What a refusal is about. */
export interface Refusal {
  readonly client: PresentedClient | null
  readonly event: LockspireEvent
  readonly reason: string
  readonly subject?: string | undefined
  readonly object?: string | undefined
}

/** The event of a refusal, for a statement that writes it together with its effect. */
export function refusalEvent(request: TokenRequest, refusal: Refusal): EventRecord {
  const actor: Actor = refusal.client ? { kind: 'client', id: refusal.client.clientId } : { kind: 'anonymous' }
  return {
    at: request.now,
    event: refusal.event,
    outcome: 'refused',
    reason: refusal.reason,
    actor,
    subject: refusal.subject ?? null,
    object: refusal.object ?? null,
    requestId: request.requestId,
    fields: { grantType: request.grantType },
  }
}

/** Writes a refusal that has no other effect. */
export async function recordRefusal(server: Server, request: TokenRequest, refusal: Refusal): Promise<void> {
  await recordEvent(server, refusalEvent(request, refusal))
}
