/** ID token claims against OpenID Connect Core §2. */
import { describe, expect, it } from 'vitest'

import { accessTokenHash, idTokenClaims, type IdTokenFacts } from './id-token.js'

const facts: IdTokenFacts = {
  issuer: 'https://app.example',
  subject: 'ada',
  clientId: 'client',
  nonce: null,
  sessionId: null,
  accessToken: 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y',
  issuedAt: new Date(1_000_000_500),
  expiresAt: new Date(1_000_300_500),
  authentication: { authenticatedAt: null, methods: null, level: null },
  accountClaims: {},
}

describe('ID token (OpenID Connect Core §2)', () => {
  it('hashes the access token as the published example does', () => {
    // OpenID Connect Core A.3
    expect(accessTokenHash('jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y')).toBe('77QmUPtjPfzWtF2AnpK9RQ')
  })

  it('carries the required claims and invents none', () => {
    expect(idTokenClaims(facts)).toEqual({
      iss: 'https://app.example',
      sub: 'ada',
      aud: 'client',
      iat: 1_000_000,
      exp: 1_000_300,
      at_hash: '77QmUPtjPfzWtF2AnpK9RQ',
    })
  })

  it('tells how and when the account authenticated where that is known', () => {
    const authentication = { authenticatedAt: new Date(900_000_999), methods: ['pwd', 'otp'], level: 'aal2' }
    expect(idTokenClaims({ ...facts, authentication, nonce: ' n ', sessionId: 's' })).toMatchObject({
      auth_time: 900_000,
      amr: ['pwd', 'otp'],
      acr: 'aal2',
      nonce: ' n ',
      sid: 's',
    })
  })

  it('lets no claim of the host stand in the place of its own', () => {
    const accountClaims = {
      iss: 'evil',
      sub: 'eve',
      aud: 'x',
      iat: 1,
      exp: 9e9,
      at_hash: 'x',
      email: 'ada@example.com',
    }
    expect(idTokenClaims({ ...facts, accountClaims })).toEqual({ ...idTokenClaims(facts), email: 'ada@example.com' })
  })
})
