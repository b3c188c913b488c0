/** Strict application/x-www-form-urlencoded, for bodies and for query strings alike. */
import { ok, refuse, type Result } from './result.js'

/** Fields by name; every name came once, unless the reader allowed it to repeat. */
export interface Form {
  /** The value, or undefined where the field is absent; the first one of a repeatable field. */
  get(name: string): string | undefined
  has(name: string): boolean
  /** Every value of a repeatable field in the order sent; at most one of any other. */
  all(name: string): readonly string[]
  names(): readonly string[]
}

/** Why form text was refused. */
export type FormTextReason = 'malformed' | 'duplicate' | 'nul' | 'value_too_long' | 'too_large'

/** What a form may hold. */
export interface FormTextLimits {
  /** Longest value in characters after decoding; 16,384 unless told. */
  readonly maxValueLength?: number
  /** Names that may come more than once. */
  readonly repeatable?: readonly string[]
}

const maxFields = 500
const none: readonly string[] = []

/** Parses decoded-once text such as `a=1&b=%C3%A9`; more than 500 fields are `too_large`. */
export function parseFormText(text: string, limits: FormTextLimits = {}): Result<Form, FormTextReason> {
  const maxValueLength = limits.maxValueLength ?? 16_384
  const first = new Map<string, string>()
  let repeated: Map<string, string[]> | undefined
  let start = 0
  let count = 0
  while (start < text.length) {
    let end = text.indexOf('&', start)
    if (end === -1) end = text.length
    if (end === start) {
      start += 1
      continue
    }
    count += 1
    if (count > maxFields) return refuse('too_large')
    let equals = text.indexOf('=', start)
    if (equals === -1 || equals > end) equals = end
    const name = decodeComponent(text.slice(start, equals))
    const value = equals === end ? '' : decodeComponent(text.slice(equals + 1, end))
    start = end + 1
    if (name === undefined || name === '' || value === undefined) return refuse('malformed')
    if (name.includes('\0') || value.includes('\0')) return refuse('nul')
    if (value.length > maxValueLength) return refuse('value_too_long')
    const earlier = first.get(name)
    if (earlier === undefined) {
      first.set(name, value)
    } else {
      if (limits.repeatable?.includes(name) !== true) return refuse('duplicate')
      repeated ??= new Map()
      const values = repeated.get(name) ?? [earlier]
      values.push(value)
      repeated.set(name, values)
    }
  }
  return ok(formOf(first, repeated))
}

function formOf(
  first: ReadonlyMap<string, string>,
  repeated: ReadonlyMap<string, readonly string[]> | undefined,
): Form {
  return {
    get: (name) => first.get(name),
    has: (name) => first.has(name),
    all: (name) => {
      const value = first.get(name)
      return value === undefined ? none : (repeated?.get(name) ?? [value])
    },
    names: () => [...first.keys()],
  }
}

/** Decodes one component; undefined where a percent escape is broken or its bytes are not UTF-8. */
function decodeComponent(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return undefined
  }
}
