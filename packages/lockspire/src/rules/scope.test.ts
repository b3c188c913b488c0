/** Scope values as they may and may not be written. */
import { describe, expect, test } from 'vitest'

import { isWithin, parseScope } from './scope.js'

describe('scope (RFC 6749 §3.3)', () => {
  test.each([
    ['openid', ['openid']],
    ['openid notes:read', ['openid', 'notes:read']],
    ['b a b', ['b', 'a']],
    ['https://api.example/read', ['https://api.example/read']],
  ])('reads %j', (text, expected) => {
    expect(parseScope(text)).toEqual({ ok: true, value: expected })
  })

  test.each([
    '',
    ' openid',
    'openid ',
    'openid  email',
    'open"id',
    'open\\id',
    'é',
    'openid\nemail',
    'openid\temail',
    'x'.repeat(129),
  ])('refuses %j', (text) => {
    expect(parseScope(text).ok).toBe(false)
  })

  test('reads ten thousand names in linear time', () => {
    const text = Array.from({ length: 10_000 }, (_, at) => `scope${at}`).join(' ')
    const started = performance.now()
    expect(parseScope(text).ok).toBe(true)
    expect(performance.now() - started).toBeLessThan(200)
  })

  test('knows what lies within what', () => {
    expect(isWithin(['a'], ['b', 'a'])).toBe(true)
    expect(isWithin([], [])).toBe(true)
    expect(isWithin(['a', 'c'], ['b', 'a'])).toBe(false)
  })
})
