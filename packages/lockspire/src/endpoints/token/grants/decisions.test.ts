/** The pure decisions over codes, refresh tokens and clients, one row for each branch and for what beats what. */
import { createHash } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { hashSecret } from '#base/secrets.js'

import { decideClient, type PresentedClient } from '../../../records/clients/authenticate-client.js'
import type { PresentedCode } from '../../../records/tokens/redeem-code.js'
import type { PresentedRefreshToken } from '../../../records/tokens/refresh-token.js'
import { decideRedemption } from './authorization-code.js'
import { decideRefresh } from './refresh-token.js'

const now = new Date(1_800_000_000_000)
const later = new Date(1_800_000_000_001)
const verifier = 'v'.repeat(43)
const authentication = { authenticatedAt: null, methods: null, level: null }
const bounds = {
  scopes: new Map([['openid', { resource: null }]]),
  resources: new Set(['a:b']),
  clientScopes: ['openid'],
}
const rest = { bounds, now }
const owner = { id: 'owner' }

const code: PresentedCode = {
  id: 'code',
  clientId: 'owner',
  grantId: 'grant',
  subject: 'ada',
  redirectUri: 'https://client.example/',
  scopes: ['openid'],
  resources: ['a:b'],
  codeChallenge: createHash('sha256').update(verifier).digest('base64url'),
  nonce: null,
  sessionId: null,
  authentication,
  expiresAt: later,
  spentAt: null,
  isConsentRevoked: false,
}
const right = { redirectUri: code.redirectUri, verifier, resources: null }
const wrong = { ...right, verifier: 'w'.repeat(43) }

describe('a presented code', () => {
  it.each([
    ['is redeemed when everything fits', code, right, 'redeem'],
    ['is unknown', null, right, 'unknown_code'],
    [
      'of another client is refused before all else',
      { ...code, clientId: 'other', spentAt: now, expiresAt: now },
      wrong,
      'other_client',
    ],
    [
      'that is spent revokes with its verifier, also when expired',
      { ...code, spentAt: now, expiresAt: now },
      right,
      'reuse',
    ],
    ['that is spent harms nobody without it', { ...code, spentAt: now }, wrong, 'spent'],
    ['that expired is not burnt by a wrong verifier', { ...code, expiresAt: now }, wrong, 'expired'],
    [
      'is burnt by a wrong verifier, whatever else is wrong',
      { ...code, isConsentRevoked: true },
      { ...wrong, redirectUri: 'x' },
      'burn',
    ],
    ['is burnt by the plain challenge', code, { ...right, verifier: code.codeChallenge }, 'burn'],
    [
      'needs its redirect URI to the letter',
      code,
      { ...right, redirectUri: 'https://client.example' },
      'wrong_redirect_uri',
    ],
    ['needs its consent', { ...code, isConsentRevoked: true }, right, 'consent_revoked'],
    ['reaches no further than granted', code, { ...right, resources: ['c:d'] }, 'resource_widened'],
  ] as const)('%s', (_name, presented, asked, expected) => {
    const decision = decideRedemption(presented, asked, owner, rest)
    expect('reason' in decision ? decision.reason : decision.kind).toBe(expected)
  })
})

const token: PresentedRefreshToken = {
  id: 'token',
  generation: 3,
  expiresAt: later,
  spentAt: null,
  grant: {
    id: 'grant',
    clientId: 'owner',
    subject: 'ada',
    scopes: ['openid'],
    resources: ['a:b'],
    authentication,
    expiresAt: later,
    isRevoked: false,
    isConsentRevoked: false,
  },
}
const all = { scopes: null, resources: null }

describe('a presented refresh token', () => {
  it.each([
    ['is rotated when everything fits', token, all, 'rotate'],
    ['is unknown', null, all, 'unknown_token'],
    [
      'of another client is refused before all else',
      { ...token, spentAt: now, grant: { ...token.grant, clientId: 'other' } },
      all,
      'other_client',
    ],
    [
      'of a revoked grant is only that',
      { ...token, spentAt: now, grant: { ...token.grant, isRevoked: true } },
      all,
      'revoked',
    ],
    [
      'that is spent kills its family, however old',
      { ...token, spentAt: now, expiresAt: now, grant: { ...token.grant, expiresAt: now } },
      all,
      'reuse',
    ],
    ['expires by idling', { ...token, expiresAt: now }, all, 'expired'],
    ['expires with its grant', { ...token, grant: { ...token.grant, expiresAt: now } }, all, 'expired'],
    ['needs its consent', { ...token, grant: { ...token.grant, isConsentRevoked: true } }, all, 'consent_revoked'],
    ['widens no scope', token, { ...all, scopes: ['openid', 'email'] }, 'scope_widened'],
    ['widens no resource', token, { ...all, resources: ['c:d'] }, 'resource_widened'],
  ] as const)('%s', (_name, presented, asked, expected) => {
    const decision = decideRefresh(presented, asked, owner, rest)
    expect('reason' in decision ? decision.reason : decision.kind).toBe(expected)
  })
})

const client: PresentedClient = {
  id: 'owner',
  clientId: 'app',
  name: 'App',
  kind: 'confidential',
  authMethod: 'client_secret_basic',
  secretHash: hashSecret('secret'),
  scopes: [],
  grantTypes: [],
  accessTokenFormat: null,
  disabledAt: null,
}
const basic = { method: 'client_secret_basic', clientId: 'app', secret: 'secret' } as const
const none = { method: 'none', clientId: 'app' } as const
const open: PresentedClient = { ...client, kind: 'public', authMethod: 'none', secretHash: null }

describe('a presented client', () => {
  it.each([
    ['is accepted with its secret', client, basic, 'ok'],
    ['is accepted without one when it is public', open, none, 'ok'],
    ['is unknown', null, basic, 'unknown_client'],
    ['comes with a wrong secret', client, { ...basic, secret: 'Secret' }, 'wrong_secret'],
    ['comes with an empty secret', client, { ...basic, secret: '' }, 'wrong_secret'],
    ['comes without its secret', client, none, 'wrong_method'],
    ['comes by another method', client, { ...basic, method: 'client_secret_post' }, 'wrong_method'],
    ['is public and brings a secret', open, basic, 'wrong_method'],
    [
      'has lost its secret in the table',
      { ...client, secretHash: null },
      { ...basic, secret: 'no client has this secret' },
      'wrong_secret',
    ],
    ['is disabled', { ...client, disabledAt: now }, basic, 'client_disabled'],
    [
      'is disabled and comes with a wrong secret',
      { ...client, disabledAt: now },
      { ...basic, secret: 'x' },
      'wrong_secret',
    ],
  ] as const)('%s', (_name, presented, credentials, expected) => {
    const decided = decideClient(presented, credentials)
    expect(decided.ok ? 'ok' : decided.reason).toBe(expected)
  })
})
