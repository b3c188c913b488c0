/** GET and POST /users/log_out, and the page after it. */
import { parseLocalPath } from '#base/local-path.js'

import { pageAnswer, seeOther } from '../../respond.js'
import type { Exchange, Route } from '../../route.js'
import type { Server } from '../../server.js'
import { logOut } from './log-out.js'
import { confirmLogOutPage, loggedOutPage } from './pages.js'

/** The routes of logging out; a GET only asks. */
export function logOutRoutes(server: Server): readonly Route[] {
  return [
    { method: 'GET', path: '/users/log_out', authority: 'public', handle: (exchange) => showConfirm(server, exchange) },
    {
      method: 'POST',
      path: '/users/log_out',
      authority: 'public',
      fields: ['return_to'],
      handle: (exchange) => postLogOut(server, exchange),
    },
    { method: 'GET', path: '/users/logged_out', authority: 'public', handle: () => pageAnswer(loggedOutPage(server)) },
  ]
}

async function showConfirm(server: Server, exchange: Exchange): Promise<Response> {
  const scope = await exchange.scope()
  const html = confirmLogOutPage(server, {
    email: scope?.user.email ?? null,
    returnTo: parseLocalPath(exchange.query.get('return_to')),
  })
  // Logging out may lead on to the site that asked for it.
  return pageAnswer(html, { page: { formAction: 'any' } })
}

async function postLogOut(server: Server, exchange: Exchange): Promise<Response> {
  await logOut(server, {
    sessionSecret: server.cookies.session.read(exchange.cookieHeader),
    requestId: exchange.facts.requestId,
  })
  const { session, pending, link } = server.cookies
  return seeOther(parseLocalPath(exchange.form.get('return_to')) ?? '/users/logged_out', {
    cookies: [session.clear(), pending.clear(), link.clear()],
    headers: { 'Clear-Site-Data': '"cache", "storage"' },
  })
}
