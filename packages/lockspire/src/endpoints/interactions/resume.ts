/** Goes on with an interaction after log in: asks for consent, or finishes where a remembered consent covers the request. */
import { findAllowedBefore, mayRemember } from '../../records/consents/consent.js'
import { finishWithRememberedConsent } from '../../records/tokens/authorization-code.js'
import type { Server } from '../../server.js'
import { answerUnready, refuseWithPage, type InteractionAnswer } from './interaction-answer.js'
import { openInteraction, type InteractionCall } from './open-interaction.js'

/** Shows what is asked; spends nothing unless the person allowed it before. */
export async function resumeInteraction(server: Server, call: InteractionCall): Promise<InteractionAnswer> {
  const found = await openInteraction(server, call)
  if (found.kind === 'closed') return refuseWithPage(server, call, found.reason)
  const { interaction, decision } = found
  if (decision.kind !== 'ready') return answerUnready(server, call, { interaction, context: found.context, decision })
  const { account } = decision
  const { client, request } = interaction
  const mustAsk = request.prompts.includes('consent') || request.prompts.includes('select_account')
  if (!mustAsk && mayRemember(client, request.redirectUri)) {
    const code = await finishWithRememberedConsent(server, interaction, {
      client,
      request,
      account,
      requestId: call.requestId,
    })
    if (code) return { kind: 'code', interaction, code }
  }
  return {
    kind: 'consent_page',
    interaction,
    account,
    before: await findAllowedBefore(server, client, account.subject),
  }
}
