/** Cookies are set one way and read only by their full name. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clearCookie, cookieName, cookiesAreSecure, isLoopbackHost, readCookie, serializeCookie } from './cookies.js'

describe('cookies', () => {
  it.each([
    ['https://example.com', true, false],
    ['http://example.com', true, false],
    ['https://localhost', true, true],
    ['http://localhost:3000', false, true],
    ['http://app.localhost:3000', false, true],
    ['http://127.0.0.1:3000', false, true],
    ['http://127.255.1.2', false, true],
    ['http://2130706433', false, true],
    ['http://[::1]:3000', false, true],
    ['http://127.0.0.1.nip.io', true, false],
    ['http://evil-localhost.com', true, false],
    ['http://localhost.evil.com', true, false],
    ['http://192.168.0.1', true, false],
    ['http://0.0.0.0', true, false],
  ])('%s: Secure is %s, loopback is %s', (url, secure, loopback) => {
    expect(cookiesAreSecure(new URL(url))).toBe(secure)
    expect(isLoopbackHost(new URL(url).hostname)).toBe(loopback)
  })

  it('writes the strictest attributes', () => {
    expect(serializeCookie(cookieName('s', true), 'v', { secure: true, maxAgeSeconds: 60.9 })).toBe(
      '__Host-s=v; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax',
    )
    expect(serializeCookie(cookieName('s', false), 'v', { secure: false })).toBe('s=v; Path=/; HttpOnly; SameSite=Lax')
    expect(clearCookie('__Host-s', true)).toBe('__Host-s=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax')
  })

  it.each(['a;b', 'a b', 'a,b', 'a"b', 'a\\b', 'a\nb', 'é', '\0'])('faults for the value %j', (value) => {
    expect(() => serializeCookie('s', value, { secure: true })).toThrow('not allowed')
  })

  it.each(['', 'a b', 'a=b', 'a;', 'é'])('faults for the name %j', (name) => {
    expect(() => serializeCookie(name, 'v', { secure: true })).toThrow('not allowed')
  })

  it.each([
    [null, undefined],
    ['', undefined],
    ['s=1', '1'],
    ['a=2; s=1; b=3', '1'],
    ['a=2;s=1', '1'],
    ['s = 1 ', '1'],
    ['s=', ''],
    ['s=a=b', 'a=b'],
    ['xs=1', undefined],
    ['s2=1', undefined],
    ['S=1', undefined],
    ['s', undefined],
    ['s; s=1', '1'],
    ['s=1; s=1', undefined],
    ['s=1; s=2', undefined],
    ['s=1; a=b; s =2', undefined],
    ['__Host-s=1', undefined],
    ['a="s=1"; s=2', '2'],
    [';;;s=1;;', '1'],
  ])('reads s from %j as %j', (header, value) => {
    expect(readCookie(header, 's')).toBe(value)
  })

  it('never takes a plain cookie for the prefixed one', () => {
    expect(readCookie('s=planted', '__Host-s')).toBeUndefined()
    expect(readCookie('s=planted; __Host-s=own', '__Host-s')).toBe('own')
    expect(readCookie('__Host-s=planted; __Host-s=own', '__Host-s')).toBeUndefined()
    expect(readCookie('__host-s=planted', '__Host-s')).toBeUndefined()
  })

  it('finds one cookie among any others, and none where it is not', () => {
    const junk = fc.string({ unit: fc.constantFrom(';', ' ', '\t', '=', '"', ',', 'a', 'x', 's2', '%', 'é') })
    fc.assert(
      fc.property(junk, junk, (before, after) => {
        expect(readCookie(`${before};s=value;${after}`, 's')).toBe('value')
        expect(readCookie(`${before};${after}`, 's')).toBeUndefined()
      }),
      { numRuns: 10_000 },
    )
  })
})
