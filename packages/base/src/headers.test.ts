/** Pages are sent with headers that leave an injected script nothing to do. */
import { describe, expect, it } from 'vitest'
import { noStore, pageHeaders, plainHeaders } from './headers.js'

function policy(options?: Parameters<typeof pageHeaders>[0]): string[] {
  return pageHeaders(options)['Content-Security-Policy']?.split('; ') ?? []
}

describe('headers', () => {
  it('sends the strict policy', () => {
    expect(policy()).toEqual([
      "default-src 'none'",
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "script-src 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ])
    expect(pageHeaders()).toMatchObject({
      'Cache-Control': 'no-store',
      'Content-Type': 'text/html; charset=utf-8',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      Vary: 'Cookie',
    })
  })

  it('lets a post end at the origins it was told, or anywhere', () => {
    const listed = policy({
      formAction: ['https://client.example/callback?x=1', 'http://127.0.0.1:4711/cb', 'com.example.app:/cb'],
    })
    expect(listed).toContain("form-action 'self' https://client.example http://127.0.0.1:4711 com.example.app:")
    expect(policy({ formAction: 'any' }).join()).not.toContain('form-action')
  })

  it.each(["https://a.example; script-src 'unsafe-inline'", 'https://a.example/;x, y', "https://a.example/\n'x'"])(
    'lets no target write another directive: %j',
    (target) => {
      let written: string[] = []
      try {
        written = policy({ formAction: [target] })
      } catch {
        return
      }
      expect(written).toContain("form-action 'self' https://a.example")
    },
  )

  it('carries a nonce, but no text that is not one', () => {
    expect(policy({ nonce: 'AAAAAAAAAAAAAAAAAAAAAA==' })).toContain(
      "script-src 'self' 'nonce-AAAAAAAAAAAAAAAAAAAAAA=='",
    )
    expect(() => policy({ nonce: "x'; script-src *" })).toThrow('nonce')
  })

  it('gives up the opener and the referrer only when told', () => {
    expect(pageHeaders({ keepOpener: true, referrer: 'no-referrer' })).toMatchObject({
      'Cross-Origin-Opener-Policy': 'unsafe-none',
      'Referrer-Policy': 'no-referrer',
    })
  })

  it('keeps plain answers out of caches and frames', () => {
    expect(noStore).toEqual({ 'Cache-Control': 'no-store', Pragma: 'no-cache' })
    expect(plainHeaders['Content-Security-Policy']).toBe("default-src 'none'; frame-ancestors 'none'")
  })

  it('is made of values that every server accepts', () => {
    expect(() => new Headers(pageHeaders({ formAction: ['https://a.example'] }))).not.toThrow()
  })
})
