/** Keys that seal what must be read back (AES-256-GCM), and keys for HMACs, derived from one ring that can rotate. */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { ConfigurationError, Fault } from './fault.js'
import { randomKeyBytes } from './secrets.js'

/** Where a sealed value lives; a value moved to another place does not open. */
export interface SealedPlace {
  readonly table: string
  readonly column: string
  readonly row: string
}

/** Seals and opens values; the first key seals, every key opens. */
export interface KeyRing {
  /** Encrypts and authenticates, bound to its place. */
  seal(plain: Buffer | string, place: SealedPlace): Buffer
  /** Opens what `seal` made; faults on a forged value, another place, or a key that left the ring. */
  open(sealed: Buffer, place: SealedPlace): Buffer
  /** A key for HMACs of one purpose, from the oldest key so that stored digests outlive a rotation. */
  hmacKey(purpose: string): Buffer
}

interface RingKey {
  readonly id: string
  readonly bytes: Buffer
}

const VERSION = 1
const KEY_PATTERN = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9_-]{43}=?)$/

/** What `loadKeyRing` needs to find or make the keys. */
export interface KeyRingSource {
  /** `id:key,id:key`, keys of 32 bytes in base64url, first one seals; what the environment variable holds. */
  readonly value: string | undefined
  /** The library's name, which is also the file's. */
  readonly name: string
  /** Where a development key is kept. */
  readonly dataDir: string
  readonly production: boolean
}

/** Finds the key ring, or in development makes one and keeps it; faults in production when there is none. */
export async function loadKeyRing(source: KeyRingSource): Promise<KeyRing> {
  if (source.value !== undefined && source.value !== '') return parseKeyRing(source.name, source.value)
  const variable = `${source.name.toUpperCase()}_KEYS`
  if (source.production) {
    throw new ConfigurationError(source.name, [
      `${variable} is not set: give it as "id:key" with a key of 32 random bytes in base64url, and keep it beside your backups, not in them`,
    ])
  }
  return parseKeyRing(source.name, await developmentKey(source))
}

/** Reads a key ring from its text form; throws a ConfigurationError that lists what is wrong. */
export function parseKeyRing(name: string, text: string): KeyRing {
  const keys: RingKey[] = []
  const problems: string[] = []
  for (const [index, entry] of text.split(',').entries()) {
    const match = KEY_PATTERN.exec(entry.trim())
    const bytes = Buffer.from(match?.[2] ?? '', 'base64url')
    if (!match?.[1] || bytes.length !== 32)
      problems.push(`key ${index + 1} of the key ring is not "id:key" with 32 bytes in base64url`)
    else if (keys.some((key) => key.id === match[1])) problems.push(`the key ring names the id "${match[1]}" twice`)
    else keys.push({ id: match[1], bytes })
  }
  if (problems.length > 0) throw new ConfigurationError(name, problems)
  return ringOf(name, keys)
}

/** Everything that is wrong with a key ring's text form, to be told with a library's other mistakes. */
export function keyRingProblems(name: string, text: string): readonly string[] {
  try {
    parseKeyRing(name, text)
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
}

async function developmentKey(source: KeyRingSource): Promise<string> {
  const folder = join(source.dataDir, 'keys')
  const path = join(folder, `${source.name}.key`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    // 'wx' lets one of two processes that start together win; the other reads the winner's key.
    const file = await open(path, 'wx', 0o600)
    const text = `dev:${randomKeyBytes(32).toString('base64url')}`
    await file.writeFile(text)
    await file.sync()
    await file.close()
    return text
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'EEXIST') throw cause
  }
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const text = (await readFile(path, 'utf8')).trim()
    if (text !== '') return text
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new ConfigurationError(source.name, [
    `the development key file ${path} is empty: delete it, and everything sealed with it is lost`,
  ])
}

function ringOf(name: string, keys: readonly RingKey[]): KeyRing {
  const derived = keys.map((key) => ({ id: key.id, seal: derive(key.bytes, `${name}/seal`), source: key.bytes }))
  const first = derived[0]
  const last = derived.at(-1)
  if (!first || !last) throw new ConfigurationError(name, ['the key ring is empty'])
  const hmacKeys = new Map<string, Buffer>()

  return {
    seal(plain, place) {
      const nonce = randomKeyBytes(12)
      const id = Buffer.from(first.id, 'utf8')
      const cipher = createCipheriv('aes-256-gcm', first.seal, nonce)
      cipher.setAAD(associatedData(place))
      const body = Buffer.concat([
        cipher.update(typeof plain === 'string' ? Buffer.from(plain, 'utf8') : plain),
        cipher.final(),
      ])
      return Buffer.concat([Buffer.from([VERSION, id.length]), id, nonce, cipher.getAuthTag(), body])
    },
    open(sealed, place) {
      const idLength = sealed[1] ?? 0
      const id = sealed.subarray(2, 2 + idLength).toString('utf8')
      const key = derived.find((candidate) => candidate.id === id)
      const at = 2 + idLength
      if (sealed[0] !== VERSION || sealed.length < at + 28)
        throw new Fault(`a sealed value in ${place.table}.${place.column} is damaged`)
      if (!key)
        throw new Fault(
          `a value in ${place.table}.${place.column} is sealed with a key that is not in the ring of ${name}`,
        )
      const decipher = createDecipheriv('aes-256-gcm', key.seal, sealed.subarray(at, at + 12))
      decipher.setAAD(associatedData(place))
      decipher.setAuthTag(sealed.subarray(at + 12, at + 28))
      try {
        return Buffer.concat([decipher.update(sealed.subarray(at + 28)), decipher.final()])
      } catch (cause) {
        throw new Fault(`a sealed value in ${place.table}.${place.column} does not open`, { cause })
      }
    },
    hmacKey(purpose) {
      const known = hmacKeys.get(purpose)
      if (known) return known
      const key = derive(last.source, `${name}/hmac/${purpose}`)
      hmacKeys.set(purpose, key)
      return key
    },
  }
}

function derive(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), purpose, 32))
}

function associatedData(place: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify([place.table, place.column, place.row]), 'utf8')
}
