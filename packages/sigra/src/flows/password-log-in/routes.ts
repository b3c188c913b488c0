/** GET and POST /users/log_in. */
import { parseLocalPath } from '#base/local-path.js'

import { logInAnswer } from '../../log-in-answer.js'
import { recordDecision } from '../../records/audit/record-decision.js'
import { errorAnswer, pageAnswer } from '../../respond.js'
import { browserOf, type Exchange, type Route } from '../../route.js'
import type { Server } from '../../server.js'
import { logIn, parseLogIn } from './log-in.js'
import { logInPage, parseLogInReason, type LogInPage } from './pages.js'

/** The routes of logging in with a password. */
export function passwordLogInRoutes(server: Server): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/users/log_in',
      authority: 'public',
      handle: (exchange) => showLogIn(server, exchange, { refusal: null, status: 200 }),
    },
    {
      method: 'POST',
      path: '/users/log_in',
      authority: 'public',
      fields: ['email', 'password', 'remember', 'return_to'],
      handle: (exchange) => postLogIn(server, exchange),
    },
  ]
}

async function postLogIn(server: Server, exchange: Exchange): Promise<Response> {
  const asked = parseLogIn(exchange.form)
  if (!asked.ok) {
    await recordDecision(server, server.db, {
      event: 'log_in.refused',
      reason: 'malformed',
      requestId: exchange.facts.requestId,
    })
    return showLogIn(server, exchange, { refusal: { kind: 'wrong' }, status: 422 })
  }
  const browser = browserOf(server, exchange)
  const answer = await logIn(server, asked.value, { facts: exchange.facts, browser })
  if (answer.ok) return logInAnswer(server, answer.value, asked.value.returnTo ?? server.config.landingPath)
  switch (answer.reason) {
    case 'wrong':
      return showLogIn(server, exchange, { refusal: { kind: 'wrong' }, status: 422 })
    case 'throttled':
      return showLogIn(server, exchange, {
        refusal: { kind: 'throttled', retryAfterSeconds: answer.retryAfterSeconds },
        status: 429,
      })
    case 'busy':
      return errorAnswer(server, 'busy', { requestId: exchange.facts.requestId, retryAfterSeconds: 2 })
  }
}

async function showLogIn(
  server: Server,
  exchange: Exchange,
  shown: { refusal: LogInPage['refusal']; status: number },
): Promise<Response> {
  const { form, query } = exchange
  const scope = shown.refusal === null ? await exchange.scope() : null
  const reason = parseLogInReason(query.get('reason'))
  const loggedInAs = scope?.user.email ?? null
  const suggested = reason === 'reauthenticate' ? (loggedInAs ?? '') : ''
  const html = logInPage(server, {
    reason,
    returnTo: parseLocalPath(form.get('return_to') ?? query.get('return_to')),
    loggedInAs,
    email: shown.refusal === null ? suggested : (form.get('email') ?? '').slice(0, 254),
    refusal: shown.refusal,
  })
  const retry = shown.refusal?.kind === 'throttled' ? { 'Retry-After': String(shown.refusal.retryAfterSeconds) } : {}
  // The post may end at another site when the way back leads on from here, and browsers hold every redirect to this list.
  return pageAnswer(html, { status: shown.status, headers: retry, page: { formAction: 'any' } })
}
