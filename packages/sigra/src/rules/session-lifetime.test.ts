/** Session deadlines: idle, absolute, and when a sighting is written down. */
import { describe, expect, it } from 'vitest'

import { decideTouch, isSessionLive, sessionDeadlines } from './session-lifetime.js'

const start = new Date('2026-03-01T12:00:00Z')
const at = (seconds: number) => new Date(start.getTime() + seconds * 1000)
const limits = { idleSeconds: 1800, absoluteSeconds: 86_400 }
const fresh = { createdAt: start, lastSeenAt: start, ...sessionDeadlines(limits, start) }

describe('session lifetime', () => {
  it.each([
    [0, true],
    [1799, true],
    [1800, false],
    [1801, false],
  ])('a session nobody used is live after %d s: %s', (seconds, live) => {
    expect(isSessionLive(fresh, at(seconds))).toBe(live)
  })

  it('never outlives its absolute limit, however it is used', () => {
    let session = fresh
    for (let seconds = 0; seconds < 86_400; seconds += 60) {
      expect(isSessionLive(session, at(seconds))).toBe(true)
      const idleExpiresAt = decideTouch(session, limits, 300, at(seconds))
      if (idleExpiresAt !== null) session = { ...session, lastSeenAt: at(seconds), idleExpiresAt }
    }
    expect(isSessionLive(session, at(86_400))).toBe(false)
  })

  it('writes at most once an interval', () => {
    let session = fresh
    let writes = 0
    for (let seconds = 1; seconds <= 3600; seconds += 1) {
      const idleExpiresAt = decideTouch(session, limits, 300, at(seconds))
      if (idleExpiresAt === null) continue
      writes += 1
      session = { ...session, lastSeenAt: at(seconds), idleExpiresAt }
    }
    expect(writes).toBe(12)
  })

  it('does not end an active session early because a sighting was not written', () => {
    const first = decideTouch(fresh, limits, 300, at(10))
    const session = { ...fresh, lastSeenAt: at(10), idleExpiresAt: first ?? start }
    expect(decideTouch(session, limits, 300, at(309))).toBeNull()
    expect(isSessionLive(session, at(309 + 1799))).toBe(true)
    expect(isSessionLive(session, at(10 + 1800 + 300))).toBe(false)
  })

  it('does not move a deadline back when a clock is behind', () => {
    expect(decideTouch(fresh, limits, 300, at(-60))).toBeNull()
  })

  it('cuts the idle limit to the absolute one', () => {
    expect(sessionDeadlines({ idleSeconds: 100, absoluteSeconds: 50 }, start)).toEqual({
      idleExpiresAt: at(50),
      expiresAt: at(50),
    })
  })
})
