/** Hands an interaction to another account, because the person asked for it on the page. */
import type { Form } from '#base/request.js'
import { ok, refuse, type Result } from '#base/result.js'

import { countLogInRedirect, releaseSubject } from '../../records/interactions/interaction.js'
import type { Server } from '../../server.js'
import { failInteraction, refuseWithPage, type InteractionAnswer } from './interaction-answer.js'
import { openInteraction, type InteractionCall } from './open-interaction.js'

/** `other` logs in again first; `current` goes on with whoever is logged in now. */
export type AccountChange = 'other' | 'current'

/** Reads the form. */
export function parseAccountChange(form: Form): Result<AccountChange, 'malformed'> {
  const to = form.get('to')
  return to === 'other' || to === 'current' ? ok(to) : refuse('malformed')
}

/** Lets go of the account the interaction belonged to, and sends the browser to log in or back to the interaction. */
export async function changeAccount(
  server: Server,
  call: InteractionCall,
  to: AccountChange,
): Promise<InteractionAnswer> {
  const found = await openInteraction(server, call)
  if (found.kind === 'closed') return refuseWithPage(server, call, found.reason)
  const { interaction, context, decision } = found
  if (decision.kind === 'fail') return failInteraction(server, call, { interaction, reason: decision.reason })
  const isReleased = await releaseSubject(server, interaction, {
    at: server.clock.now(),
    event: 'interaction.account_changed',
    outcome: 'ok',
    actor: decision.kind === 'ready' ? { kind: 'account', id: decision.account.subject } : { kind: 'anonymous' },
    subject: interaction.subject,
    object: interaction.id,
    requestId: call.requestId,
    fields: { client: interaction.client.clientId },
  })
  if (!isReleased) return refuseWithPage(server, call, 'ended')
  if (to === 'current') return { kind: 'resume', interactionId: interaction.id }
  if ((await countLogInRedirect(server, interaction.id)) === 0) return refuseWithPage(server, call, 'ended')
  return { kind: 'log_in', interaction, context: { ...context, reason: 'other_account' } }
}
