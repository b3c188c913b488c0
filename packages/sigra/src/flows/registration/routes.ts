/** GET and POST /users/register. */
import { parseLocalPath } from '#base/local-path.js'

import { recordDecision } from '../../records/audit/record-decision.js'
import { errorAnswer, pageAnswer, seeOther } from '../../respond.js'
import type { Exchange, Route } from '../../route.js'
import type { Server } from '../../server.js'
import { isRegistration, parseRegistration, register, type RegistrationProblems } from './register.js'
import { registrationPage } from './pages.js'

const PENDING_SECONDS = 86_400

/** The routes of registration. */
export function registrationRoutes(server: Server): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/users/register',
      authority: 'public',
      handle: (exchange) => showRegistration(server, exchange, { status: 200 }),
    },
    {
      method: 'POST',
      path: '/users/register',
      authority: 'public',
      fields: ['email', 'password', 'return_to'],
      handle: (exchange) => postRegistration(server, exchange),
    },
  ]
}

async function postRegistration(server: Server, exchange: Exchange): Promise<Response> {
  const { form, facts } = exchange
  const asked = parseRegistration(server, form)
  if (!isRegistration(asked)) {
    await recordProblems(server, asked, facts.requestId)
    return showRegistration(server, exchange, { status: 422, problems: asked })
  }
  const answer = await register(server, asked, facts)
  if (answer.ok)
    return seeOther('/users/confirm', {
      cookies: [server.cookies.pending.set(answer.browser.reveal(), PENDING_SECONDS)],
    })
  if (answer.reason === 'throttled')
    return showRegistration(server, exchange, { status: 429, retryAfterSeconds: answer.retryAfterSeconds })
  if (answer.reason === 'busy') return errorAnswer(server, 'busy', { requestId: facts.requestId, retryAfterSeconds: 2 })
  return showRegistration(server, exchange, { status: 422, problems: { email: null, password: answer.reason } })
}

async function recordProblems(server: Server, problems: RegistrationProblems, requestId: string): Promise<void> {
  const reason =
    problems.email !== null
      ? (`email_${problems.email}` as const)
      : problems.password !== null
        ? (`password_${problems.password}` as const)
        : null
  if (reason !== null) await recordDecision(server, server.db, { event: 'registration.refused', reason, requestId })
}

function showRegistration(
  server: Server,
  { form, query }: Exchange,
  shown: { status: number; problems?: RegistrationProblems; retryAfterSeconds?: number },
): Response {
  const html = registrationPage(server, {
    returnTo: parseLocalPath(form.get('return_to') ?? query.get('return_to')),
    email: shown.status === 200 ? '' : (form.get('email') ?? '').slice(0, 254),
    problems: shown.problems ?? null,
    retryAfterSeconds: shown.retryAfterSeconds ?? null,
  })
  return pageAnswer(html, {
    status: shown.status,
    headers: shown.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(shown.retryAfterSeconds) },
  })
}
