/** Everything a step may touch, in one value that is made once. */
import type { Clock } from '#base/clock.js'
import type { Database, Db, Tx } from '#base/database.js'
import type { KeyRing } from '#base/key-ring.js'
import type { Logger } from '#base/log.js'

import type { Background } from './background.js'
import type { Config } from './config.js'
import type { SigraCookies } from './cookies.js'
import type { Mailer } from './mail/mailer.js'
import type { PasswordHasher } from './password-hasher.js'
import type { SigraTables } from './schema.js'

/** A read, or a write that commits by itself, on sigra's schema. */
export type SigraDb = Db<SigraTables>
/** A transaction on sigra's schema. */
export type SigraTx = Tx<SigraTables>

/** The running library. */
export interface Server {
  readonly config: Config
  readonly database: Database
  readonly db: SigraDb
  readonly clock: Clock
  readonly log: Logger
  readonly keys: KeyRing
  readonly hasher: PasswordHasher
  readonly cookies: SigraCookies
  readonly mailer: Mailer
  readonly background: Background
  /** Path of the style sheet of people's pages, with its hash. */
  readonly stylesheet: string
  /** Paths of the scripts of people's pages; they add niceties only. */
  readonly scripts: readonly string[]
  /** Path of the script for pages on which a password is chosen. */
  readonly strengthScript: string
  /** Tells the worker that a job was committed. */
  wakeJobs(): void
}
