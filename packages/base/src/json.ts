/** JSON text read strictly: no name twice in one object, no NUL, no lone surrogate, no bottomless nesting. */
import { ok, refuse, type Result } from './result.js'

/** Any value that survives JSON. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue }

/** Why a JSON text was refused. */
export type JsonTextReason = 'malformed' | 'duplicate' | 'nul' | 'too_deep'

/** Parses one JSON value; nesting is limited to 32 levels unless told. */
export function parseJson(text: string, maxDepth = 32): Result<JsonValue, JsonTextReason> {
  let value: JsonValue
  try {
    value = JSON.parse(text) as JsonValue
  } catch {
    return refuse('malformed')
  }
  const problem = findProblem(text, maxDepth)
  return problem === null ? ok(value) : refuse(problem)
}

/** One pass over text that is known to be JSON: `JSON.parse` keeps the last of two equal names in silence. */
function findProblem(text: string, maxDepth: number): JsonTextReason | null {
  const names: (Set<string> | null)[] = []
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '{' || character === '[') {
      names.push(character === '{' ? new Set() : null)
      if (names.length > maxDepth) return 'too_deep'
    } else if (character === '}' || character === ']') {
      names.pop()
    } else if (character === '"') {
      const end = endOfString(text, at)
      const problem = checkString(text, { at, end }, names.at(-1) ?? null)
      if (problem !== null) return problem
      at = end
    }
  }
  return null
}

function checkString(
  text: string,
  place: { at: number; end: number },
  names: Set<string> | null,
): JsonTextReason | null {
  const value = JSON.parse(text.slice(place.at, place.end + 1)) as string
  if (value.includes('\0')) return 'nul'
  if (/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(value)) return 'malformed'
  if (names === null || !/^\s*:/.test(text.slice(place.end + 1, place.end + 64))) return null
  if (names.has(value)) return 'duplicate'
  names.add(value)
  return null
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}
