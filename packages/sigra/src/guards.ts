/** Guards for the host's own routes: who is not logged in is sent to log in, programs get a 401. */
import type { Context, MiddlewareHandler } from 'hono'

import { noStore } from '#base/headers.js'
import { parseLocalPath } from '#base/local-path.js'

import { scopeOf, type CurrentScope, type SigraEnv } from './current-scope.js'
import type { Server } from './server.js'

/** The variables of Hono contexts behind `requireUser`: the scope is never null. */
export interface UserEnv {
  Variables: { readonly currentScope: CurrentScope }
}

/** Lets only logged-in people pass; browsers are redirected to log in and come back, everything else gets 401 with a JSON body. */
export function userGuard(server: Server): MiddlewareHandler<UserEnv> {
  return async (c, next) => {
    const scope = await scopeOf(server, c as Context<SigraEnv>)
    if (scope === null) return refuseAnonymous(server, c)
    c.set('currentScope', scope)
    await next()
    return undefined
  }
}

/** Answers a request that needs somebody to be logged in and has nobody. */
export function refuseAnonymous(server: Server, c: Context): Response {
  if (!wantsPage(c)) {
    return c.json({ error: 'unauthenticated', message: 'Log in first.' }, 401, { ...noStore, Vary: 'Cookie, Accept' })
  }
  return new Response(null, {
    status: 303,
    headers: { ...noStore, Vary: 'Cookie, Accept', Location: logInLocation(server, c) },
  })
}

/** Only a page somebody looked at is worth coming back to; a post cannot be repeated by a redirect. */
function logInLocation(server: Server, c: Context): string {
  const url = new URL(c.req.url)
  const returnTo = c.req.method === 'GET' ? parseLocalPath(url.pathname + url.search) : null
  const hadSession = server.cookies.session.read(c.req.header('cookie')) !== undefined
  const query = new URLSearchParams({
    reason: hadSession ? 'session_ended' : 'log_in_required',
    ...(returnTo === null ? {} : { return_to: returnTo }),
  })
  return `/users/log_in?${query.toString()}`
}

/** Browsers name HTML when they navigate; programs name JSON or nothing. */
function wantsPage(c: Context): boolean {
  const mode = c.req.header('sec-fetch-mode')
  if (mode !== undefined && mode !== 'navigate') return false
  return (c.req.header('accept') ?? '').includes('text/html')
}
