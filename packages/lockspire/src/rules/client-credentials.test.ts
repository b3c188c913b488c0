/** Client credentials in header and body (RFC 6749 §2.3.1). */
import { describe, expect, it } from 'vitest'

import { parseBasic, parseClientCredentials } from './client-credentials.js'

function basic(text: string): string {
  return `Basic ${Buffer.from(text, 'latin1').toString('base64')}`
}

const nothing = { authorization: undefined, clientId: undefined, clientSecret: undefined, hasAssertion: false }

describe('client credentials (RFC 6749 §2.3.1)', () => {
  it.each([
    ['plain halves', basic('app:secret'), 'app', 'secret'],
    ['colons in the secret', basic('app:se:cr:et'), 'app', 'se:cr:et'],
    ['form-encoded halves', basic('a%3Ab:p%25%20q%2Br+s'), 'a:b', 'p% q+r s'],
    ['UTF-8 by percent', basic('app:%C3%BC'), 'app', 'ü'],
    ['an empty secret', basic('app:'), 'app', ''],
    ['a scheme in other letters', basic('app:secret').replace('Basic', 'bAsIc'), 'app', 'secret'],
    ['several spaces after the scheme', basic('app:secret').replace(' ', '   '), 'app', 'secret'],
    ['the example of RFC 6749', 'Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW', 's6BhdRkqt3', 'gX1fBat3bV'],
  ])('reads Basic with %s', (_name, header, clientId, secret) => {
    expect(parseBasic(header)).toEqual({ ok: true, value: { method: 'client_secret_basic', clientId, secret } })
  })

  it.each([
    ['no credentials', 'Basic', 'malformed_header'],
    ['blank credentials', 'Basic ', 'malformed_header'],
    ['no colon', basic('app'), 'malformed_header'],
    ['an empty id', basic(':secret'), 'malformed_header'],
    ['base64url', `Basic ${Buffer.from('app:??>>').toString('base64url')}`, 'malformed_header'],
    ['missing padding', basic('app:secretx').replace(/=+$/, ''), 'malformed_header'],
    ['text after the credentials', `${basic('app:secret')} x`, 'malformed_header'],
    ['two headers joined', `${basic('app:secret')}, ${basic('app:secret')}`, 'malformed_header'],
    ['stray bits at the end', 'Basic YXBwOnNlY3JldB==', 'malformed_header'],
    ['a NUL byte', basic('app:sec\0ret'), 'malformed_header'],
    ['an escaped NUL', basic('app:sec%00ret'), 'malformed_header'],
    ['an escaped line break', basic('app%0A:secret'), 'malformed_header'],
    ['a raw byte above ASCII', basic('app:\xfc'), 'malformed_header'],
    ['a broken percent escape', basic('app:%zz'), 'malformed_header'],
    ['escapes that are not UTF-8', basic('app:%ff'), 'malformed_header'],
    ['an id beyond every length', basic(`${'a'.repeat(300)}:x`), 'malformed_header'],
    ['a secret beyond every length', basic(`app:${'x'.repeat(2000)}`), 'malformed_header'],
    ['Bearer', 'Bearer abc', 'unsupported_method'],
    ['Digest', 'Digest username="app"', 'unsupported_method'],
    ['no scheme at all', '=====', 'malformed_header'],
  ])('refuses %s', (_name, header, reason) => {
    expect(parseBasic(header)).toEqual({ ok: false, reason })
  })

  it('finds the one method that was used', () => {
    expect(parseClientCredentials({ ...nothing, clientId: 'app' })).toEqual({
      ok: true,
      value: { method: 'none', clientId: 'app' },
    })
    expect(parseClientCredentials({ ...nothing, clientId: 'app', clientSecret: 's' })).toEqual({
      ok: true,
      value: { method: 'client_secret_post', clientId: 'app', secret: 's' },
    })
    expect(parseClientCredentials({ ...nothing, authorization: basic('app:s'), clientId: 'app' }).ok).toBe(true)
  })

  it.each([
    ['nothing', nothing, 'missing'],
    ['a secret alone', { ...nothing, clientSecret: 's' }, 'missing'],
    ['a client_id beyond every length', { ...nothing, clientId: 'a'.repeat(300) }, 'missing'],
    [
      'header and body secret',
      { ...nothing, authorization: basic('app:s'), clientId: 'app', clientSecret: 's' },
      'two_methods',
    ],
    ['header and assertion', { ...nothing, authorization: basic('app:s'), hasAssertion: true }, 'two_methods'],
    ['secret and assertion', { ...nothing, clientId: 'app', clientSecret: 's', hasAssertion: true }, 'two_methods'],
    ['an assertion', { ...nothing, clientId: 'app', hasAssertion: true }, 'unsupported_method'],
    [
      'another id in the body than in the header',
      { ...nothing, authorization: basic('app:s'), clientId: 'other' },
      'two_identities',
    ],
    ['an id in other letters', { ...nothing, authorization: basic('app:s'), clientId: 'APP' }, 'two_identities'],
  ])('refuses %s', (_name, presented, reason) => {
    expect(parseClientCredentials(presented)).toEqual({ ok: false, reason })
  })
})
