/** Password hashing (Argon2id, RFC 9106) off the event loop, with a bounded number at once and a bounded queue. */
import { hash, verify } from '@node-rs/argon2'

import { ok, refuse, type Result } from '#base/result.js'
import { randomSecret } from '#base/secrets.js'

import type { NormalPassword } from './rules/password-policy.js'

// OWASP's minimum for Argon2id; 2 names the variant, whose enum the package only declares.
const PARAMETERS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Hashes and verifies; every answer may be `busy` when too many wait. */
export interface PasswordHasher {
  /** A PHC string that carries its parameters and salt. */
  hash(password: NormalPassword): Promise<Result<string, 'busy'>>
  /** Says whether the password matches; without a stored hash it costs the same and says no. */
  verify(stored: string | null, password: NormalPassword): Promise<Result<boolean, 'busy'>>
  /** How many hashes were computed; tests compare branches by it. */
  readonly computed: number
}

/** How much is hashed at once, and how much may wait. */
export interface HashingLimits {
  readonly atOnce: number
  readonly waiting: number
}

/** Makes a hasher; the dummy hash it makes first stands in wherever an account has none. */
export async function passwordHasher(limits: HashingLimits): Promise<PasswordHasher> {
  const turn = turns(limits)
  const dummy = await hash(randomSecret('').reveal(), PARAMETERS)
  let computed = 0
  return {
    get computed() {
      return computed
    },
    hash: (password) =>
      turn(async () => {
        computed += 1
        return hash(password, PARAMETERS)
      }),
    verify: (stored, password) =>
      turn(async () => {
        computed += 1
        const known = stored !== null && parseParameters(stored) !== null
        const matches = await matchesHash(known ? stored : dummy, password)
        return known && matches
      }),
  }
}

/** Says whether a stored hash is of another algorithm or weaker than what is made today. */
export function isOutdatedHash(stored: string): boolean {
  const parameters = parseParameters(stored)
  return (
    parameters === null || parameters.memoryCost < PARAMETERS.memoryCost || parameters.timeCost < PARAMETERS.timeCost
  )
}

/** Reads the cost of a hash this library can verify: `$argon2id$v=19$m=19456,t=2,p=1$…`. */
function parseParameters(stored: string): { memoryCost: number; timeCost: number } | null {
  const match = /^\$argon2(?:id|i|d)\$v=19\$m=(\d{1,8}),t=(\d{1,3}),p=(\d{1,3})\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/.exec(
    stored,
  )
  if (match === null) return null
  const isId = stored.startsWith('$argon2id$')
  return { memoryCost: isId ? Number(match[1]) : 0, timeCost: Number(match[2]) }
}

async function matchesHash(stored: string, password: string): Promise<boolean> {
  try {
    return await verify(stored, password)
  } catch {
    // A damaged hash verifies nothing; it must not turn a log in into an error page.
    return false
  }
}

/** A queue: `atOnce` run, `waiting` wait, the rest is told that it is busy. */
function turns(limits: HashingLimits): <Value>(work: () => Promise<Value>) => Promise<Result<Value, 'busy'>> {
  const queue: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= limits.atOnce) {
      if (queue.length >= limits.waiting) return refuse('busy')
      // The one who leaves hands its place over, so `running` does not change here.
      await new Promise<void>((resolve) => queue.push(resolve))
    } else {
      running += 1
    }
    try {
      return ok(await work())
    } finally {
      const next = queue.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
