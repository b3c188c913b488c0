/** What a host may decide about unlocking by mail. */
import type { AttemptLimit } from '../../rules/attempt-limit.js'

/** Knobs of unlocking by mail. */
export interface UnlockOptions {
  /** Seconds a mailed link works; default 900 and at most that. */
  readonly linkLifetimeSeconds?: number
  /** Links one address may be sent; default 3 in 900 seconds. The window is no longer than a link works. */
  readonly mailsPerAddress?: AttemptLimit
  /** Questions for links and uses of them by one network; default 60 in 600 seconds. */
  readonly perNetwork?: AttemptLimit
}

/** The defaults of unlocking by mail. */
export const unlockDefaults = {
  linkLifetimeSeconds: 900,
  mailsPerAddress: { attempts: 3, windowSeconds: 900 },
  perNetwork: { attempts: 60, windowSeconds: 600 },
} satisfies Required<UnlockOptions>

/** What is wrong with these knobs, each with its fix. */
export function unlockProblems(options: Required<UnlockOptions>): string[] {
  const problems: string[] = []
  if (options.linkLifetimeSeconds > 900)
    problems.push('unlock.linkLifetimeSeconds is over 900: a link that lets a browser try must die within 15 minutes')
  // Whoever uses up the mails of an address leaves a link in its mailbox that works until there are mails again.
  if (options.mailsPerAddress.windowSeconds > options.linkLifetimeSeconds)
    problems.push(
      'unlock.mailsPerAddress.windowSeconds is over unlock.linkLifetimeSeconds: strangers could use up the mails and leave the owner no link that works',
    )
  return problems
}
