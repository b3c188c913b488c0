/** Strict JSON (RFC 8259): one meaning per text, bounded depth, and no key that could reach a prototype. */
import { ok, refuse, type Result } from './result.js'

/** Any value that survives JSON. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue }

/** Why a JSON text was refused; `nul` is U+0000 inside a string, which PostgreSQL cannot keep. */
export type JsonTextReason = 'malformed' | 'duplicate' | 'nul' | 'too_deep' | 'forbidden_key'

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])
const unpairedSurrogate = /\p{Surrogate}/u
const whitespace = /[ \t\n\r]*/y
const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// oxlint-disable-next-line no-control-regex -- the grammar forbids raw control characters in strings
const stringToken = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y

/**
 * Parses one JSON text. Keys that come twice, `__proto__`, `constructor` and `prototype`, U+0000, unpaired surrogates,
 * numbers beyond a double, and nesting deeper than `maxDepth` (32 unless told) are refused.
 */
export function parseJson(text: string, maxDepth = 32): Result<JsonValue, JsonTextReason> {
  const reader: Reader = { text, at: 0, maxDepth, reason: 'malformed' }
  const value = readValue(reader, 0)
  if (value === undefined) return refuse(reader.reason)
  skipWhitespace(reader)
  return reader.at === text.length ? ok(value) : refuse('malformed')
}

interface Reader {
  readonly text: string
  readonly maxDepth: number
  at: number
  reason: JsonTextReason
}

function stop(reader: Reader, reason: JsonTextReason): undefined {
  reader.reason = reason
  return undefined
}

function skipWhitespace(reader: Reader): void {
  whitespace.lastIndex = reader.at
  whitespace.test(reader.text)
  reader.at = whitespace.lastIndex
}

function readValue(reader: Reader, depth: number): JsonValue | undefined {
  skipWhitespace(reader)
  switch (reader.text[reader.at]) {
    case '{':
      return readObject(reader, depth + 1)
    case '[':
      return readArray(reader, depth + 1)
    case '"':
      return readString(reader)
    case 't':
      return take(reader, 'true') ? true : undefined
    case 'f':
      return take(reader, 'false') ? false : undefined
    case 'n':
      return take(reader, 'null') ? null : undefined
    default:
      return readNumber(reader)
  }
}

function take(reader: Reader, word: string): boolean {
  if (!reader.text.startsWith(word, reader.at)) return false
  reader.at += word.length
  return true
}

function readNumber(reader: Reader): number | undefined {
  numberToken.lastIndex = reader.at
  if (!numberToken.test(reader.text)) return undefined
  const value = Number(reader.text.slice(reader.at, numberToken.lastIndex))
  reader.at = numberToken.lastIndex
  return Number.isFinite(value) ? value : undefined
}

function readString(reader: Reader): string | undefined {
  stringToken.lastIndex = reader.at
  if (!stringToken.test(reader.text)) return undefined
  const value: unknown = JSON.parse(reader.text.slice(reader.at, stringToken.lastIndex))
  reader.at = stringToken.lastIndex
  if (typeof value !== 'string' || unpairedSurrogate.test(value)) return undefined
  return value.includes('\0') ? stop(reader, 'nul') : value
}

function readArray(reader: Reader, depth: number): JsonValue[] | undefined {
  if (depth > reader.maxDepth) return stop(reader, 'too_deep')
  const items: JsonValue[] = []
  reader.at += 1
  skipWhitespace(reader)
  if (take(reader, ']')) return items
  for (;;) {
    const item = readValue(reader, depth)
    if (item === undefined) return undefined
    items.push(item)
    skipWhitespace(reader)
    if (take(reader, ']')) return items
    if (!take(reader, ',')) return undefined
  }
}

function readObject(reader: Reader, depth: number): { readonly [name: string]: JsonValue } | undefined {
  if (depth > reader.maxDepth) return stop(reader, 'too_deep')
  const object: { [name: string]: JsonValue } = {}
  reader.at += 1
  skipWhitespace(reader)
  if (take(reader, '}')) return object
  for (;;) {
    skipWhitespace(reader)
    const key = readString(reader)
    if (key === undefined) return undefined
    if (forbiddenKeys.has(key)) return stop(reader, 'forbidden_key')
    if (Object.hasOwn(object, key)) return stop(reader, 'duplicate')
    skipWhitespace(reader)
    if (!take(reader, ':')) return undefined
    const value = readValue(reader, depth)
    if (value === undefined) return undefined
    object[key] = value
    skipWhitespace(reader)
    if (take(reader, '}')) return object
    if (!take(reader, ',')) return undefined
  }
}
