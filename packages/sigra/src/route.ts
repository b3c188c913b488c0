/** Routes as values: each says its method, its path, who may call it and which fields it reads; mounting enforces all four. */
import { Hono, type Context } from 'hono'

import { isSameOrigin } from '#base/csrf.js'
import { readForm, readQuery, requestFacts, type Form, type FormReason, type RequestFacts } from '#base/request.js'
import { refuse, type Result } from '#base/result.js'

import { scopeOf, type CurrentScope, type SigraEnv } from './current-scope.js'
import { refuseAnonymous } from './guards.js'
import type { EventReasons } from './records/audit/events.js'
import { recordDecision } from './records/audit/record-decision.js'
import type { Browser } from './records/log-ins/complete-log-in.js'
import { errorAnswer, type ErrorCode } from './respond.js'
import type { Server } from './server.js'

/** Who may call a route: anybody, or whoever is logged in. */
export type Authority = 'public' | 'user'

/** What a route's handler works with; the form and the query are read and checked. */
export interface Exchange {
  readonly facts: RequestFacts
  readonly form: Form
  readonly query: Form
  readonly cookieHeader: string | undefined
  /** Who is logged in; null for nobody. */
  scope(): Promise<CurrentScope | null>
}

interface RouteBase {
  readonly path: string
  /** The names the body may hold; any other is refused. */
  readonly fields?: readonly string[]
  readonly method: 'GET' | 'POST'
}

/** A route anybody may call. */
export interface PublicRoute extends RouteBase {
  readonly authority: 'public'
  handle(exchange: Exchange): Promise<Response> | Response
}

/** A route only logged-in people may call; its handler gets them. */
export interface UserRoute extends RouteBase {
  readonly authority: 'user'
  handle(exchange: Exchange, scope: CurrentScope): Promise<Response> | Response
}

/** One route. */
export type Route = PublicRoute | UserRoute

const MAX_BODY_BYTES = 32_768

/** Mounts routes; other methods on their paths answer 405, faults answer an error page and are logged. */
export function mountRoutes(server: Server, routes: readonly Route[]): Hono<SigraEnv> {
  const app = new Hono<SigraEnv>()
  for (const route of routes) app.on(route.method, route.path, (c) => answerRoute(server, route, c))
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes
      .filter((route) => route.path === path)
      .flatMap((route) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]))
    app.all(path, (c) =>
      errorAnswer(server, 'method_not_allowed', { requestId: factsOf(server, c).requestId, allow: methods.join(', ') }),
    )
  }
  return app
}

/** Answers an address that has no page. */
export function notFoundAnswer(server: Server, c: Context): Response {
  return errorAnswer(server, 'not_found', { requestId: factsOf(server, c).requestId })
}

/** The browser of a request as the log-in door must know it. */
export function browserOf(server: Server, exchange: Exchange): Browser {
  return {
    sessionSecret: server.cookies.session.read(exchange.cookieHeader),
    deviceSecret: server.cookies.device.read(exchange.cookieHeader),
    userAgent: exchange.facts.userAgent,
    requestId: exchange.facts.requestId,
  }
}

async function answerRoute(server: Server, route: Route, c: Context<SigraEnv>): Promise<Response> {
  const facts = factsOf(server, c)
  try {
    return await admit(server, route, { c, facts })
  } catch (error) {
    server.log.error({ requestId: facts.requestId, method: facts.method, path: route.path, error }, 'a request failed')
    return errorAnswer(server, 'server_error', { requestId: facts.requestId })
  }
}

async function admit(
  server: Server,
  route: Route,
  { c, facts }: { c: Context<SigraEnv>; facts: RequestFacts },
): Promise<Response> {
  if (!isSameOrigin(c.req.raw, server.config.baseUrl)) return refuseRequest(server, 'cross_origin', { route, facts })
  const query = readQuery(c.req.url)
  if (!query.ok) return refuseRequest(server, query.reason, { route, facts })
  const form = route.method === 'POST' ? await readFields(c.req.raw, route.fields ?? []) : query
  if (!form.ok) return refuseRequest(server, form.reason, { route, facts })
  const exchange: Exchange = {
    facts,
    form: form.value,
    query: query.value,
    cookieHeader: c.req.header('cookie'),
    scope: () => scopeOf(server, c),
  }
  if (route.authority === 'public') return route.handle(exchange)
  const scope = await exchange.scope()
  if (scope !== null) return route.handle(exchange, scope)
  if (route.method === 'POST')
    await recordDecision(server, server.db, {
      event: 'request.refused',
      reason: 'unauthenticated',
      requestId: facts.requestId,
      fields: { path: route.path },
    })
  return refuseAnonymous(server, c)
}

async function readFields(
  request: Request,
  fields: readonly string[],
): Promise<Result<Form, FormReason | 'unknown_field'>> {
  const form = await readForm(request, { maxBytes: MAX_BODY_BYTES })
  if (form.ok && form.value.names().some((name) => !fields.includes(name))) return refuse('unknown_field')
  return form
}

type RequestReason = EventReasons['request.refused']

const requestErrors = {
  cross_origin: 'cross_origin',
  unauthenticated: 'not_found',
  unknown_field: 'unknown_field',
  too_large: 'too_large',
  value_too_long: 'too_large',
  wrong_media_type: 'wrong_media_type',
  wrong_charset: 'wrong_media_type',
  malformed: 'malformed_request',
  duplicate: 'malformed_request',
  nul: 'malformed_request',
} as const satisfies Record<RequestReason, ErrorCode>

/** Refuses before any step ran; a read that was refused is not worth a row, a write is. */
async function refuseRequest(
  server: Server,
  reason: RequestReason,
  { route, facts }: { route: Route; facts: RequestFacts },
): Promise<Response> {
  if (route.method === 'POST')
    await recordDecision(server, server.db, {
      event: 'request.refused',
      reason,
      requestId: facts.requestId,
      fields: { path: route.path },
    })
  return errorAnswer(server, requestErrors[reason], { requestId: facts.requestId })
}

function factsOf(server: Server, c: Context): RequestFacts {
  return requestFacts(c, server.config.trustedProxyHops)
}
