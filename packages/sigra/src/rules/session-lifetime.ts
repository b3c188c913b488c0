/** When a session ends by itself, and when seeing it again is worth a write (NIST SP 800-63B-4 §5.2, OWASP ASVS 7.3). */

import { secondsAfter } from '#base/clock.js'

/** The limits of one kind of session. */
export interface SessionLimits {
  /** Seconds without any request after which the session ends. */
  readonly idleSeconds: number
  /** Seconds after log in at which the session ends however active it is. */
  readonly absoluteSeconds: number
}

/** What of a stored session decides about its life. */
export interface SessionTimes {
  readonly createdAt: Date
  readonly lastSeenAt: Date
  readonly idleExpiresAt: Date
  readonly expiresAt: Date
}

/** The two deadlines of a session that begins now. */
export function sessionDeadlines(limits: SessionLimits, now: Date): { idleExpiresAt: Date; expiresAt: Date } {
  return {
    idleExpiresAt: secondsAfter(now, Math.min(limits.idleSeconds, limits.absoluteSeconds)),
    expiresAt: secondsAfter(now, limits.absoluteSeconds),
  }
}

/** Says whether the session may still be used; both deadlines are exclusive. */
export function isSessionLive(session: SessionTimes, now: Date): boolean {
  return now < session.idleExpiresAt && now < session.expiresAt
}

/**
 * Decides whether this sighting is written down, and the idle deadline it gives.
 *
 * At most one write an interval. The new deadline reaches one interval further than the limit, so that requests which
 * are not written cannot make an active session end early; a session that was never used after log in ends exactly at its limit.
 */
export function decideTouch(
  session: SessionTimes,
  limits: SessionLimits,
  intervalSeconds: number,
  now: Date,
): Date | null {
  const neverSeen = session.lastSeenAt.getTime() === session.createdAt.getTime()
  if (!neverSeen && now < secondsAfter(session.lastSeenAt, intervalSeconds)) return null
  if (now <= session.lastSeenAt) return null
  const deadline = secondsAfter(now, limits.idleSeconds + intervalSeconds)
  return deadline < session.expiresAt ? deadline : session.expiresAt
}
