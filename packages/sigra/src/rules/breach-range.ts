/** Looking a password up among breached ones without saying which it is: the range query of Pwned Passwords (k-anonymity). */
import { createHash } from 'node:crypto'

import { ok, refuse, type Result } from '#base/result.js'

import type { NormalPassword } from './password-policy.js'

const PREFIX_LENGTH = 5
const LINE = /^([0-9A-F]{35}):(\d{1,12})$/

/** The part of a password's hash that is sent, and the part that never leaves. */
export interface BreachRange {
  /** The first 5 of 40 hexadecimal digits; some two thousand breached passwords share them. */
  readonly prefix: string
  readonly suffix: string
}

/** Splits the SHA-1 of a password; in NFKC, so that full-width letters do not hide a password that leaked. */
export function breachRange(password: NormalPassword): BreachRange {
  const hash = createHash('sha1').update(password.normalize('NFKC'), 'utf8').digest('hex').toUpperCase()
  return { prefix: hash.slice(0, PREFIX_LENGTH), suffix: hash.slice(PREFIX_LENGTH) }
}

/** Decides whether a suffix was seen in a breach; lines with the count 0 are padding. Refuses: bad_answer. */
export function decideBreach(answer: string, suffix: string): Result<'breached' | 'unseen', 'bad_answer'> {
  let isBreached = false
  for (const line of answer.trim().split(/\r?\n/)) {
    const [, listed, count] = LINE.exec(line) ?? []
    if (listed === undefined) return refuse('bad_answer')
    if (listed === suffix && Number(count) > 0) isBreached = true
  }
  return ok(isBreached ? 'breached' : 'unseen')
}
