/** The person allows or cancels: one statement ends the interaction and writes everything that follows from it. */
import type { Form } from '#base/request.js'
import { ok, refuse, type Result } from '#base/result.js'

import { findAllowedBefore } from '../../records/consents/consent.js'
import { endInteraction, type Interaction } from '../../records/interactions/interaction.js'
import { finishWithConsent } from '../../records/tokens/authorization-code.js'
import type { Server } from '../../server.js'
import { answerUnready, refuseWithPage, type InteractionAnswer } from './interaction-answer.js'
import { isShownTo, openInteraction, type InteractionCall } from './open-interaction.js'

/** What the form of the consent page says; everything else about the request is read from the interaction. */
export interface ConsentDecision {
  readonly decision: 'allow' | 'deny'
  /** For which account the page was shown. */
  readonly mark: string | undefined
}

/** Reads the form. */
export function parseDecision(form: Form): Result<ConsentDecision, 'malformed'> {
  const decision = form.get('decision')
  return decision === 'allow' || decision === 'deny' ? ok({ decision, mark: form.get('account') }) : refuse('malformed')
}

/** Carries out the decision of whoever the page was shown to; a second one, however close, finds the interaction ended. */
export async function decideConsent(
  server: Server,
  call: InteractionCall,
  asked: ConsentDecision,
): Promise<InteractionAnswer> {
  const found = await openInteraction(server, call)
  if (found.kind === 'closed') return refuseWithPage(server, call, found.reason)
  const { interaction, decision } = found
  // Cancelling needs no account: it gives nothing away and ends the request.
  if (asked.decision === 'deny')
    return denyInteraction(server, call, interaction, decision.kind === 'ready' ? decision.account.subject : null)
  if (decision.kind !== 'ready') return answerUnready(server, call, { interaction, context: found.context, decision })
  const { account } = decision
  const { client, request } = interaction
  if (!isShownTo(server, asked.mark, { interactionId: interaction.id, subject: account.subject })) {
    return {
      kind: 'consent_page',
      interaction,
      account,
      before: await findAllowedBefore(server, client, account.subject),
    }
  }
  const code = await finishWithConsent(server, interaction, { client, request, account, requestId: call.requestId })
  return code ? { kind: 'code', interaction, code } : refuseWithPage(server, call, 'ended')
}

async function denyInteraction(
  server: Server,
  call: InteractionCall,
  interaction: Interaction,
  subject: string | null,
): Promise<InteractionAnswer> {
  const isEnded = await endInteraction(server, interaction, {
    outcome: 'denied',
    subject,
    event: {
      at: server.clock.now(),
      event: 'authorization_request.denied',
      outcome: 'refused',
      reason: 'access_denied',
      actor: subject === null ? { kind: 'anonymous' } : { kind: 'account', id: subject },
      subject,
      object: interaction.id,
      requestId: call.requestId,
      fields: { client: interaction.client.clientId, scopes: interaction.request.scopes },
    },
  })
  return isEnded
    ? { kind: 'error', interaction, error: 'access_denied', description: 'the person did not allow this' }
    : refuseWithPage(server, call, 'ended')
}
