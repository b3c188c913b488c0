/** Hashing passwords: parameters, bounded work, and the same cost for everyone. */
import { hash } from '@node-rs/argon2'
import { describe, expect, it } from 'vitest'

import { isOutdatedHash, passwordHasher } from './password-hasher.js'
import { normalizePassword } from './rules/password-policy.js'

const PASSWORD = normalizePassword('correct horse battery staple')

describe('the password hasher', () => {
  it('makes Argon2id strings of the least cost OWASP names, with a salt of their own', async () => {
    const hasher = await passwordHasher({ atOnce: 2, waiting: 10 })
    const [one, two] = [await hasher.hash(PASSWORD), await hasher.hash(PASSWORD)]
    if (!one.ok || !two.ok) throw new Error('busy')
    expect(one.value).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
    expect(one.value).not.toBe(two.value)
    expect(await hasher.verify(one.value, PASSWORD)).toEqual({ ok: true, value: true })
    expect(await hasher.verify(one.value, normalizePassword(`${PASSWORD} `))).toEqual({ ok: true, value: false })
    expect(await hasher.verify(null, PASSWORD)).toEqual({ ok: true, value: false })
    expect(isOutdatedHash(one.value)).toBe(false)
  })

  it.each([
    [{ memoryCost: 19_455, timeCost: 2 }, true],
    [{ memoryCost: 19_456, timeCost: 1 }, true],
    [{ memoryCost: 65_536, timeCost: 3 }, false],
  ])('calls %j outdated: %s', async (cost, outdated) => {
    expect(isOutdatedHash(await hash(PASSWORD, { algorithm: 2, parallelism: 1, ...cost }))).toBe(outdated)
  })

  it('takes every character and every NUL seriously', async () => {
    const hasher = await passwordHasher({ atOnce: 1, waiting: 10 })
    const long = 'x'.repeat(72)
    const pairs = [
      ['a\u0000b', 'a'],
      [`${long}y`, long],
      [`${long}y`, `${long}z`],
    ] as const
    for (const [one, other] of pairs) {
      const made = await hasher.hash(normalizePassword(one))
      if (!made.ok) throw new Error('busy')
      expect(await hasher.verify(made.value, normalizePassword(other))).toEqual({ ok: true, value: false })
    }
  })

  it('runs so many at once, lets so many wait, and turns the rest away at once', async () => {
    const hasher = await passwordHasher({ atOnce: 2, waiting: 3 })
    const answers = await Promise.all(Array.from({ length: 10 }, () => hasher.hash(PASSWORD)))
    expect(answers.map((answer) => answer.ok)).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ])
    expect(await hasher.hash(PASSWORD)).toMatchObject({ ok: true })
    expect(hasher.computed).toBe(6)
  })
})
