/** `prompt` and `max_age` as they may and may not be written. */
import { describe, expect, test } from 'vitest'

import { authenticateAfter, isFresh, parseMaxAge, parsePrompt } from './prompt.js'

describe('prompt (OpenID Connect Core §3.1.2.1)', () => {
  test.each([
    ['none', ['none']],
    ['login', ['login']],
    ['consent login', ['consent', 'login']],
    ['login consent select_account', ['login', 'consent', 'select_account']],
  ])('reads %j', (text, expected) => {
    expect(parsePrompt(text)).toEqual({ ok: true, value: expected })
  })

  test.each([
    'none login',
    'login none',
    'login login',
    'create',
    'Login',
    ' login',
    'login ',
    'login  consent',
    'login\tconsent',
    '',
  ])('refuses %j', (text) => {
    expect(parsePrompt(text).ok).toBe(false)
  })
})

describe('max_age', () => {
  test.each([
    ['0', 0],
    ['600', 600],
    ['0600', 600],
  ])('reads %j', (text, expected) => {
    expect(parseMaxAge(text)).toEqual({ ok: true, value: expected })
  })

  test.each(['', '-1', '+1', '12.5', 'abc', ' 10', '10 ', '1e3', '0x10', '10000000000', '١٠'])('refuses %j', (text) => {
    expect(parseMaxAge(text).ok).toBe(false)
  })
})

describe('the moment after which somebody must have authenticated', () => {
  const asked = new Date('2027-01-15T12:00:00Z')
  const minutesBefore = (minutes: number) => new Date(asked.getTime() - minutes * 60_000)

  test.each([
    ['nothing is asked', [], null, minutesBefore(500), true],
    ['login is asked, and the session is old', ['login'], null, minutesBefore(1), false],
    ['login is asked, and it happened since', ['login'], null, minutesBefore(-1), true],
    ['max_age has room', [], 600, minutesBefore(9), true],
    ['max_age is reached exactly', [], 600, minutesBefore(10), true],
    ['max_age has passed', [], 600, minutesBefore(11), false],
    ['max_age is 0', [], 0, minutesBefore(1), false],
    ['login is stricter than max_age', ['login'], 600, minutesBefore(5), false],
  ] as const)('decides where %s', (_name, prompts, maxAgeSeconds, authenticatedAt, expected) => {
    const after = authenticateAfter({ prompts, maxAgeSeconds }, asked)
    expect(isFresh({ authenticatedAt }, after)).toBe(expected)
  })

  test('an authentication of unknown time satisfies no demand', () => {
    expect(isFresh(null, authenticateAfter({ prompts: [], maxAgeSeconds: 86_400 }, asked))).toBe(false)
    expect(isFresh(null, null)).toBe(true)
  })
})
