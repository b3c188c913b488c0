/** What a host may decide about passwords and logging in with them. */
import { isOutboundUrl } from '#base/outbound.js'

import type { AttemptLimit } from '../../rules/attempt-limit.js'
import type { LockoutPolicy } from '../../rules/lockout.js'
import { unknownKeyProblems } from '../../rules/option-checks.js'
import { MAX_PASSWORD_LENGTH } from '../../rules/password-policy.js'

/** Knobs of logging in with a password. */
export interface LogInOptions {
  /** Failed attempts on one address before delays begin, and the delays; applies alike to addresses nobody has. */
  readonly lockout?: LockoutPolicy
  /** Attempts of one network, from browsers that have not logged in to the address before; default 60 in 600 seconds. */
  readonly perNetwork?: AttemptLimit
  /** Attempts of all such browsers together; default 3,000 in 60 seconds. Holds for registrations too, which are counted apart. */
  readonly global?: AttemptLimit
}

/** Knobs of asking whether a password is known from a breach. */
export interface BreachCheckOptions {
  /** Where the first five digits of a password's SHA-1 are appended; default `https://api.pwnedpasswords.com/range/`. */
  readonly url?: string
  /** Seconds after which the password is taken unchecked; default 1, at most 10. */
  readonly timeoutSeconds?: number
}

/** Knobs of passwords. */
export interface PasswordOptions {
  /** Fewest characters (code points); default 15, at least 8. Below 15 is for products that also ask for a second factor. */
  readonly minLength?: number
  /** Most characters (code points); default 1,024, at least 64. */
  readonly maxLength?: number
  /** More words that passwords must not be made of, such as product names. */
  readonly forbiddenWords?: readonly string[]
  /** How many passwords are hashed at the same time; default the number of processors. */
  readonly hashesAtOnce?: number
  /** How many may wait for their turn before people are told to come back; default 200. */
  readonly hashesWaiting?: number
  /** Refuses passwords known from a breach, wherever one is set; default false. `{}` asks Have I Been Pwned. */
  readonly breachCheck?: false | BreachCheckOptions
}

/** The knobs of passwords with everything filled in. */
export type PasswordSettings = Required<Omit<PasswordOptions, 'breachCheck'>> & {
  readonly breachCheck: false | Required<BreachCheckOptions>
}

/** The defaults of logging in. */
export const logInDefaults = {
  lockout: { freeAttempts: 10, firstDelaySeconds: 30, longestDelaySeconds: 3600, maxAttempts: 100 },
  perNetwork: { attempts: 60, windowSeconds: 600 },
  global: { attempts: 3000, windowSeconds: 60 },
} satisfies Required<LogInOptions>

/** The defaults of passwords; the number of processors is filled in when the configuration is made. */
export const passwordDefaults = {
  minLength: 15,
  maxLength: MAX_PASSWORD_LENGTH,
  forbiddenWords: [],
  hashesWaiting: 200,
  breachCheck: false,
} satisfies PasswordOptions

const breachCheckDefaults = { url: 'https://api.pwnedpasswords.com/range/', timeoutSeconds: 1 }

/** Fills in the knobs of the check against breaches. */
export function breachCheckSettings(asked: PasswordOptions['breachCheck']): PasswordSettings['breachCheck'] {
  return typeof asked === 'object' ? { ...breachCheckDefaults, ...asked } : false
}

/** What is wrong with the check against breaches, each with its fix. */
export function breachCheckProblems(asked: PasswordOptions['breachCheck'], production: boolean): string[] {
  if (asked === undefined || asked === false) return []
  if (typeof asked !== 'object' || asked === null) return ['password.breachCheck must be false, or {} for the defaults']
  const problems = unknownKeyProblems('password.breachCheck', asked, Object.keys(breachCheckDefaults))
  const { url, timeoutSeconds } = { ...breachCheckDefaults, ...asked }
  if (timeoutSeconds > 10) problems.push('password.breachCheck.timeoutSeconds is over 10: people wait for it')
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed === null || !isOutboundUrl(parsed) || (production && parsed.protocol !== 'https:'))
    problems.push('password.breachCheck.url must begin with https://; http:// only for localhost in development')
  else if (!parsed.pathname.endsWith('/') || parsed.search !== '' || parsed.hash !== '')
    problems.push('password.breachCheck.url must end with a slash: digits are appended to it')
  return problems
}

/** What is wrong with these knobs, each with its fix. */
export function logInProblems(logIn: Required<LogInOptions>, password: PasswordSettings): string[] {
  const problems: string[] = []
  const { lockout } = logIn
  if (password.minLength < 8) problems.push('password.minLength is under 8: shorter passwords are guessed in hours')
  if (password.maxLength < 64) problems.push('password.maxLength is under 64: pass phrases must fit')
  if (password.maxLength > MAX_PASSWORD_LENGTH) problems.push(`password.maxLength is over ${MAX_PASSWORD_LENGTH}`)
  if (password.minLength > password.maxLength) problems.push('password.minLength is over password.maxLength')
  if (lockout.freeAttempts < 1 || lockout.freeAttempts > 100)
    problems.push('logIn.lockout.freeAttempts must be 1 to 100')
  if (lockout.maxAttempts < lockout.freeAttempts || lockout.maxAttempts > 100)
    problems.push('logIn.lockout.maxAttempts must be freeAttempts to 100')
  if (lockout.longestDelaySeconds > 86_400)
    problems.push(
      'logIn.lockout.longestDelaySeconds is over 86400: an owner must not be locked out for longer than a day',
    )
  return problems
}
