/** What a host may decide about the confirmation of an address. */
import type { AttemptLimit } from '../../rules/attempt-limit.js'

/** Knobs of e-mail confirmation. */
export interface EmailConfirmationOptions {
  /** What the mail offers; default `link_and_code`. */
  readonly by?: 'link' | 'code' | 'link_and_code'
  /** Whether somebody who knows the password gets in before the address is confirmed; default `refuse`. `allow` also lets strangers tell taken addresses from free ones by logging in after they registered. */
  readonly unconfirmedAccess?: 'refuse' | 'allow'
  /** Seconds a mailed link works; default 86,400 and at most that. */
  readonly linkLifetimeSeconds?: number
  /** Seconds a mailed code works; default 600 and at most that. */
  readonly codeLifetimeSeconds?: number
  /** Wrong codes after which a code is dead; default 5 and at most that. */
  readonly codeAttempts?: number
  /** Confirmation mails one address may be sent, for registering and, counted apart, for asking again; default 5 in 3,600 seconds. */
  readonly mailsPerAddress?: AttemptLimit
  /** Code entries, link openings and resends of one network; default 60 in 600 seconds. */
  readonly perNetwork?: AttemptLimit
}

/** The defaults of e-mail confirmation. */
export const emailConfirmationDefaults = {
  by: 'link_and_code',
  unconfirmedAccess: 'refuse',
  linkLifetimeSeconds: 86_400,
  codeLifetimeSeconds: 600,
  codeAttempts: 5,
  mailsPerAddress: { attempts: 5, windowSeconds: 3600 },
  perNetwork: { attempts: 60, windowSeconds: 600 },
} satisfies Required<EmailConfirmationOptions>

/** What is wrong with these knobs, each with its fix. */
export function emailConfirmationProblems(options: Required<EmailConfirmationOptions>): string[] {
  const problems: string[] = []
  if (!['link', 'code', 'link_and_code'].includes(options.by))
    problems.push('emailConfirmation.by must be link, code or link_and_code')
  if (!['refuse', 'allow'].includes(options.unconfirmedAccess))
    problems.push('emailConfirmation.unconfirmedAccess must be refuse or allow')
  if (options.linkLifetimeSeconds > 86_400)
    problems.push('emailConfirmation.linkLifetimeSeconds is over 86400: a mailed link must die within a day')
  if (options.codeLifetimeSeconds > 600)
    problems.push('emailConfirmation.codeLifetimeSeconds is over 600: a code of six digits must die within ten minutes')
  if (options.codeAttempts > 5)
    problems.push('emailConfirmation.codeAttempts is over 5: more tries make six digits guessable')
  return problems
}
