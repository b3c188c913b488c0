/** All that a step may touch: configuration, store, clock, log, keys and the host's accounts. */
import type { KeyObject } from 'node:crypto'

import type { Asset } from '#base/asset.js'
import type { Clock } from '#base/clock.js'
import type { Database, Db } from '#base/database.js'
import type { KeyRing } from '#base/key-ring.js'
import type { Logger } from '#base/log.js'

import type { Config } from './config.js'
import type { AccountSource } from './host.js'
import type { JwsSigner } from './rules/compact-jws.js'
import type { LockspireTables } from './schema.js'

/** A published key, ready to verify. */
export interface VerificationKey {
  readonly kid: string
  readonly publicKey: KeyObject
}

/** The active key, ready to sign. */
export interface SigningKey extends VerificationKey, JwsSigner {}

/** The signing keys of this process, in memory; `active` and `find` never wait for the database. */
export interface SigningKeys {
  /** The key that signs. */
  active(): SigningKey
  /** A published key by its name; none where the keys were not read for a minute. */
  find(kid: string): VerificationKey | undefined
  /** The same, but an unknown name may be a key that another process made, and a known one may be retired by now. */
  findAfterReload(kid: string): Promise<VerificationKey | undefined>
  /** The active key, reloaded where the database names another one; faults when there is none. */
  adopt(activeKid: string | null): Promise<SigningKey>
  /** The JWK set as it is served (RFC 7517 §5). */
  jwks(): Promise<{ readonly body: string; readonly etag: string }>
}

/** The files that pages load; each is served at the path that `assetPath` tells. */
export interface PageAssets {
  readonly stylesheet: Asset
  /** Makes pages nicer; none needs it. */
  readonly enhance: Asset
  /** Sends the form of a `form_post` answer. */
  readonly formPost: Asset
}

/** What a running lockspire is made of. */
export interface Server {
  readonly config: Config
  readonly database: Database
  readonly db: Db<LockspireTables>
  readonly clock: Clock
  readonly log: Logger
  readonly keys: KeyRing
  readonly accounts: AccountSource
  readonly signingKeys: SigningKeys
  readonly assets: PageAssets
  /** The statements of one record for this server's schema: `make` gets the schema's name and runs once. */
  readonly prepared: <Made>(make: (schema: string) => Made) => Made
}

/** Makes the memory behind `Server.prepared`. */
export function preparedFor(schema: string): Server['prepared'] {
  const made = new Map<unknown, unknown>()
  return <Made>(make: (schema: string) => Made): Made => {
    if (!made.has(make)) made.set(make, make(schema))
    return made.get(make) as Made
  }
}
