/** The keys of one running process: the active one to sign, the published ones to verify, and the JWK set as bytes. */
import { createHash } from 'node:crypto'

import type { Clock } from '#base/clock.js'
import { ConfigurationError, Fault } from '#base/fault.js'
import type { KeyRing } from '#base/key-ring.js'
import type { Logger } from '#base/log.js'

import type { SigningKey, SigningKeys, VerificationKey } from '../../server.js'
import {
  createFirstKey,
  listPublishedKeys,
  openSigningKey,
  verificationKey,
  type KeyStore,
  type StoredSigningKey,
} from './signing-key.js'

/** What keys need. */
export interface SigningKeySource extends KeyStore {
  readonly keys: KeyRing
  readonly clock: Clock
  readonly log: Logger
}

/** An unknown `kid` may be anybody's invention, so that it may ask the database only this often. */
const RELOAD_AT_MOST_EVERY_SECONDS = 5
/** After this long the keys are read again beside the request that asks for one. */
const STALE_AFTER_SECONDS = 30
/** After this long they are read before the request goes on: a process that nobody called must not believe a retired key. */
const TOO_OLD_AFTER_SECONDS = 60

interface Loaded {
  readonly active: SigningKey
  readonly published: ReadonlyMap<string, VerificationKey>
  readonly jwks: Awaited<ReturnType<SigningKeys['jwks']>>
}

/** Opens the stored keys, making the first one where there is none; a ConfigurationError if the key ring does not fit. */
export async function openSigningKeys(source: SigningKeySource): Promise<SigningKeys> {
  let loaded = await loadFirst(source)
  let loadedAt = source.clock.now().getTime()
  let running: Promise<void> | undefined

  function reload(): Promise<void> {
    running ??= load(source)
      .then((fresh) => {
        if (fresh) loaded = fresh
      })
      .finally(() => {
        loadedAt = source.clock.now().getTime()
        running = undefined
      })
    return running
  }

  const secondsSinceLoad = () => Math.abs(source.clock.now().getTime() - loadedAt) / 1000
  const isTooOld = () => secondsSinceLoad() >= TOO_OLD_AFTER_SECONDS

  // Old keys go on serving if this fails: an outage of the database must not refuse every token as well.
  function refresh(): Promise<void> {
    return reload().catch((error: unknown) => source.log.error({ error }, 'the signing keys could not be reloaded'))
  }

  function refreshIfStale(): void {
    if (!running && secondsSinceLoad() >= STALE_AFTER_SECONDS) void refresh()
  }

  return {
    active: () => loaded.active,
    find(kid) {
      if (isTooOld()) return undefined
      refreshIfStale()
      return loaded.published.get(kid)
    },
    async findAfterReload(kid) {
      if (isTooOld()) await refresh()
      const known = loaded.published.get(kid)
      if (known || (!running && secondsSinceLoad() < RELOAD_AT_MOST_EVERY_SECONDS)) return known
      await reload()
      return loaded.published.get(kid)
    },
    async adopt(activeKid) {
      if (activeKid === loaded.active.kid) return loaded.active
      await reload()
      // The reload may have been under way since before the key was made.
      if (loaded.active.kid !== activeKid) await reload()
      if (activeKid === null || loaded.active.kid !== activeKid) throw new Fault('there is no active signing key')
      return loaded.active
    },
    async jwks() {
      if (isTooOld()) await refresh()
      refreshIfStale()
      return loaded.jwks
    },
  }
}

async function loadFirst(source: SigningKeySource): Promise<Loaded> {
  try {
    const found = await load(source)
    if (found) return found
    await createFirstKey(source, source.keys, source.clock.now())
    const made = await load(source)
    if (made) return made
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause
    throw new ConfigurationError('lockspire', [
      `${cause.message}: start with the LOCKSPIRE_KEYS (in development: the key file in the data folder) that made this database`,
    ])
  }
  throw new Fault('the first signing key could not be stored')
}

async function load(source: SigningKeySource): Promise<Loaded | null> {
  const stored = await listPublishedKeys(source)
  const active = stored.find((key) => key.activatedAt !== null)
  if (!active) return null
  const published = new Map(stored.map((key) => [key.kid, verificationKey(key)]))
  return { active: openSigningKey(active, source.keys), published, jwks: renderJwks(stored) }
}

function renderJwks(keys: readonly StoredSigningKey[]): Loaded['jwks'] {
  const body = JSON.stringify({ keys: keys.map((key) => key.publicJwk) })
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
}
