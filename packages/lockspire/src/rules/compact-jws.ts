/** Compact JWS (RFC 7515 §3.1) in ES256, signed and verified synchronously, because both are on the path of every token. */
import { sign, verify, type KeyObject } from 'node:crypto'

import { ok, refuse, type Result } from '#base/result.js'

/** The kinds of JWT this server makes; the `typ` header keeps one kind out of another's place (RFC 8725 §3.11). */
export type JwsType = 'at+jwt' | 'JWT'

/** Ready to sign: the encoded header of each kind is made once per key. */
export interface JwsSigner {
  readonly privateKey: KeyObject
  readonly headers: Readonly<Record<JwsType, string>>
}

/** Why a compact JWS was not accepted. */
export type JwsReason = 'malformed' | 'wrong_algorithm' | 'wrong_type' | 'unknown_key' | 'bad_signature'

/** A JSON object as it came out of a verified payload. */
export type JwsPayload = Readonly<Record<string, unknown>>

const MAX_LENGTH = 8192
const SEGMENT = /^[A-Za-z0-9_-]+$/
const SIGNATURE_BYTES = 64

/** Encodes the protected header of one kind for one key. */
export function encodeHeader(typ: JwsType, kid: string): string {
  return encode(JSON.stringify({ alg: 'ES256', typ, kid }))
}

/** Signs a payload; faults if the key cannot sign ES256. */
export function signJws(signer: JwsSigner, typ: JwsType, payload: object): string {
  const input = `${signer.headers[typ]}.${encode(JSON.stringify(payload))}`
  const signature = sign('sha256', Buffer.from(input, 'latin1'), { key: signer.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

/** A compact JWS taken apart; nothing in it is believed yet. */
export interface ParsedJws {
  readonly kid: string
  readonly typ: string
  readonly input: Buffer
  readonly payload: string
  readonly signature: Buffer
}

/**
 * Takes a compact JWS apart: three canonical base64url segments, `alg` ES256 and a `kid`.
 *
 * Encodings that decode to the same bytes are refused, so that a token has exactly one spelling.
 * Headers that change how a signature is checked (`crit`, `b64`) or bring their own key are refused.
 */
export function parseJws(token: string): Result<ParsedJws, 'malformed' | 'wrong_algorithm'> {
  if (token.length > MAX_LENGTH) return refuse('malformed')
  const segments = token.split('.')
  const [head, payload, tail] = segments
  if (segments.length !== 3 || !head || !payload || !tail) return refuse('malformed')
  const headBytes = decode(head)
  const signature = decode(tail)
  if (!headBytes || !signature || !decode(payload)) return refuse('malformed')
  const header = parseObject(headBytes)
  if (!header || typeof header['kid'] !== 'string' || typeof header['typ'] !== 'string') return refuse('malformed')
  if (header['alg'] !== 'ES256') return refuse('wrong_algorithm')
  if (['crit', 'b64', 'jwk', 'jku', 'x5u', 'x5c'].some((name) => name in header)) return refuse('malformed')
  if (signature.length !== SIGNATURE_BYTES) return refuse('malformed')
  const input = Buffer.from(`${head}.${payload}`, 'latin1')
  return ok({ kid: header['kid'], typ: header['typ'], input, payload, signature })
}

/** Verifies a JWS that was taken apart with the one key its `kid` names, and reads its payload. */
export function verifyJws(jws: ParsedJws, publicKey: KeyObject): Result<JwsPayload, 'bad_signature' | 'malformed'> {
  const good = verify('sha256', jws.input, { key: publicKey, dsaEncoding: 'ieee-p1363' }, jws.signature)
  if (!good) return refuse('bad_signature')
  const payload = parseObject(Buffer.from(jws.payload, 'base64url'))
  return payload ? ok(payload) : refuse('malformed')
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url')
}

function decode(segment: string): Buffer | null {
  if (!SEGMENT.test(segment)) return null
  const bytes = Buffer.from(segment, 'base64url')
  return bytes.toString('base64url') === segment ? bytes : null
}

function parseObject(bytes: Buffer): JwsPayload | null {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is JwsPayload {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
