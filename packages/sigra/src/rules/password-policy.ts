/** What may become a password (NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 6.2): length and a block list, no composition rules. */
import { commonPasswords } from './common-passwords.js'

import { ok, refuse, type Result } from '#base/result.js'

/** A password in the one normal form that is hashed and verified. */
export type NormalPassword = string & { readonly __normalPassword: true }

/** Why the policy does not let a text become a password. */
export type PolicyReason = 'too_short' | 'too_long' | 'common' | 'context' | 'repetitive'

/** Why a text may not become a password: the policy, or a breach it was in. */
export type PasswordReason = PolicyReason | 'breached'

/** The knobs of the policy, in code points. */
export interface PasswordPolicy {
  readonly minLength: number
  readonly maxLength: number
}

/** The longest password that is looked at; longer text is refused before it costs anything. */
export const MAX_PASSWORD_LENGTH = 1024

const LETTERS_LEFT = 5
const DISTINCT_CHARACTERS = 5

let blockList: ReadonlySet<string> | undefined

/** Brings text to Unicode NFC, the same when a password is set and when it is verified; nothing is trimmed, folded or cut. */
export function normalizePassword(text: string): NormalPassword {
  return text.normalize('NFC') as NormalPassword
}

/** Says whether text is too long to be worth hashing. */
export function isPasswordTooLong(text: string): boolean {
  return text.length > MAX_PASSWORD_LENGTH && [...text].length > MAX_PASSWORD_LENGTH
}

/**
 * Decides whether text may become a password.
 *
 * `context` holds what is close to the person and the product: address, product name, host name. A password that is
 * made of these words, digits and signs with hardly a letter besides is refused. Refuses: too_short, too_long, common, context, repetitive.
 */
export function decidePassword(
  text: string,
  policy: PasswordPolicy,
  context: readonly string[],
): Result<NormalPassword, PolicyReason> {
  if (isPasswordTooLong(text)) return refuse('too_long')
  const password = normalizePassword(text)
  const length = [...password].length
  if (length > policy.maxLength) return refuse('too_long')
  if (length < policy.minLength) return refuse('too_short')
  const folded = password.toLowerCase()
  if (isCommonPassword(password)) return refuse('common')
  if (new Set(folded).size < DISTINCT_CHARACTERS) return refuse('repetitive')
  if (isMadeOf(folded, contextWords(context))) return refuse('context')
  return ok(password)
}

/** Says whether a password, in any case and repeated or not, is on the block list. */
export function isCommonPassword(password: NormalPassword): boolean {
  const folded = password.toLowerCase()
  blockList ??= new Set(commonPasswords.split('\n'))
  return blockList.has(folded) || blockList.has(foundation(folded))
}

/** A text repeated over and over is as easy as the text itself. */
function foundation(folded: string): string {
  for (let size = 1; size <= folded.length / 2; size += 1) {
    if (folded.length % size === 0 && folded.slice(0, size).repeat(folded.length / size) === folded)
      return folded.slice(0, size)
  }
  return folded
}

function contextWords(context: readonly string[]): string[] {
  const words = context.flatMap((entry) => {
    const folded = entry.normalize('NFC').toLowerCase()
    return [folded.replace(/[^\p{L}]/gu, ''), ...folded.split(/[^\p{L}]+/u)]
  })
  return [...new Set(words)].filter((word) => [...word].length >= 4).sort((a, b) => b.length - a.length)
}

function isMadeOf(folded: string, words: readonly string[]): boolean {
  const letters = folded.replace(/[^\p{L}]/gu, '')
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), letters)
  return rest !== letters && [...rest].length < LETTERS_LEFT
}
