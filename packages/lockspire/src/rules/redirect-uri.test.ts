/** Redirect URIs that may be registered, and everything that only looks like a registered one. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { checkRedirectUri, isRegisteredRedirectUri, redirectDestination, withParameters } from './redirect-uri.js'

describe('a redirect URI that is registered', () => {
  test.each([
    ['https://client.example', 'https'],
    ['https://client.example/', 'https'],
    ['https://client.example?tenant=a', 'https'],
    ['https://client.example/callback', 'https'],
    ['https://client.example:8443/callback?tenant=a&x=%2F', 'https'],
    ['https://xn--bcher-kva.example/callback', 'https'],
    ['http://localhost:3001/callback', 'localhost'],
    ['http://127.0.0.1/callback', 'loopback'],
    ['http://127.0.0.1:8123/callback', 'loopback'],
    ['http://[::1]:8123/callback', 'loopback'],
    ['com.example.app:/callback', 'private_scheme'],
    ['com.example.app://callback', 'private_scheme'],
  ])('may be %s', (uri, kind) => {
    expect(checkRedirectUri(uri)).toEqual({ ok: true, value: kind })
  })

  test.each([
    ['', 'not_a_uri'],
    ['/callback', 'not_a_uri'],
    ['//client.example/callback', 'not_a_uri'],
    ['client.example/callback', 'not_a_uri'],
    ['https:client.example', 'not_canonical'],
    ['https:/client.example', 'not_canonical'],
    ['https:///client.example', 'not_canonical'],
    ['https://client.example/callback#', 'fragment'],
    ['https://client.example/callback#part', 'fragment'],
    ['https://user@client.example/callback', 'userinfo'],
    ['https://user:password@client.example/callback', 'userinfo'],
    ['https://@client.example/callback', 'userinfo'],
    ['https://client.example/*', 'wildcard'],
    ['https://*.client.example/callback', 'wildcard'],
    ['https://Client.example/callback', 'not_canonical'],
    ['HTTPS://client.example/callback', 'not_a_uri'],
    ['https://client.example:443/callback', 'not_canonical'],
    ['https://client.example/a/../callback', 'not_canonical'],
    ['https://client.example/./callback', 'not_canonical'],
    ['https://client.example/%2e%2e/callback', 'not_canonical'],
    ['https://0x7f000001/callback', 'not_canonical'],
    ['https://client.example\\@evil.example/callback', 'not_a_uri'],
    ['https://client.example/call back', 'not_a_uri'],
    ['https://client.example/callback\n', 'not_a_uri'],
    ['\thttps://client.example/callback', 'not_a_uri'],
    ['https://client.example/%zz', 'not_a_uri'],
    ['https://bücher.example/callback', 'not_a_uri'],
    ['https://client.example/"><script>', 'not_a_uri'],
    ['http://client.example/callback', 'plain_http'],
    ['http://127.0.0.1.nip.io/callback', 'plain_http'],
    ['http://evil-localhost/callback', 'plain_http'],
    ['http://localhost.evil.example/callback', 'plain_http'],
    ['http://127.1/callback', 'not_canonical'],
    ['http://2130706433/callback', 'not_canonical'],
    ['http://[::ffff:127.0.0.1]/callback', 'not_canonical'],
    ['http://[::ffff:7f00:1]/callback', 'plain_http'],
    ['http://0.0.0.0/callback', 'plain_http'],
    ['javascript:alert(1)', 'scheme'],
    ['javascript://client.example/%0aalert(1)', 'scheme'],
    ['data:text/html,hello', 'scheme'],
    ['vbscript:x', 'scheme'],
    ['file:///etc/passwd', 'scheme'],
    ['blob:https://client.example/1', 'scheme'],
    ['about:blank', 'scheme'],
    ['ftp://client.example/callback', 'scheme'],
    ['ws://client.example/callback', 'scheme'],
    ['myapp://callback', 'scheme'],
    ['intent://callback', 'scheme'],
    ['com.example.app:callback', 'not_canonical'],
    ['https://client.example/callback?code=1', 'response_parameter'],
    ['https://client.example/callback?x=1&state=2', 'response_parameter'],
    ['https://client.example/callback?%69ss=x', 'response_parameter'],
    ['com.example.app:/callback?error=x', 'response_parameter'],
    [`https://client.example/${'x'.repeat(2000)}`, 'too_long'],
  ])('may not be %j', (uri, reason) => {
    expect(checkRedirectUri(uri)).toEqual({ ok: false, reason })
  })
})

describe('a redirect URI that is presented', () => {
  const registered = [
    'https://client.example/callback',
    'https://client.example/other?tenant=a',
    'com.example.app:/callback',
  ]

  test.each(registered)('matches when it is %s', (uri) => {
    expect(isRegisteredRedirectUri(registered, uri)).toBe(true)
  })

  test.each([
    'https://client.example/callback/',
    'https://client.example/callback?',
    'https://client.example/callback?x=1',
    'https://client.example/callback#',
    'https://client.example/Callback',
    'https://CLIENT.example/callback',
    'https://client.example:443/callback',
    'https://client.example:8443/callback',
    'https://client.example./callback',
    'https://user@client.example/callback',
    'https://client.example@evil.example/callback',
    'https://client.example.evil.example/callback',
    'https://evilclient.example/callback',
    'https://client.example/callback/../callback',
    'https://client.example/%63allback',
    'https://client.example/callback%00',
    'https://client.example/callback%0d%0aLocation:%20https://evil.example',
    'https://client.example\\callback',
    'https://client.example/other',
    'https://client.example/other?tenant=b',
    'https://client.example/other?tenant=a&tenant=b',
    'http://client.example/callback',
    '//client.example/callback',
    '/callback',
    'https://client.example/callback\n',
    ' https://client.example/callback',
    'javascript:alert(1)',
    'data:text/html,x',
    'com.example.app:/callback/',
    'com.example.app://callback',
    'COM.example.app:/callback',
  ])('does not match when it is %j', (uri) => {
    expect(isRegisteredRedirectUri(registered, uri)).toBe(false)
  })

  test('matches nothing but itself, whatever is done to it', () => {
    const original = 'https://client.example/callback'
    const edited = fc
      .tuple(fc.nat(original.length), fc.string({ maxLength: 4 }), fc.nat(3))
      .map(([at, insert, cut]) => {
        return original.slice(0, at) + insert + original.slice(at + cut)
      })
    fc.assert(
      fc.property(edited, (uri) => isRegisteredRedirectUri([original], uri) === (uri === original)),
      { numRuns: 3000 },
    )
  })
})

describe('a loopback redirect URI (RFC 8252 §7.3)', () => {
  const registered = ['http://127.0.0.1/callback', 'http://[::1]:4000/callback', 'http://localhost:3001/callback']

  test.each([
    'http://127.0.0.1/callback',
    'http://127.0.0.1:1/callback',
    'http://127.0.0.1:65535/callback',
    'http://[::1]/callback',
    'http://[::1]:5000/callback',
    'http://localhost:3001/callback',
  ])('matches when it is %s', (uri) => {
    expect(isRegisteredRedirectUri(registered, uri)).toBe(true)
  })

  test.each([
    'http://127.0.0.1:0/callback',
    'http://127.0.0.1:65536/callback',
    'http://127.0.0.1:080/callback',
    'http://127.0.0.1:80/callback',
    'http://127.0.0.1:/callback',
    'http://127.0.0.1:8000/other',
    'http://127.0.0.1:8000/callback?x=1',
    'http://127.0.0.1:8000/callback#x',
    'http://127.0.0.1:8000/./callback',
    'http://127.0.0.2:8000/callback',
    'http://127.1:8000/callback',
    'http://127.0.0.1:8000@evil.example/callback',
    'http://user@127.0.0.1:8000/callback',
    'http://127.0.0.1.evil.example:8000/callback',
    'https://127.0.0.1:8000/callback',
    'http://localhost:8000/callback',
    'http://localhost/callback',
    'http://[::1%25eth0]:5000/callback',
    'http://[0:0:0:0:0:0:0:1]:5000/callback',
  ])('does not match when it is %s', (uri) => {
    expect(isRegisteredRedirectUri(registered, uri)).toBe(false)
  })
})

describe('the answer at a redirect URI', () => {
  test.each([
    ['https://client.example/callback', 'https://client.example/callback?code=a%26b&state=%20x'],
    ['https://client.example/callback?tenant=%61', 'https://client.example/callback?tenant=%61&code=a%26b&state=%20x'],
    ['https://client.example/callback?', 'https://client.example/callback?code=a%26b&state=%20x'],
    ['com.example.app:/callback', 'com.example.app:/callback?code=a%26b&state=%20x'],
  ])('keeps every byte of %s', (uri, expected) => {
    expect(
      withParameters(uri, [
        ['code', 'a&b'],
        ['state', ' x'],
      ]),
    ).toBe(expected)
  })

  test('is told to the person by its host, or by the scheme of its app', () => {
    expect(redirectDestination('https://client.example:8443/callback')).toBe('client.example:8443')
    expect(redirectDestination('com.example.app:/callback')).toBe('com.example.app')
  })
})
