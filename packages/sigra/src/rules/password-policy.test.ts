/** The password policy, with the block list that is shipped. */
import { describe, expect, it } from 'vitest'

import { commonPasswords } from './common-passwords.js'
import { decidePassword, isPasswordTooLong, normalizePassword } from './password-policy.js'

const policy = { minLength: 8, maxLength: 1024 }

describe('the password policy', () => {
  it.each([
    ['1234567', 8, 'too_short'],
    ['abcdefg', 8, 'too_short'],
    ['🐎🔋📎🌍🎻🎲🧭', 8, 'too_short'],
    ['abcdefghijklmn', 15, 'too_short'],
    ['a'.repeat(1025), 8, 'too_long'],
    ['12345678', 8, 'common'],
    ['PASSWORD', 8, 'common'],
    ['passwordpassword', 8, 'common'],
    ['qwerty123456789', 15, 'common'],
    ['aaaabbbb', 8, 'common'],
    ['12341234', 8, 'repetitive'],
    ['abababababab', 8, 'repetitive'],
  ])('refuses %j at %d characters as %s', (text, minLength, reason) => {
    expect(decidePassword(text, { ...policy, minLength }, [])).toEqual({ ok: false, reason })
  })

  it.each([
    'horse rides',
    ' leading and trailing ',
    'tenletters',
    'a\u0000b and more',
    '🐎🔋📎🌍🎻🎲🧭🧊',
    'lower case only',
    'abc de fg '.repeat(100),
  ])('accepts %j', (text) => {
    expect(decidePassword(text, policy, [])).toMatchObject({ ok: true })
  })

  it('refuses each of the first 3,000 common passwords of policy length', () => {
    const words = commonPasswords.split('\n').slice(0, 3000)
    expect(words).toHaveLength(3000)
    for (const word of words) {
      expect(decidePassword(word, policy, []).ok).toBe(false)
      expect(decidePassword(word.toUpperCase(), policy, []).ok).toBe(false)
    }
  })

  it.each([
    ['alexandria2026!!', ['alexandria']],
    ['Alexandria-Alexandria', ['alexandria']],
    ['2026notesalexandria', ['alexandria', 'Notes']],
    ['Ada.Lovelace.1815', ['ada.lovelace']],
    ['lovelace-ada-1815', ['ada.lovelace']],
    ['app.example.com 2026', ['app.example.com']],
  ])('refuses %j as made of %j', (text, context) => {
    expect(decidePassword(text, policy, context)).toEqual({ ok: false, reason: 'context' })
  })

  it('lets a phrase mention the product or the name', () => {
    expect(decidePassword('alexandria keeps old boats', policy, ['alexandria', 'boats'])).toMatchObject({ ok: true })
  })

  it('brings text to one normal form and changes nothing else', () => {
    expect(normalizePassword('a\u0308 X ')).toBe('\u00e4 X ')
  })

  it('counts code points when it decides what is too long to hash', () => {
    expect(isPasswordTooLong('🐎'.repeat(1024))).toBe(false)
    expect(isPasswordTooLong('🐎'.repeat(1025))).toBe(true)
  })
})
