/** Who may go on with an interaction, as a table. */
import { describe, expect, test } from 'vitest'

import { hashSecret, secret } from '#base/secrets.js'

import type { Interaction } from '../../records/interactions/interaction.js'
import { decideAccount, decideOpen } from './open-interaction.js'

const now = new Date('2027-01-15T12:00:00Z')
const earlier = new Date(now.getTime() - 60_000)
const later = new Date(now.getTime() + 60_000)
const browser = secret('lsib_of-this-browser')

const open: Interaction = {
  id: '8d3f6f2e-0000-4000-8000-000000000000',
  browserHash: hashSecret(browser.reveal()),
  client: {
    id: '8d3f6f2e-0000-4000-8000-000000000001',
    clientId: 'client',
    name: 'Client',
    kind: 'confidential',
    authMethod: 'client_secret_basic',
    redirectUris: ['https://client.example/callback'],
    scopes: ['openid'],
    grantTypes: ['authorization_code'],
    accessTokenFormat: null,
    createdAt: earlier,
    disabledAt: null,
  },
  request: {
    redirectUri: 'https://client.example/callback',
    responseMode: 'query',
    state: null,
    scopes: ['openid'],
    resources: [],
    codeChallenge: '',
    nonce: null,
    prompts: [],
    maxAgeSeconds: null,
    loginHint: null,
    subjectHint: null,
    uiLocales: [],
    acrValues: [],
  },
  subject: null,
  authenticateAfter: null,
  logInRedirects: 0,
  createdAt: earlier,
  expiresAt: later,
  endedAt: null,
}

describe('an interaction is open', () => {
  const moved = { ...open.client, redirectUris: ['https://client.example/elsewhere'] }
  test.each<[string, Interaction | null, string | null, string | null]>([
    ['for its browser', open, 'lsib_of-this-browser', null],
    ['for no other browser', open, 'lsib_of-another-browser', 'unknown'],
    ['for no browser without a secret', open, null, 'unknown'],
    ['only if it exists', null, 'lsib_of-this-browser', 'unknown'],
    ['until it expires', { ...open, expiresAt: now }, 'lsib_of-this-browser', 'expired'],
    ['until it ended', { ...open, endedAt: earlier }, 'lsib_of-this-browser', 'ended'],
    [
      'until its client is disabled',
      { ...open, client: { ...open.client, disabledAt: earlier } },
      'lsib_of-this-browser',
      'client_gone',
    ],
    ['until its redirect URI is taken away', { ...open, client: moved }, 'lsib_of-this-browser', 'client_gone'],
    ['and tells another browser nothing of its end', { ...open, endedAt: earlier }, null, 'unknown'],
  ])('%s', (_name, interaction, presented, expected) => {
    expect(decideOpen(interaction, presented === null ? null : secret(presented), now)).toBe(expected)
  })
})

describe('an interaction goes on with an account', () => {
  const ada = (authenticatedAt: Date | null) =>
    ({
      ok: true,
      value: {
        subject: 'ada',
        authentication: authenticatedAt && { authenticatedAt, methods: ['pwd'] },
        claims: { sub: 'ada' },
      },
    }) as const
  const nobody = { ok: false, reason: 'unauthenticated' } as const
  const broken = { ok: false, reason: 'claims_failed' } as const
  const fresh = { ...open, authenticateAfter: now }
  const hinted = { ...open, request: { ...open.request, subjectHint: 'grace' } }

  test.each<[string, Interaction, Parameters<typeof decideAccount>[1], string]>([
    ['that is logged in', open, ada(earlier), 'ready'],
    ['whose age the host does not tell, if nobody asks', open, ada(null), 'ready'],
    ['that it belongs to', { ...open, subject: 'ada' }, ada(earlier), 'ready'],
    ['but not with another one', { ...open, subject: 'grace' }, ada(earlier), 'other_account'],
    ['after somebody logs in', open, nobody, 'log_in unauthenticated'],
    [
      'until a host that logs nobody in has had ten tries',
      { ...open, logInRedirects: 10 },
      nobody,
      'fail login_required',
    ],
    ['but not if its claims cannot be read', open, broken, 'fail claims_failed'],
    ['that authenticated since', fresh, ada(later), 'ready'],
    ['but not with the session of before', fresh, ada(earlier), 'log_in reauthenticate'],
    [
      'but not with the session of before, however often it comes',
      { ...fresh, logInRedirects: 3 },
      ada(earlier),
      'fail login_required',
    ],
    [
      'but not on the word of a host that tells no times',
      { ...fresh, logInRedirects: 1 },
      ada(null),
      'fail login_required',
    ],
    ['and asks such a host once', fresh, ada(null), 'log_in reauthenticate'],
    ['but not with another than the client named', hinted, ada(later), 'log_in other_account'],
    ['nor for ever', { ...hinted, logInRedirects: 3 }, ada(later), 'fail login_required'],
    ['fresh, before it looks whose it is', { ...fresh, subject: 'grace' }, ada(earlier), 'log_in reauthenticate'],
  ])('%s', (_name, interaction, found, expected) => {
    const decision = decideAccount(interaction, found)
    expect('reason' in decision ? `${decision.kind} ${decision.reason}` : decision.kind).toBe(expected)
  })
})
