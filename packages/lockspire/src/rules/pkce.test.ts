/** PKCE by the published vector, and what is close to it. */
import { describe, expect, test } from 'vitest'

import { isCodeChallenge, isCodeVerifier, verifierMatches } from './pkce.js'

// RFC 7636 appendix B.
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

describe('PKCE (RFC 7636)', () => {
  test('accepts the published pair', () => {
    expect(verifierMatches(verifier, challenge)).toBe(true)
  })

  test.each([
    ['another verifier', `${verifier.slice(0, -1)}l`, challenge],
    ['the challenge as its own verifier, as with plain', challenge, challenge],
    ['a verifier of 42 characters', verifier.slice(1), challenge],
    ['a verifier of 129 characters', 'a'.repeat(129), challenge],
    ['an empty verifier', '', challenge],
    ['an empty challenge', verifier, ''],
    ['a challenge with padding', verifier, `${challenge}=`],
    ['a verifier with a space', `${verifier.slice(1)} `, challenge],
  ])('refuses %s', (_name, presented, stored) => {
    expect(verifierMatches(presented, stored)).toBe(false)
  })

  test.each([
    ['42 characters', challenge.slice(1)],
    ['44 characters', `${challenge}A`],
    ['base64 instead of base64url', challenge.replace('-', '+')],
    ['padding', `${challenge.slice(0, 42)}=`],
    ['bits beyond 256, a second spelling of the same digest', `${challenge.slice(0, -1)}N`],
    ['a line break at the end', `${challenge.slice(1)}\n`],
  ])('refuses a challenge with %s', (_name, text) => {
    expect(isCodeChallenge(text)).toBe(false)
  })

  test.each([
    ['43 characters', 'a'.repeat(43), true],
    ['128 characters', 'Z'.repeat(128), true],
    ['every allowed mark', `${'a'.repeat(40)}-._~`, true],
    ['a slash', `${'a'.repeat(43)}/`, false],
  ])('judges a verifier of %s', (_name, text, expected) => {
    expect(isCodeVerifier(text)).toBe(expected)
  })
})
