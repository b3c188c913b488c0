/** Who is logged in on a request: nothing at all without a cookie, one indexed read with one, and the middleware that tells the host. */
import type { Context, MiddlewareHandler } from 'hono'

import { userOf, type User } from './records/users/user.js'
import { findSession, touchSession, type Session, type SessionRow } from './records/sessions/session.js'
import { decideTouch, isSessionLive } from './rules/session-lifetime.js'
import type { Server } from './server.js'

/** How and when the person proved who they are; what an OpenID Provider needs for auth_time, amr, acr and sid. */
export interface Authentication {
  readonly authenticatedAt: Date
  /** Values of `amr` (RFC 8176). */
  readonly methods: string[]
  /** Value of `acr`; absent where the session has none. */
  readonly level?: string
  /** The session's public id. */
  readonly sessionId: string
}

/** Who acts on this request and how that is known. */
export interface CurrentScope {
  readonly user: User
  readonly session: Session
  readonly authentication: Authentication
}

/** What the middleware puts on a request, as `c.var.currentScope`; null when nobody is logged in. */
export interface SigraAssigns {
  readonly currentScope: CurrentScope | null
}

/** The variables of Hono contexts behind the middleware. */
export interface SigraEnv {
  Variables: SigraAssigns
}

/** Makes the middleware that sets `currentScope` on every request. */
export function scopeMiddleware(server: Server): MiddlewareHandler<SigraEnv> {
  return async (c, next) => {
    c.set('currentScope', await loadScope(server, c.req.header('cookie')))
    await next()
  }
}

/** The scope of a request, from the middleware where it ran, and read here otherwise. */
export async function scopeOf(server: Server, c: Context<SigraEnv>): Promise<CurrentScope | null> {
  const known: CurrentScope | null | undefined = c.get('currentScope')
  if (known !== undefined) return known
  const scope = await loadScope(server, c.req.header('cookie'))
  c.set('currentScope', scope)
  return scope
}

/** Reads the scope behind a Cookie header; a cookie that has not the form of our secret costs nothing. */
export async function loadScope(server: Server, cookieHeader: string | undefined): Promise<CurrentScope | null> {
  if (cookieHeader === undefined) return null
  const secret = server.cookies.session.read(cookieHeader)
  if (secret === undefined) return null
  const row = await findSession(server, secret)
  if (row === null) return null
  const now = server.clock.now()
  const times = {
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    idleExpiresAt: row.idle_expires_at,
    expiresAt: row.expires_at,
  }
  if (!isSessionLive(times, now)) return null
  // The host may have become stricter since the session began.
  if (row.confirmed_at === null && server.config.emailConfirmation.unconfirmedAccess === 'refuse') return null
  const { session } = server.config
  const idleExpiresAt = decideTouch(
    times,
    row.remembered ? session.remembered : session.standard,
    session.touchIntervalSeconds,
    now,
  )
  if (idleExpiresAt !== null)
    server.background.run('session.touch', () => touchSession(server, row, { now, idleExpiresAt }))
  return scopeFrom(row)
}

function scopeFrom(row: SessionRow): CurrentScope {
  return {
    user: userOf({
      id: row.user_id,
      email: row.email,
      confirmed_at: row.confirmed_at,
      created_at: row.user_created_at,
    }),
    session: {
      id: row.id,
      createdAt: row.created_at,
      lastSeenAt: row.last_seen_at,
      expiresAt: row.expires_at,
      isRemembered: row.remembered,
    },
    authentication: {
      authenticatedAt: row.authenticated_at,
      methods: [...row.methods],
      ...(row.level === null ? {} : { level: row.level }),
      sessionId: row.id,
    },
  }
}
