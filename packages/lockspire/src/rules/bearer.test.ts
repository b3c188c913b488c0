/** Reading the Authorization header and writing its challenge (RFC 6750). */
import { describe, expect, it } from 'vitest'

import { challengeStatus, parseBearer, renderChallenge } from './bearer.js'

describe('bearer tokens (RFC 6750)', () => {
  it.each([
    ['Bearer abc.DEF-_~+/=='],
    ['bearer abc.DEF-_~+/=='],
    ['BEARER abc.DEF-_~+/=='],
    ['Bearer   abc.DEF-_~+/=='],
  ])('takes the token of %s', (header) => {
    expect(parseBearer(header, '')).toEqual({ ok: true, value: 'abc.DEF-_~+/==' })
  })

  it.each([
    ['no header', undefined, '', 'missing'],
    ['another scheme', 'Basic YTpi', '', 'missing'],
    ['another scheme of one word', 'Negotiate', '', 'missing'],
    ['the scheme alone', 'Bearer', '', 'malformed_header'],
    ['a blank token', 'Bearer   ', '', 'malformed_header'],
    ['two tokens', 'Bearer abc def', '', 'malformed_header'],
    ['two headers joined', 'Bearer abc, Bearer def', '', 'malformed_header'],
    ['a quoted token', 'Bearer "abc"', '', 'malformed_header'],
    ['a token with umlauts', 'Bearer äbc', '', 'malformed_header'],
    ['a tab for a space', 'Bearer\tabc', '', 'malformed_header'],
    ['a token that is too long', `Bearer ${'a'.repeat(9000)}`, '', 'malformed_header'],
    ['a token in the query', undefined, '?access_token=abc', 'token_in_query'],
    ['a token in the query beside a header', 'Bearer abc', '?a=1&access_token=abc', 'token_in_query'],
  ])('refuses %s', (_name, header, query, reason) => {
    expect(parseBearer(header, query)).toEqual({ ok: false, reason })
  })

  it('challenges without an error where nothing was tried, and never breaks out of its quotes', () => {
    expect(renderChallenge({ realm: 'https://a.example' })).toBe('Bearer realm="https://a.example"')
    expect(
      renderChallenge({ realm: 'a"\\\r\nb', error: 'insufficient_scope', description: 'no "x"', scopes: ['a', 'b'] }),
    ).toBe('Bearer realm="ab", error="insufficient_scope", error_description="no x", scope="a b"')
    expect(
      [undefined, 'invalid_token', 'invalid_request', 'insufficient_scope'].map((it) =>
        challengeStatus(it as undefined),
      ),
    ).toEqual([401, 401, 400, 403])
  })
})
