/** Randomness, one-way forms of secrets and their comparison; the only file that draws random numbers. */
import { createHash, createHmac, randomBytes, randomInt, randomUUID, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

/** A plaintext secret that prints as `[secret]` wherever it is printed by accident. */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The plaintext; call it only where the secret leaves the process on purpose. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}

/** Wraps plaintext that came from outside. */
export function secret(text: string): Secret {
  return new Secret(text)
}

/** Makes a bearer secret of 256 random bits behind a prefix that tells its kind, in base64url. */
export function randomSecret(prefix: string): Secret {
  return new Secret(prefix + randomBytes(32).toString('base64url'))
}

/** SHA-256 of a secret's text; enough for secrets of at least 128 random bits, never for codes a person types. */
export function hashSecret(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}

/** HMAC-SHA-256 over length-prefixed parts, so that no two lists of parts give the same input. */
export function hmac(key: Buffer, ...parts: readonly string[]): Buffer {
  const mac = createHmac('sha256', key)
  for (const part of parts) {
    const bytes = Buffer.from(part, 'utf8')
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    mac.update(length).update(bytes)
  }
  return mac.digest()
}

/** Compares in constant time; values of different length are unequal. */
export function equalBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** A random identifier (UUID version 4); it names a record and proves nothing. */
export function randomId(): string {
  return randomUUID()
}

/** A code of decimal digits for a person to type, uniform over all codes of that length. */
export function randomDigits(length: number): string {
  let digits = ''
  for (let at = 0; at < length; at += 1) digits += randomInt(10).toString()
  return digits
}

/** Random bytes, for keys, nonces and initialisation vectors. */
export function randomKeyBytes(length: number): Buffer {
  return randomBytes(length)
}

/** A random fraction from 0 up to 1, for jitter; not for secrets. */
export function randomUnit(): number {
  return randomInt(2 ** 32) / 2 ** 32
}
