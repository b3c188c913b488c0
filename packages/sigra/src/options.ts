/** Everything a host may tell sigra, made of the options of its capabilities. */
import type { Clock } from '#base/clock.js'
import type { Database } from '#base/database.js'
import type { Logger } from '#base/log.js'
import type { Brand } from '#base/page/brand.js'

import type { EmailConfirmationOptions } from './flows/email-confirmation/options.js'
import type { LogInOptions, PasswordOptions } from './flows/password-log-in/options.js'
import type { RegistrationOptions } from './flows/registration/options.js'
import type { SessionOptions } from './flows/sessions/options.js'
import type { UnlockOptions } from './flows/unlock/options.js'
import type { Mailer } from './mail/mailer.js'

/** What `createSigra` takes; all durations are seconds. */
export interface SigraOptions {
  /** The host's database, shared with whatever else it runs. */
  readonly database: Database
  /** The origin people see, such as `https://app.example.com`; links and cookies are made from it, never from a request. */
  readonly baseUrl: string
  /** Where mails go; the development mailbox also gets a page. */
  readonly mailer: Mailer
  /** The product's name and look. */
  readonly brand: Brand
  /** Name of sigra's schema in the database; default `sigra`. */
  readonly schema?: string
  /** Migrate the schema at start; default true. */
  readonly migrate?: boolean
  /** Whether strictness for production applies; default true unless the base URL is plain HTTP on this machine. */
  readonly production?: boolean
  /** The key ring as `id:key,id:key`; default the environment variable SIGRA_KEYS. */
  readonly keys?: string
  /** Where development keys are kept; default `./.data`. */
  readonly dataDir?: string
  /** Path of the page people land on after log in when they came from nowhere; default `/`. */
  readonly landingPath?: string
  /** How many proxies of the host's own stand in front; default 0, then X-Forwarded-For is ignored. */
  readonly trustedProxyHops?: number
  readonly clock?: Clock
  readonly log?: Logger
  readonly registration?: RegistrationOptions
  readonly emailConfirmation?: EmailConfirmationOptions
  readonly logIn?: LogInOptions
  readonly unlock?: UnlockOptions
  readonly password?: PasswordOptions
  readonly session?: SessionOptions
}
