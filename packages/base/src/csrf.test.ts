/** Only our own pages may cause a change. */
import { describe, expect, it } from 'vitest'
import { isSameOrigin } from './csrf.js'

const base = new URL('https://app.example.com/some/path')
const own = 'https://app.example.com'
const foreign = [
  'https://evil.example',
  'https://example.com',
  'https://sibling.example.com',
  'https://app.example.com.evil.example',
  'https://evil-app.example.com',
  'http://app.example.com',
  'https://app.example.com:8443',
  'https://app.example.com/',
  'HTTPS://APP.EXAMPLE.COM',
  'https://app.example.com, https://evil.example',
  'null',
  '',
]

function asked(method: string, headers: Record<string, string>): boolean {
  return isSameOrigin(new Request('https://whatever.example/', { method, headers }), base)
}

describe('same origin', () => {
  it.each(['GET', 'HEAD', 'OPTIONS'])('lets %s pass, since it changes nothing', (method) => {
    expect(asked(method, { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })).toBe(true)
  })

  describe.each(['POST', 'PUT', 'PATCH', 'DELETE', 'PURGE'])('%s', (method) => {
    it('passes where the browser says that the page is ours', () => {
      expect(asked(method, { 'sec-fetch-site': 'same-origin', origin: own })).toBe(true)
      expect(asked(method, { 'sec-fetch-site': 'same-origin' })).toBe(true)
      // A page with `Referrer-Policy: no-referrer` posts with a blank origin.
      expect(asked(method, { 'sec-fetch-site': 'same-origin', origin: 'null' })).toBe(true)
    })

    it.each(['same-site', 'cross-site', 'SAME-ORIGIN', 'same-origin, cross-site', '', 'other'])(
      'is refused where the browser says %j, whatever Origin says',
      (site) => {
        expect(asked(method, { 'sec-fetch-site': site, origin: own })).toBe(false)
      },
    )

    it('needs our Origin where a person started the request', () => {
      expect(asked(method, { 'sec-fetch-site': 'none' })).toBe(false)
      expect(asked(method, { 'sec-fetch-site': 'none', origin: 'https://evil.example' })).toBe(false)
      expect(asked(method, { 'sec-fetch-site': 'none', origin: own })).toBe(true)
    })

    it('needs our Origin from a browser without Sec-Fetch-Site', () => {
      expect(asked(method, { origin: own })).toBe(true)
      expect(asked(method, {})).toBe(false)
      expect(asked(method, { referer: `${own}/page`, cookie: '__Host-s=1' })).toBe(false)
    })

    it.each(foreign)('is refused from %j', (origin) => {
      expect(asked(method, { origin })).toBe(false)
    })
  })

  it('asks the configured address, not the one that was requested', () => {
    const request = new Request('https://evil.example/', {
      method: 'POST',
      headers: { origin: 'https://evil.example', host: 'evil.example' },
    })
    expect(isSameOrigin(request, base)).toBe(false)
  })
})
