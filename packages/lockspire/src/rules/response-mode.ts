/** Response modes (OAuth 2.0 Multiple Response Type Encoding Practices §2.1, OAuth 2.0 Form Post Response Mode). */
import { ok, refuse, type Result } from '#base/result.js'

/** How the answer travels to the client. */
export type ResponseMode = 'query' | 'form_post'

/** The modes in the order discovery names them. */
export const responseModes = ['query', 'form_post'] as const satisfies readonly ResponseMode[]

/** Reads `response_mode`; absent means `query`, the default of the code flow. */
export function parseResponseMode(text: string | undefined): Result<ResponseMode, 'unsupported'> {
  if (text === undefined) return ok('query')
  return text === 'query' || text === 'form_post' ? ok(text) : refuse('unsupported')
}
