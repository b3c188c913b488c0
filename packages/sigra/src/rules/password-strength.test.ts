/** Strength: the points of the header, one row each, and that no text breaks or delays it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ratePassword } from './password-strength.js'

const rate = (text: string, minLength = 8) => ratePassword(text, { minLength })

describe('password strength', () => {
  it.each([
    ['', 0, 'weak', ['longer']],
    ['abd', 0, 'weak', ['longer']],
    ['gkbwp', 1, 'weak', ['longer']],
    ['gkbwpzmt', 2, 'weak', ['longer']],
    ['gkbwpzmtxqrh', 3, 'fair', ['longer']],
    ['gkbwpzmtxqrhdvlj', 4, 'fair', ['longer']],
    ['gkbwpzmtxqrhdvljnfcy', 5, 'strong', []],
    ['gKbwpzmt', 3, 'fair', ['longer']],
    ['gKbwpzm7', 4, 'fair', ['longer']],
    ['gKbw-zm7', 5, 'strong', []],
    ['ГКбш-zm७', 5, 'strong', []],
    ['correct horse battery', 6, 'strong', []],
    ['password', 0, 'weak', ['less_common', 'longer']],
    ['PASSWORDpassword', 3, 'weak', ['less_common', 'longer']],
    ['gkbwpzmtxqrhhhhh', 3, 'fair', ['fewer_repeats', 'longer']],
    ['gkbwpzmtxqrhabcd', 3, 'fair', ['fewer_sequences', 'longer']],
    ['gkbwpzmtxqrh6543', 4, 'fair', ['fewer_sequences', 'longer']],
    ['gkbwpzmtxqrhabcq', 4, 'fair', ['longer']],
    ['aaaaaaaaaaaaaaaaaaaaaa', 4, 'fair', ['fewer_repeats']],
  ])('gives %j %d points: %s', (text, points, verdict, suggestions) => {
    expect(rate(text)).toEqual({ points, verdict, suggestions })
  })

  it('calls nothing fair or strong that the policy refuses as too short or common', () => {
    expect(rate('1Q2w3e4r5t6Y!')).toMatchObject({ verdict: 'strong' })
    expect(rate('Passwordpassword')).toMatchObject({ points: 3, verdict: 'weak' })
    expect(rate('gKbw-zm7', 15)).toEqual({ points: 5, verdict: 'weak', suggestions: ['longer'] })
  })

  it('counts code points, and the first 128 of them only', () => {
    expect(rate('🐎🔋📎🌍🎻🎲🧭').points).toBe(2)
    const beginning = 'gk'.repeat(64)
    expect(rate(`${beginning}A1-aaaa`)).toEqual(rate(beginning))
    expect(rate(`${beginning}${'x'.repeat(1_000_000)}`)).toEqual(rate(beginning))
  })

  it('rates every text, and suggests something exactly where it is not strong', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 8, max: 64 }), (text, minLength) => {
        const { verdict, points, suggestions } = rate(text, minLength)
        expect(points).toBeGreaterThanOrEqual(-4)
        expect(points).toBeLessThanOrEqual(8)
        expect(verdict === 'strong').toBe(points >= 5 && [...text.normalize('NFC')].length >= minLength)
        expect(suggestions.length === 0).toBe(verdict === 'strong')
      }),
    )
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff })), (units) => {
        expect(() => rate(String.fromCharCode(...units))).not.toThrow()
      }),
    )
  })
})
