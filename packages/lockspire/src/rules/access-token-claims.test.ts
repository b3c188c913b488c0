/** Access token claims against RFC 9068 §2.2. */
import { describe, expect, it } from 'vitest'

import { accessTokenClaims, parseAccessTokenClaims, type AccessTokenFacts } from './access-token-claims.js'
import type { JwsPayload } from './compact-jws.js'

const issuer = 'https://app.example'
const now = new Date(1_800_000_000_000)
const facts: AccessTokenFacts = {
  issuer,
  subject: 'ada',
  clientId: 'client',
  scopes: ['openid', 'notes:read'],
  audiences: ['https://api.example'],
  grantId: 'grant',
  tokenId: 'token',
  issuedAt: now,
  expiresAt: new Date(1_800_000_300_000),
  authentication: { authenticatedAt: new Date(1_799_999_000_000), methods: ['pwd'], level: null },
}
const good: JwsPayload = { ...accessTokenClaims(facts) }

describe('access token claims (RFC 9068 §2.2)', () => {
  it('carries every required claim, the audience as text where there is one', () => {
    expect(good).toEqual({
      iss: issuer,
      sub: 'ada',
      aud: 'https://api.example',
      client_id: 'client',
      scope: 'openid notes:read',
      jti: 'token',
      grant: 'grant',
      iat: 1_800_000_000,
      exp: 1_800_000_300,
      auth_time: 1_799_999_000,
      amr: ['pwd'],
    })
    expect(accessTokenClaims({ ...facts, audiences: ['a:1', 'a:2'] })).toMatchObject({ aud: ['a:1', 'a:2'] })
  })

  it('reads back what it wrote', () => {
    const { authentication: _authentication, issuer: _issuer, ...rest } = facts
    expect(parseAccessTokenClaims(good, { issuer, now })).toEqual({ ok: true, value: rest })
  })

  it.each([
    ['another issuer', { iss: 'https://evil.example' }, 'wrong_issuer'],
    ['the issuer with a slash', { iss: `${issuer}/` }, 'wrong_issuer'],
    ['no issuer', { iss: undefined }, 'wrong_issuer'],
    ['no subject', { sub: undefined }, 'incomplete'],
    ['an empty subject', { sub: '' }, 'incomplete'],
    ['a subject that is a number', { sub: 1 }, 'incomplete'],
    ['no client', { client_id: undefined }, 'incomplete'],
    ['no scope', { scope: undefined }, 'incomplete'],
    ['a scope that is a list', { scope: ['openid'] }, 'incomplete'],
    ['no jti', { jti: undefined }, 'incomplete'],
    ['no grant', { grant: undefined }, 'incomplete'],
    ['no audience', { aud: undefined }, 'incomplete'],
    ['an empty audience list', { aud: [] }, 'incomplete'],
    ['an audience list with a number', { aud: ['a', 1] }, 'incomplete'],
    ['no exp', { exp: undefined }, 'incomplete'],
    ['an exp that is text', { exp: '1800000300' }, 'incomplete'],
    ['an exp of zero', { exp: 0 }, 'incomplete'],
    ['a negative exp', { exp: -1 }, 'incomplete'],
    ['a fractional exp', { exp: 1_800_000_300.5 }, 'incomplete'],
    ['an exp beyond exact numbers', { exp: 1e300 }, 'incomplete'],
    ['no iat', { iat: undefined }, 'incomplete'],
    ['an exp that is now', { exp: 1_800_000_000 }, 'expired'],
    ['an iat a minute ahead', { iat: 1_800_000_060 }, 'not_yet_valid'],
  ])('refuses %s', (_name, change, reason) => {
    expect(parseAccessTokenClaims({ ...good, ...change }, { issuer, now })).toEqual({ ok: false, reason })
  })
})
