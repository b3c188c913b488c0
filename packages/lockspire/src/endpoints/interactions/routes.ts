/** `/oauth/interactions/:id`: resume after log in, decide, or change the account. */
import { isSameOrigin } from '#base/csrf.js'
import { readForm, type Form } from '#base/request.js'
import type { Result } from '#base/result.js'

import { browserCookie, readBrowserSecret } from '../../browser-cookie.js'
import { connectionOf, type Call, type Route } from '../../mount.js'
import { interactionPath } from '../../resolver-context.js'
import { redirectTo, respondToClient, respondWithErrorPage, respondWithLogIn, respondWithPage } from '../../respond.js'
import type { Server } from '../../server.js'
import { changeAccount, parseAccountChange } from './change-account.js'
import { consentValues, otherAccountValues } from './consent-values.js'
import { decideConsent, parseDecision } from './decide-consent.js'
import { failInteraction, refuseWithPage, type InteractionAnswer } from './interaction-answer.js'
import type { InteractionCall } from './open-interaction.js'
import { consentPage, interactionError, otherAccountPage } from './pages.js'
import { resumeInteraction } from './resume.js'

const PATH = '/oauth/interactions/:id'

/** Every step of an interaction. */
export const interactionRoutes: readonly Route[] = [
  { method: 'GET', path: PATH, authority: 'browser', answers: 'page', respond: respondToResume },
  { method: 'POST', path: PATH, authority: 'browser', answers: 'page', respond: respondToDecision },
  { method: 'POST', path: `${PATH}/account`, authority: 'browser', answers: 'page', respond: respondToAccountChange },
]

async function respondToResume(server: Server, call: Call): Promise<Response> {
  return render(server, call, await resumeInteraction(server, interactionCall(server, call)))
}

async function respondToDecision(server: Server, call: Call): Promise<Response> {
  const asked = await readPost(server, call, parseDecision)
  const step = interactionCall(server, call)
  return render(
    server,
    call,
    asked.ok ? await decideConsent(server, step, asked.value) : await refuseWithPage(server, step, asked.reason),
  )
}

async function respondToAccountChange(server: Server, call: Call): Promise<Response> {
  const asked = await readPost(server, call, parseAccountChange)
  const step = interactionCall(server, call)
  return render(
    server,
    call,
    asked.ok ? await changeAccount(server, step, asked.value) : await refuseWithPage(server, step, asked.reason),
  )
}

async function readPost<Asked>(
  server: Server,
  call: Call,
  parse: (form: Form) => Result<Asked, 'malformed'>,
): Promise<Result<Asked, 'cross_site' | 'malformed'>> {
  const request = call.c.req.raw
  if (!isSameOrigin(request, server.config.issuerUrl)) return { ok: false, reason: 'cross_site' }
  const form = await readForm(request, { maxBytes: 4096, maxValueLength: 1024 })
  return form.ok ? parse(form.value) : { ok: false, reason: 'malformed' }
}

function interactionCall(server: Server, call: Call): InteractionCall {
  return {
    interactionId: call.c.req.param('id') ?? '',
    connection: connectionOf(call),
    browser: readBrowserSecret(server, call.c.req.header('cookie')),
    requestId: call.requestId,
  }
}

async function render(server: Server, call: Call, answer: InteractionAnswer): Promise<Response> {
  switch (answer.kind) {
    case 'page':
      return respondWithErrorPage(server, call, interactionError(answer.reason))
    case 'consent_page':
      // The post goes on to the client, and browsers hold form-action against that redirect and all that follow it.
      return respondWithPage(consentPage(consentValues(server, answer)), { formAction: 'any' })
    case 'other_account_page':
      return respondWithPage(otherAccountPage(otherAccountValues(server, answer.interaction)), { formAction: 'any' })
    case 'resume':
      return redirectTo(interactionPath(server, answer.interactionId))
    case 'code':
      return respondToClient(server, answer.interaction.request, { code: answer.code.reveal() })
    case 'error':
      return respondToClient(server, answer.interaction.request, answer)
    case 'log_in': {
      const logIn = await server.accounts.logIn(connectionOf(call), answer.context)
      const browser = readBrowserSecret(server, call.c.req.header('cookie'))
      if (logIn.ok && browser !== null) return respondWithLogIn(logIn.value, browserCookie(server, browser))
      const failed = { interaction: answer.interaction, reason: 'log_in_failed' } as const
      return render(server, call, await failInteraction(server, interactionCall(server, call), failed))
    }
  }
}
