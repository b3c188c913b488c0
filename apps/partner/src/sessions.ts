/** This app's own sessions: kept in memory, named by one random cookie, gone after a restart. */
import { randomBytes } from 'node:crypto'
import type { Attempt, Connection } from './provider.js'

/** What one browser has going on here. */
export interface Session {
  readonly id: string
  readonly attempts: Map<string, Attempt>
  connection: Connection | null
  /** Said once on the next page. */
  notice: string | null
  lastSeenAt: number
}

const cookieName = 'notebook_reader'
const idleSeconds = 8 * 60 * 60
const mostSessions = 10_000
const mostAttempts = 5
const sessions = new Map<string, Session>()

/** The live session a Cookie header names, or null. */
export function findSession(cookieHeader: string | undefined): Session | null {
  const id = cookieHeader?.match(/(?:^|;\s*)notebook_reader=([\w-]{43})(?:;|$)/)?.[1]
  const session = id === undefined ? undefined : sessions.get(id)
  if (session === undefined) return null
  if (Date.now() - session.lastSeenAt > idleSeconds * 1000) {
    sessions.delete(session.id)
    return null
  }
  session.lastSeenAt = Date.now()
  return session
}

/** Begins an empty session; the oldest one leaves when there are too many. */
export function beginSession(): Session {
  for (const id of sessions.keys()) {
    if (sessions.size < mostSessions) break
    sessions.delete(id)
  }
  const session: Session = {
    id: randomBytes(32).toString('base64url'),
    attempts: new Map(),
    connection: null,
    notice: null,
    lastSeenAt: Date.now(),
  }
  sessions.set(session.id, session)
  return session
}

/** Ends a session and everything it holds. */
export function endSession(session: Session): void {
  sessions.delete(session.id)
}

/** Remembers one attempt; several tabs may have one each. */
export function rememberAttempt(session: Session, state: string, attempt: Attempt): void {
  for (const oldest of session.attempts.keys()) {
    if (session.attempts.size < mostAttempts) break
    session.attempts.delete(oldest)
  }
  session.attempts.set(state, attempt)
}

/** Takes the attempt of this `state`, once. */
export function takeAttempt(session: Session, state: string | null): Attempt | null {
  if (state === null) return null
  const attempt = session.attempts.get(state)
  session.attempts.delete(state)
  return attempt ?? null
}

/** The Set-Cookie value that hands a session to the browser. */
export function sessionCookie(session: Session, secure: boolean): string {
  return `${cookieName}=${session.id}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
}
