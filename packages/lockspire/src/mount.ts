/** Routes as data: each says who may call it, and one place turns them into an application. */
import { Hono, type Context } from 'hono'

import { plainHeaders } from '#base/headers.js'
import { randomId } from '#base/secrets.js'

import type { Connection } from './host.js'
import type { Server } from './server.js'

/**
 * Who may call a route.
 *
 * `anyone`: nothing is needed and nothing personal is told · `account`: the host says who is logged in, and sends others to log in ·
 * `browser`: only the browser that began the interaction, with the account it belongs to · `client`: an authenticated client ·
 * `access_token`: the bearer of an access token of this server.
 */
export type Authority = 'anyone' | 'account' | 'browser' | 'client' | 'access_token'

/** One request on its way through a route. */
export interface Call {
  readonly c: Context
  /** Made here, told on error pages and in the audit log. */
  readonly requestId: string
}

/** One method of one path. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'OPTIONS'
  /** As Hono writes it, below the issuer's path; a list that is mounted holds whole paths. */
  readonly path: `/${string}`
  readonly authority: Authority
  /** What a person or a program sees when something breaks or the method is wrong. */
  readonly answers: 'page' | 'json'
  readonly respond: (server: Server, call: Call) => Promise<Response> | Response
}

/** Answers for what no route answers itself. */
export interface Fallbacks {
  readonly fault: (server: Server, call: Call, route: Route) => Response
  readonly wrongMethod: (server: Server, call: Call, allowed: readonly Route[]) => Response
}

/** Makes an application of routes; other methods on their paths get 405, and a thrown fault is logged and answered. */
export function mountRoutes(server: Server, routes: readonly Route[], fallbacks: Fallbacks): Hono {
  const app = new Hono()
  for (const route of routes) {
    app.on(route.method, [route.path], async (c) => {
      const call = { c, requestId: randomId() }
      if (c.req.raw.method === 'HEAD' && !answersHead(route))
        return fallbacks.wrongMethod(
          server,
          call,
          routes.filter((one) => one.path === route.path),
        )
      try {
        return await route.respond(server, call)
      } catch (error) {
        server.log.error({ requestId: call.requestId, method: route.method, path: route.path, error }, 'a route broke')
        return fallbacks.fault(server, call, route)
      }
    })
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const allowed = routes.filter((route) => route.path === path)
    app.all(path, (c) => fallbacks.wrongMethod(server, { c, requestId: randomId() }, allowed))
  }
  app.notFound((c) => c.json({ error: 'not_found' }, 404, plainHeaders))
  return app
}

/** A look at the headers may not begin or finish anything, which GET does where the protocol says so. */
export function answersHead(route: Route): boolean {
  return route.method === 'GET' && route.authority !== 'account' && route.authority !== 'browser'
}

/** Where `fetch` puts what the host gives beside a request; a symbol, so that no environment can hold it by accident. */
export const assignsKey: unique symbol = Symbol('lockspire.assigns')

/** The request with what the host's middleware put beside it: given to `fetch`, or else the variables of the host's own Hono. */
export function connectionOf({ c }: Call): Connection<unknown> {
  const env: unknown = c.env
  const given: unknown = typeof env === 'object' && env !== null && assignsKey in env ? env[assignsKey] : undefined
  return { request: c.req.raw, assigns: given ?? c.var }
}
