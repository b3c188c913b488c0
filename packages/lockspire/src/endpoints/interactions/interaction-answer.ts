/** What an interaction tells the browser, and the endings that every step of it shares. */
import type { Secret } from '#base/secrets.js'

import type { FoundAccount, ResolverContext } from '../../host.js'
import type { AuthorizationErrorCode } from '../../oauth-error.js'
import { recordEvent } from '../../records/audit/events.js'
import type { AllowedBefore } from '../../records/consents/consent.js'
import { countLogInRedirect, endInteraction, type Interaction } from '../../records/interactions/interaction.js'
import type { Server } from '../../server.js'
import { isInteractionId, type AccountDecision, type ClosedReason, type InteractionCall } from './open-interaction.js'

/** What the browser gets. */
export type InteractionAnswer =
  | { readonly kind: 'page'; readonly reason: InteractionPageReason }
  | {
      readonly kind: 'consent_page'
      readonly interaction: Interaction
      readonly account: FoundAccount
      readonly before: AllowedBefore | null
    }
  | { readonly kind: 'other_account_page'; readonly interaction: Interaction }
  | { readonly kind: 'resume'; readonly interactionId: string }
  | { readonly kind: 'log_in'; readonly interaction: Interaction; readonly context: ResolverContext }
  | { readonly kind: 'code'; readonly interaction: Interaction; readonly code: Secret }
  | {
      readonly kind: 'error'
      readonly interaction: Interaction
      readonly error: AuthorizationErrorCode
      readonly description?: string
    }

/** Why a person gets a page instead of an answer. */
export type InteractionPageReason = ClosedReason | 'cross_site' | 'malformed'

/** Why an interaction ends without a person's decision. */
export type FailReason = 'claims_failed' | 'login_required' | 'log_in_failed'

/** Answers with a page, and writes down why. */
export async function refuseWithPage(
  server: Server,
  call: InteractionCall,
  reason: InteractionPageReason,
): Promise<InteractionAnswer> {
  await recordEvent(server, {
    at: server.clock.now(),
    event: 'interaction.refused',
    outcome: 'refused',
    reason,
    actor: { kind: 'anonymous' },
    // What was asked for is recorded only where it can be an id of ours: the rest is a stranger's text.
    object: isInteractionId(call.interactionId) ? call.interactionId : null,
    requestId: call.requestId,
  })
  return { kind: 'page', reason }
}

/** Answers every decision but `ready`, which each step answers itself. */
export async function answerUnready(
  server: Server,
  call: InteractionCall,
  seen: {
    readonly interaction: Interaction
    readonly context: ResolverContext
    readonly decision: Exclude<AccountDecision, { kind: 'ready' }>
  },
): Promise<InteractionAnswer> {
  const { interaction, context, decision } = seen
  switch (decision.kind) {
    case 'fail':
      return failInteraction(server, call, { interaction, reason: decision.reason })
    case 'other_account':
      return { kind: 'other_account_page', interaction }
    case 'log_in':
      if ((await countLogInRedirect(server, interaction.id)) === 0) return refuseWithPage(server, call, 'ended')
      return { kind: 'log_in', interaction, context: { ...context, reason: decision.reason } }
  }
}

/** Ends an interaction that cannot go on, and tells the client. */
export async function failInteraction(
  server: Server,
  call: InteractionCall,
  failed: { readonly interaction: Interaction; readonly reason: FailReason },
): Promise<InteractionAnswer> {
  const { interaction, reason } = failed
  const answer = refusals[reason]
  const isEnded = await endInteraction(server, interaction, {
    outcome: 'failed',
    subject: null,
    event: {
      at: server.clock.now(),
      event: 'interaction.refused',
      outcome: 'refused',
      reason,
      actor: { kind: 'client', id: interaction.client.clientId },
      subject: interaction.subject,
      object: interaction.id,
      requestId: call.requestId,
      fields: { client: interaction.client.clientId, error: answer.error },
    },
  })
  return isEnded ? { kind: 'error', interaction, ...answer } : refuseWithPage(server, call, 'ended')
}

const refusals = {
  claims_failed: { error: 'server_error', description: 'the account could not be read' },
  log_in_failed: { error: 'server_error', description: 'log in is not available' },
  login_required: { error: 'login_required', description: 'the person could not be logged in as asked' },
} as const satisfies Record<FailReason, { readonly error: AuthorizationErrorCode; readonly description: string }>
