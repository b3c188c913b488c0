/** How guessing is slowed down: so many free attempts, then a rising delay after each (NIST SP 800-63B-4 §3.2.2). */

/** The knobs of a rising delay. */
export interface LockoutPolicy {
  /** Attempts in a row that cost nothing. */
  readonly freeAttempts: number
  /** Seconds of the first delay; each further attempt doubles it. */
  readonly firstDelaySeconds: number
  /** Seconds a delay grows to at most, until `maxAttempts` is reached. */
  readonly longestDelaySeconds: number
  /** Attempts in a row after which each further one costs a day. */
  readonly maxAttempts: number
}

const DAY_SECONDS = 86_400

/** The delay in seconds after each attempt from the last free one on; the last entry holds for all that follow. */
export function lockoutDelays(policy: LockoutPolicy): readonly number[] {
  const delays: number[] = []
  for (let attempt = policy.freeAttempts; attempt < policy.maxAttempts; attempt += 1) {
    const doublings = Math.min(attempt - policy.freeAttempts, 20)
    delays.push(Math.min(policy.firstDelaySeconds * 2 ** doublings, policy.longestDelaySeconds))
  }
  return [...delays, DAY_SECONDS]
}
