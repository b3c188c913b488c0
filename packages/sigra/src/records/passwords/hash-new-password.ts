/**
 * From a password somebody chose to the hash that is stored: every way to set a password goes through here.
 *
 * (1) The check against breaches runs before an address is looked up, so that it tells a stranger nothing about anybody.
 * (2) It runs outside of transactions; somebody else's slow server holds no lock of ours.
 * (3) Where it cannot be made the password is taken and an event says so: nobody else decides whether people can register.
 */
import { getText } from '#base/outbound.js'
import { refuse, type Result } from '#base/result.js'

import { breachRange, decideBreach } from '../../rules/breach-range.js'
import type { NormalPassword } from '../../rules/password-policy.js'
import type { Server } from '../../server.js'
import { recordDecision } from '../audit/record-decision.js'

// A range has some 900 lines of 40 characters, with padding at most 1,000.
const MAX_ANSWER_BYTES = 262_144

/** What the event says where the check fails. */
export interface NewPasswordContext {
  readonly requestId: string | null
  readonly subjectId?: string | null
  /** False leaves the check out, whatever the configuration says; only for passwords the host vouches for. */
  readonly breachCheck?: boolean
}

/** Hashes a password that the policy accepted, unless it is known from a breach. Refuses: breached, busy. */
export async function hashNewPassword(
  server: Server,
  password: NormalPassword,
  context: NewPasswordContext,
): Promise<Result<string, 'breached' | 'busy'>> {
  if (context.breachCheck !== false && (await isBreached(server, password, context))) return refuse('breached')
  return server.hasher.hash(password)
}

async function isBreached(server: Server, password: NormalPassword, context: NewPasswordContext): Promise<boolean> {
  const { breachCheck } = server.config.password
  if (breachCheck === false) return false
  const { prefix, suffix } = breachRange(password)
  const answer = await getText(new URL(prefix, breachCheck.url), {
    timeoutSeconds: breachCheck.timeoutSeconds,
    maxBytes: MAX_ANSWER_BYTES,
    // Without padding the size of the answer tells an onlooker which range was asked for.
    headers: { 'Add-Padding': 'true' },
  })
  const decision = answer.ok ? decideBreach(answer.value, suffix) : answer
  if (decision.ok) return decision.value === 'breached'
  await recordDecision(server, server.db, {
    event: 'password.breach_check_failed',
    reason: decision.reason,
    subjectId: context.subjectId ?? null,
    requestId: context.requestId,
  })
  return false
}
