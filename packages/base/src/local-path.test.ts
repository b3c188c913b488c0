/** Return paths never lead off this origin, whoever decodes them next. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseLocalPath } from './local-path.js'

const accepted = [
  '/',
  '/users/settings',
  '/users/settings/',
  '/search?q=a+b&page=2',
  '/users/settings#passkeys',
  '/oauth/interactions/3f0f8a5e-93a5-4b63-8f2a-0a2f7a8a1b1c',
  '/oauth/authorize?response_type=code&redirect_uri=https%3A%2F%2Fclient.example%2Fcb&scope=openid+email&state=a%2Fb%3D%3D',
  '/log_in?login_hint=ada@example.com',
  '/next?url=//fine.example&x=https://fine.example',
  '/caf%C3%A9/%E2%82%AC',
  '/a%20b',
  '/a.b/..c/...',
  '/urn:example',
  "/~ada/(x)!$&'*+,;=",
  '/100%25',
  '/q?latin1=%E9',
]

const refused = [
  // nothing, and not a path
  '',
  ' ',
  'users/settings',
  './users',
  '../users',
  '?a=b',
  '#a',
  '.',
  '*',
  // other origins, told by scheme
  'https://evil.example',
  'http:evil.example',
  'HTTPS://EVIL.EXAMPLE',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'file:///etc/passwd',
  'blob:https://evil.example/1',
  'mailto:a@b',
  'ftp://evil.example',
  'ws://evil.example',
  // schemes behind a slash that some joiner might strip
  '/javascript:alert(1)',
  '/https://evil.example',
  '/http:/evil.example',
  '/data:text/html,x',
  // network paths
  '//evil.example',
  '///evil.example',
  '////evil.example',
  '//evil.example/%2e%2e',
  '//',
  '//@evil.example',
  '//evil.example:80',
  // backslashes, which browsers read as slashes
  '/\\evil.example',
  '\\\\evil.example',
  '\\/evil.example',
  '/\\/evil.example',
  '/a\\b',
  '/\\\\evil.example',
  '/?x=\\',
  '/#\\',
  // tabs and newlines, which URL parsers drop
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r/evil.example',
  '\t//evil.example',
  ' //evil.example',
  '/ /evil.example',
  '/a\0b',
  '/a\u007fb',
  'java\nscript:alert(1)',
  '\u0001//evil.example',
  '/a b',
  '/users\r\nSet-Cookie: a=b',
  '/?a\nb',
  // dot segments that collapse into a network path
  '/.//evil.example',
  '/..//evil.example',
  '/a/..//evil.example',
  '/a/../..//evil.example',
  '/./users',
  '/../users',
  '/users/..',
  '/users/.',
  // encoded once
  '/%2f/evil.example',
  '/%2Fevil.example',
  '/%2f%2fevil.example',
  '/%5cevil.example',
  '/%5Cevil.example',
  '/%09/evil.example',
  '/%0a/evil.example',
  '/%0d%0aLocation:%20https://evil.example',
  '/%00',
  '/%2e//evil.example',
  '/%2e%2e/%2fevil.example',
  '/%2e/users',
  '/a/%2e%2e/b',
  '/%7f',
  '/%20/../x',
  '/%3a%2f%2fevil.example',
  '/%40evil.example',
  '/javascript%3Aalert(1)',
  '/?x=%0d%0aSet-Cookie:a',
  '/#%0a',
  '/?x=%00',
  // encoded twice and more
  '/%252f%252fevil.example',
  '/%252fevil.example',
  '/%255cevil.example',
  '/%25252fevil.example',
  '/%2525252525252fevil.example',
  '/%25%32%66evil.example',
  '/%252e%252e%252fevil.example',
  '/%250d%250a',
  '/%2509/evil.example',
  '/%252540evil.example',
  '/%2500',
  // user information
  '/@evil.example',
  '/a@evil.example',
  '/user:pass@evil.example',
  '@evil.example',
  '/.@evil.example',
  '/%2540evil.example',
  // broken and overlong encodings
  '/%',
  '/%2',
  '/%zz',
  '/%u002f',
  '/%c0%af',
  '/%c0%afevil.example',
  '/%e0%80%af',
  '/%ff',
  '/%ed%a0%80',
  '/?x=%',
  '/?x=%g1',
  '/%f0%80%80%af',
  // look-alikes and invisible characters
  '/／evil.example',
  '／／evil.example',
  '/＼evil.example',
  '/%ef%bc%8fevil.example',
  '/%EF%BC%BCevil.example',
  '/%ef%bc%a0evil.example',
  '/%e2%80%8b/x',
  '/%e2%80%ae/x',
  '/é',
  '/\u2028',
  '/%e2%80%a8',
  '/\u00a0/x',
  '/%c2%a0',
  '/%c2%85',
  '/\ufeff',
  '/%ef%bb%bf',
  '/．．/x',
  '/%ef%bc%8e%ef%bc%8e/x',
  '/\u202e',
  '/😀',
  '/\ud800',
  // empty segments
  '/a//evil.example',
  '/a//',
]

/** Decodes as carelessly as the worst reader would: byte by byte, leaving broken escapes. */
function laxDecode(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

describe('local path', () => {
  it.each(accepted)('accepts %s unchanged', (text) => {
    expect(parseLocalPath(text)).toBe(text)
  })

  it('is tried against at least sixty ways out', () => {
    expect(new Set(refused).size).toBeGreaterThan(120)
  })

  it.each(refused)('refuses %j', (text) => {
    expect(parseLocalPath(text)).toBeNull()
  })

  it('refuses what is absent or overlong', () => {
    expect(parseLocalPath(null)).toBeNull()
    expect(parseLocalPath(undefined)).toBeNull()
    expect(parseLocalPath(`/${'a'.repeat(2047)}`)).not.toBeNull()
    expect(parseLocalPath(`/${'a'.repeat(2048)}`)).toBeNull()
    expect(parseLocalPath(`/?${'%25'.repeat(1_000_000)}`)).toBeNull()
  })

  it('stays on the origin whatever it accepts, also after decoding', () => {
    const pieces = [
      '/',
      '\\',
      '.',
      '..',
      '%2f',
      '%5c',
      '%2e',
      '%25',
      '2f',
      '5c',
      '@',
      ':',
      '?',
      '#',
      '\t',
      '\n',
      ' ',
      'evil.example',
      'a',
      '%09',
      '%00',
      '／',
      'http:',
    ]
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 10 }).map((parts) => `/${parts.join('')}`)
    fc.assert(
      fc.property(text, (candidate) => {
        const path = parseLocalPath(candidate)
        if (path === null) return
        let current: string = path
        for (let round = 0; round < 4; round += 1) {
          expect(new URL(current, 'https://own.example').origin).toBe('https://own.example')
          const [before = '', ...after] = current.split(/(?=[?#])/)
          current = laxDecode(before) + after.join('')
        }
      }),
      { numRuns: 3000 },
    )
  })
})
