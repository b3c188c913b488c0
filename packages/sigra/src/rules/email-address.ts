/** What an e-mail address is here (RFC 5321 §4.1.2 without quoted local parts), and when two spellings are one address. */
import { domainToASCII } from 'node:url'

import { ok, refuse, type Result } from '#base/result.js'

/** An address that was parsed: `text` is what mail goes to and people see, `key` what addresses are compared by. */
export interface EmailAddress {
  readonly text: string
  readonly key: string
}

/** Why a text is no address. */
export type EmailAddressReason = 'missing' | 'too_long' | 'malformed'

const MAX_LENGTH = 254
const MAX_LOCAL_OCTETS = 64
// Letters, digits and marks of any script, and the RFC 5322 atom characters; nothing invisible, no space, no quotes.
const LOCAL_PART = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u
const DOMAIN_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Reads an address: surrounding spaces are dropped, the domain is lower-cased, nothing else is guessed.
 * Dots and plus tags stay. Refuses: missing, too_long, malformed (homoglyph at-signs and IP literals included).
 */
export function parseEmailAddress(input: string | undefined): Result<EmailAddress, EmailAddressReason> {
  const text = (input ?? '').replace(/^[ \t]+|[ \t]+$/g, '').normalize('NFC')
  if (text === '') return refuse('missing')
  if (text.length > MAX_LENGTH) return refuse('too_long')
  const compatible = text.normalize('NFKC')
  // A full-width at-sign turns into a second "@" under NFKC: two readers would disagree about the domain.
  if (count(text, '@') !== 1 || count(compatible, '@') !== 1) return refuse('malformed')
  const [local = '', domain = ''] = text.split('@')
  const [keyLocal = ''] = compatible.split('@')
  const ascii = asciiDomain(domain)
  if (ascii === null || !LOCAL_PART.test(local) || !LOCAL_PART.test(keyLocal)) return refuse('malformed')
  if (Buffer.byteLength(local, 'utf8') > MAX_LOCAL_OCTETS || Buffer.byteLength(keyLocal, 'utf8') > MAX_LOCAL_OCTETS)
    return refuse('too_long')
  if (local.length + 1 + ascii.length > MAX_LENGTH) return refuse('too_long')
  return ok({ text: `${local}@${domain.toLowerCase()}`, key: `${keyLocal.toLowerCase().normalize('NFC')}@${ascii}` })
}

function asciiDomain(domain: string): string | null {
  // domainToASCII reads numbers as IPv4 and forgives escapes; only what looks like a name may reach it.
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(domain)) return null
  const ascii = domainToASCII(domain).toLowerCase()
  const labels = ascii.split('.')
  const top = labels.at(-1) ?? ''
  if (labels.length < 2 || ascii.length > 253 || /^[0-9]+$/.test(top)) return null
  return labels.every((label) => DOMAIN_LABEL.test(label)) ? ascii : null
}

function count(text: string, character: string): number {
  return text.split(character).length - 1
}
