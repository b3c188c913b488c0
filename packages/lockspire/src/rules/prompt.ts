/** `prompt` and `max_age` (OpenID Connect Core §3.1.2.1), and what they ask of an authentication. */
import { ok, refuse, type Result } from '#base/result.js'
import { secondsAfter } from '#base/clock.js'

/** What a client may ask the server to do with the person. */
export type Prompt = 'none' | 'login' | 'consent' | 'select_account'

const prompts: ReadonlySet<string> = new Set(['none', 'login', 'consent', 'select_account'] satisfies Prompt[])

/** Reads `prompt`: known words, each once, separated by single spaces; `none` stands alone. */
export function parsePrompt(text: string): Result<readonly Prompt[], 'malformed'> {
  const words = text.split(' ')
  if (!words.every(isPrompt) || new Set(words).size !== words.length) return refuse('malformed')
  return words.includes('none') && words.length > 1 ? refuse('malformed') : ok(words)
}

function isPrompt(word: string): word is Prompt {
  return prompts.has(word)
}

/** Reads `max_age`: whole seconds, nothing around them. */
export function parseMaxAge(text: string): Result<number, 'malformed'> {
  return /^[0-9]{1,9}$/.test(text) ? ok(Number(text)) : refuse('malformed')
}

/**
 * The moment after which the account must have authenticated, or null where any authentication will do.
 *
 * `login` asks for one after the request itself; `max_age` for one that was young enough when the request came. Both: the later.
 */
export function authenticateAfter(
  request: { readonly prompts: readonly Prompt[]; readonly maxAgeSeconds: number | null },
  askedAt: Date,
): Date | null {
  if (request.prompts.includes('login')) return askedAt
  return request.maxAgeSeconds === null ? null : secondsAfter(askedAt, -request.maxAgeSeconds)
}

/** Whether an authentication satisfies that moment; one whose time is unknown satisfies nothing. */
export function isFresh(authentication: { readonly authenticatedAt: Date } | null, after: Date | null): boolean {
  if (after === null) return true
  return authentication !== null && authentication.authenticatedAt.getTime() >= after.getTime()
}
