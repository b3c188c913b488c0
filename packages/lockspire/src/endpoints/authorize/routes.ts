/** `GET` and `POST /oauth/authorize` (RFC 6749 §3.1). */
import { readForm, readQuery, type Form, type FormReason } from '#base/request.js'

import { browserCookie, readBrowserSecret } from '../../browser-cookie.js'
import { connectionOf, type Call, type Route } from '../../mount.js'
import { recordEvent } from '../../records/audit/events.js'
import { interactionPath } from '../../resolver-context.js'
import { redirectTo, respondToClient, respondWithErrorPage, respondWithLogIn } from '../../respond.js'
import type { Server } from '../../server.js'
import { authorizationParameters } from './authorization-request.js'
import { abandonLogIn, authorize, type AuthorizeAnswer } from './authorize.js'
import { pageErrorFor, pageErrorForForm } from './pages.js'

const PATH = '/oauth/authorize'
/** The largest query that servers and proxies in front of us usually let through. */
const MAX_BYTES = 8000
const limits = { maxBytes: MAX_BYTES, maxValueLength: 4096, repeatable: authorizationParameters }

/** The authorization endpoint. */
export const authorizeRoutes: readonly Route[] = [
  { method: 'GET', path: PATH, authority: 'account', answers: 'page', respond: respondToGet },
  { method: 'POST', path: PATH, authority: 'anyone', answers: 'page', respond: respondToPost },
]

async function respondToGet(server: Server, call: Call): Promise<Response> {
  const form = readQuery(call.c.req.url, limits)
  if (!form.ok) return refuseMalformed(server, call, form.reason)
  const connection = connectionOf(call)
  const browser = readBrowserSecret(server, call.c.req.header('cookie'))
  const answer = await authorize(server, { form: form.value, connection, browser, requestId: call.requestId })
  return render(server, call, answer)
}

/**
 * OpenID Connect Core §3.1.2.1 wants POST too. A post from the client's site comes without the host's SameSite cookies, so that
 * everybody would look logged out: the browser is sent to the same request as GET, with which they come.
 */
async function respondToPost(server: Server, call: Call): Promise<Response> {
  const form = await readForm(call.c.req.raw, limits)
  if (!form.ok) return refuseMalformed(server, call, form.reason)
  const query = queryOf(form.value)
  if (query.length > MAX_BYTES) return refuseMalformed(server, call, 'too_large')
  return redirectTo(`${server.config.basePath}${PATH}?${query}`)
}

function queryOf(form: Form): string {
  return authorizationParameters
    .flatMap((name) => form.all(name).map((value) => `${name}=${encodeURIComponent(value)}`))
    .join('&')
}

async function refuseMalformed(server: Server, call: Call, reason: FormReason): Promise<Response> {
  await recordEvent(server, {
    at: server.clock.now(),
    event: 'authorization_request.refused',
    outcome: 'refused',
    reason: `request_${reason}`,
    actor: { kind: 'anonymous' },
    requestId: call.requestId,
  })
  return respondWithErrorPage(server, call, pageErrorForForm(reason))
}

async function render(server: Server, call: Call, answer: AuthorizeAnswer): Promise<Response> {
  switch (answer.kind) {
    case 'page':
      return respondWithErrorPage(server, call, pageErrorFor(answer.reason))
    case 'error':
      return respondToClient(server, answer.target, answer)
    case 'code':
      return respondToClient(server, answer.target, { code: answer.code.reveal() })
    case 'consent':
      return redirectTo(interactionPath(server, answer.interactionId), browserCookie(server, answer.browser))
    case 'log_in': {
      const logIn = await server.accounts.logIn(connectionOf(call), answer.context)
      if (logIn.ok) return respondWithLogIn(logIn.value, browserCookie(server, answer.browser))
      return render(server, call, await abandonLogIn(server, call.requestId, answer))
    }
  }
}
