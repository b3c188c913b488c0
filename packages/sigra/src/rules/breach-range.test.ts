/** The range query, with the documented example: "P@ssw0rd" and the range 21BD1. */
import { describe, expect, it } from 'vitest'

import { breachRange, decideBreach } from './breach-range.js'
import { normalizePassword } from './password-policy.js'

const range = (text: string) => breachRange(normalizePassword(text))
const other = '0018A45C4D1DEF81644B54AB7F969B88D65'
const { prefix, suffix } = range('P@ssw0rd')

describe('the range query', () => {
  it('sends the first five digits of the SHA-1', () => {
    expect(prefix).toBe('21BD1')
    expect(suffix).toBe('2DC183F740EE76F27B78EB39C8AD972A757')
  })

  it('treats a password in full-width letters as the one that leaked', () => {
    expect(range('Ｐ＠ｓｓｗ０ｒｄ')).toEqual({ prefix, suffix })
    expect(range('pa\u0308sse')).toEqual(range('p\u00e4sse'))
  })

  it.each([
    [`${suffix}:3`, 'breached'],
    [`${other}:1\r\n${suffix}:52256179\r\n`, 'breached'],
    [`${other}:1\n${suffix}:3\n`, 'breached'],
    [`${other}:7`, 'unseen'],
    [`${other}:7\r\n${suffix}:0`, 'unseen'],
  ])('decides %j as %s', (answer, decision) => {
    expect(decideBreach(answer, suffix)).toEqual({ ok: true, value: decision })
  })

  it.each(['', '<html>', suffix, `${suffix}:`, `${suffix}:3\nnonsense`, `${suffix.toLowerCase()}:3`, `${suffix}:-1`])(
    'does not trust the answer %j',
    (answer) => {
      expect(decideBreach(answer, suffix)).toEqual({ ok: false, reason: 'bad_answer' })
    },
  )
})
