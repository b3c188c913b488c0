/** What a host may decide about registration. */
import type { AttemptLimit } from '../../rules/attempt-limit.js'

/** Knobs of registration. */
export interface RegistrationOptions {
  /** Whether strangers may register by themselves; default true. When false there is no page for it. */
  readonly open?: boolean
  /** Registrations one network may send; default 20 in 3,600 seconds. */
  readonly perNetwork?: AttemptLimit
}

/** The defaults of registration. */
export const registrationDefaults = {
  open: true,
  perNetwork: { attempts: 20, windowSeconds: 3600 },
} satisfies Required<RegistrationOptions>
