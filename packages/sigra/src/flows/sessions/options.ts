/** What a host may decide about sessions. */
import type { SessionLimits } from '../../rules/session-lifetime.js'

/** Knobs of sessions. */
export interface SessionOptions {
  /** Limits of an ordinary session; default 3,600 seconds idle, 86,400 in all. */
  readonly standard?: SessionLimits
  /** Limits when the person asked to stay logged in; default 30 days idle, 60 days in all. */
  readonly remembered?: SessionLimits
  /** Whether people are offered to stay logged in; default true. */
  readonly offerRemember?: boolean
  /** Seconds between two writes of "last seen"; default 300. */
  readonly touchIntervalSeconds?: number
}

/** The defaults of sessions. */
export const sessionDefaults = {
  standard: { idleSeconds: 3600, absoluteSeconds: 86_400 },
  remembered: { idleSeconds: 2_592_000, absoluteSeconds: 5_184_000 },
  offerRemember: true,
  touchIntervalSeconds: 300,
} satisfies Required<SessionOptions>

/** What is wrong with these knobs, each with its fix. */
export function sessionProblems(options: Required<SessionOptions>): string[] {
  const problems: string[] = []
  for (const kind of ['standard', 'remembered'] as const) {
    const limits = options[kind]
    if (limits.idleSeconds > limits.absoluteSeconds)
      problems.push(`session.${kind}.idleSeconds is over session.${kind}.absoluteSeconds`)
    if (options.touchIntervalSeconds > limits.idleSeconds)
      problems.push(`session.touchIntervalSeconds is over session.${kind}.idleSeconds`)
  }
  if (options.remembered.absoluteSeconds > 34_560_000)
    problems.push('session.remembered.absoluteSeconds is over 34560000: browsers drop cookies after 400 days')
  return problems
}
