/** How this app remembers browsers. */
import { afterEach, describe, expect, test, vi } from 'vitest'

import { beginSession, endSession, findSession, rememberAttempt, sessionCookie, takeAttempt } from './sessions.js'

afterEach(() => {
  vi.useRealTimers()
})

describe('sessions', () => {
  test('are found by their own cookie and nothing else', () => {
    const session = beginSession()
    const [pair = ''] = sessionCookie(session, false).split(';')
    expect(findSession(`a=b; ${pair}; c=d`)).toBe(session)
    expect(findSession(`x${pair}`)).toBeNull()
    expect(findSession(`${pair}x`)).toBeNull()
    expect(findSession(undefined)).toBeNull()
    endSession(session)
    expect(findSession(pair)).toBeNull()
  })

  test('end after eight idle hours', () => {
    vi.useFakeTimers()
    const session = beginSession()
    const [pair = ''] = sessionCookie(session, false).split(';')
    vi.advanceTimersByTime(8 * 3_600_000)
    expect(findSession(pair)).toBe(session)
    vi.advanceTimersByTime(8 * 3_600_000 + 1)
    expect(findSession(pair)).toBeNull()
  })

  test('mark the cookie as secure only where the app is', () => {
    const session = beginSession()
    expect(sessionCookie(session, false)).not.toContain('Secure')
    expect(sessionCookie(session, true)).toMatch(/HttpOnly; SameSite=Lax; Secure$/)
  })

  test('answer an attempt once, and keep the newest five', () => {
    const session = beginSession()
    for (const state of ['1', '2', '3', '4', '5', '6'])
      rememberAttempt(session, state, { codeVerifier: state, nonce: state })
    expect(takeAttempt(session, '1')).toBeNull()
    expect(takeAttempt(session, '6')).toEqual({ codeVerifier: '6', nonce: '6' })
    expect(takeAttempt(session, '6')).toBeNull()
    expect(takeAttempt(session, null)).toBeNull()
  })
})
