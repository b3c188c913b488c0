/** Proof Key for Code Exchange (RFC 7636), S256 only. */
import { createHash, timingSafeEqual } from 'node:crypto'

const CHALLENGE = /^[A-Za-z0-9_-]{43}$/
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/

/** Whether a text can be an S256 challenge: SHA-256 in base64url, and the one spelling of it (§4.2). */
export function isCodeChallenge(text: string): boolean {
  return CHALLENGE.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text
}

/** Whether a text has the form of a verifier (§4.1). */
export function isCodeVerifier(text: string): boolean {
  return VERIFIER.test(text)
}

/** Whether the verifier is the challenge's (§4.6); one of a wrong form never is. */
export function verifierMatches(verifier: string, challenge: string): boolean {
  if (!isCodeVerifier(verifier) || !isCodeChallenge(challenge)) return false
  const digest = createHash('sha256').update(verifier, 'ascii').digest()
  return timingSafeEqual(digest, Buffer.from(challenge, 'base64url'))
}
