/** What the host answers is believed only after these checks. */
import { describe, expect, test } from 'vitest'

import type { LogFields } from '#base/log.js'

import { accountSource, checkAuthentication, checkClaims } from './account-source.js'
import type { AccountResolver, ResolverContext } from './host.js'

const context: ResolverContext = {
  issuer: 'https://id.example',
  purpose: 'authorize',
  returnTo: '',
  client: { id: 'client', name: 'Client' },
  scopes: [],
  resources: [],
}

describe('claims of the host', () => {
  test('pass when they are one flat object of JSON with a subject', () => {
    const claims = {
      sub: 'ada',
      name: 'Ada',
      nothing: undefined,
      empty: null,
      address: { country: 'GB' },
      roles: ['a', 1, true],
    }
    expect(checkClaims(claims)).toEqual({
      ok: true,
      value: { sub: 'ada', name: 'Ada', address: { country: 'GB' }, roles: ['a', 1, true] },
    })
  })

  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  test.each([
    ['nothing', undefined, 'claims'],
    ['null', null, 'claims'],
    ['a list', [], 'claims'],
    ['a string', 'ada', 'claims'],
    ['a date', new Date(0), 'claims'],
    ['no subject', { email: 'a@b' }, 'claims.sub'],
    ['an empty subject', { sub: '' }, 'claims.sub'],
    ['a number as subject', { sub: 1 }, 'claims.sub'],
    ['a subject of 256 characters', { sub: 'x'.repeat(256) }, 'claims.sub'],
    ['a subject beyond ASCII', { sub: 'é' }, 'claims.sub'],
    ['a subject with a space', { sub: 'a b' }, 'claims.sub'],
    ['a subject with a line break', { sub: 'a\n' }, 'claims.sub'],
    ['a function', { sub: 'ada', f: () => 1 }, 'claims.f'],
    ['a date inside', { sub: 'ada', updated_at: new Date(0) }, 'claims.updated_at'],
    ['a big number', { sub: 'ada', n: 1n }, 'claims.n'],
    ['not a number', { sub: 'ada', n: Number.NaN }, 'claims.n'],
    ['infinity', { sub: 'ada', n: Number.POSITIVE_INFINITY }, 'claims.n'],
    ['a cycle', { sub: 'ada', cycle }, 'claims.cycle'],
    ['a map', { sub: 'ada', m: new Map() }, 'claims.m'],
    ...[
      'iss',
      'aud',
      'exp',
      'iat',
      'nbf',
      'jti',
      'nonce',
      'auth_time',
      'acr',
      'amr',
      'azp',
      'at_hash',
      'sid',
      'cnf',
      'client_id',
      'scope',
    ].map((name) => [`the reserved name ${name}`, { sub: 'ada', [name]: 'x' }, `claims.${name}`] as const),
    [
      'more than a hundred claims',
      { sub: 'ada', ...Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`c${at}`, at])) },
      'claims',
    ],
  ] as const)('are refused with %s', (_name, claims, field) => {
    expect(checkClaims(claims)).toEqual({ ok: false, reason: field })
  })
})

describe('what the host tells of an authentication', () => {
  const good = { authenticatedAt: new Date(0), methods: ['pwd'], level: 'aal1', sessionId: 's' }

  test('passes as it is, and may be absent', () => {
    expect(checkAuthentication(good)).toEqual({ ok: true, value: good })
    expect(checkAuthentication(undefined)).toEqual({ ok: true, value: null })
    expect(checkAuthentication({ authenticatedAt: new Date(0), methods: [] }).ok).toBe(true)
  })

  test.each([
    ['a string', 'now', 'authentication'],
    ['a number as time', { ...good, authenticatedAt: 0 }, 'authentication.authenticatedAt'],
    ['an invalid date', { ...good, authenticatedAt: new Date(Number.NaN) }, 'authentication.authenticatedAt'],
    ['no methods', { ...good, methods: undefined }, 'authentication.methods'],
    ['a method that is no text', { ...good, methods: [1] }, 'authentication.methods'],
    ['an empty level', { ...good, level: '' }, 'authentication.level'],
    ['a number as session', { ...good, sessionId: 1 }, 'authentication.sessionId'],
  ])('is refused with %s', (_name, given, field) => {
    expect(checkAuthentication(given)).toEqual({ ok: false, reason: field })
  })
})

describe('a resolver that fails', () => {
  const logs: LogFields[] = []
  const log = { info() {}, warn() {}, error: (fields: LogFields) => void logs.push(fields) }
  const working: AccountResolver<string, unknown> = {
    resolveCurrentAccount: async () => ({ ok: true, account: 'ada' }),
    resolveAccount: async () => ({ ok: true, account: 'ada' }),
    buildClaims: async () => ({ ok: true, claims: { sub: 'ada' } }),
    redirectForLogin: () => new Response(null, { status: 303 }),
  }
  const throwing = async (): Promise<never> => {
    throw new Error('down')
  }
  const connection = { request: new Request('https://id.example/'), assigns: {} }

  test.each<[string, Partial<AccountResolver<string, unknown>>, 'current' | 'byReference' | 'logIn', string, string]>([
    ['resolveCurrentAccount throws', { resolveCurrentAccount: throwing }, 'current', 'resolveCurrentAccount', 'thrown'],
    ['buildClaims throws', { buildClaims: throwing }, 'current', 'buildClaims', 'thrown'],
    ['buildClaims refuses', { buildClaims: async () => ({ ok: false, error: 'x' }) }, 'current', 'buildClaims', 'ok'],
    [
      'buildClaims tells an empty subject',
      { buildClaims: async () => ({ ok: true, claims: { sub: '' } }) },
      'current',
      'buildClaims',
      'claims.sub',
    ],
    ['resolveAccount throws', { resolveAccount: throwing }, 'byReference', 'resolveAccount', 'thrown'],
    ['buildClaims throws for a reference', { buildClaims: throwing }, 'byReference', 'buildClaims', 'thrown'],
    [
      'the reference leads to somebody else',
      { buildClaims: async () => ({ ok: true, claims: { sub: 'eve' } }) },
      'byReference',
      'buildClaims',
      'claims.sub',
    ],
    ['redirectForLogin throws', { redirectForLogin: throwing }, 'logIn', 'redirectForLogin', 'thrown'],
  ])('%s: the answer is claims_failed, and the log names what failed', async (_name, broken, ask, asked, field) => {
    logs.length = 0
    const source = accountSource({ ...working, ...broken }, log)
    const answer =
      ask === 'byReference'
        ? await source.byReference('ada', context)
        : ask === 'logIn'
          ? await source.logIn(connection, context)
          : await source.current(connection, context)
    expect(answer).toEqual({ ok: false, reason: 'claims_failed' })
    expect(logs).toMatchObject([{ event: `account_resolver.${asked}`, field, clientId: 'client', reason: 'authorize' }])
  })

  test('works otherwise, and hides the host object', async () => {
    const source = accountSource(working, log)
    expect(await source.current(connection, context)).toEqual({
      ok: true,
      value: { subject: 'ada', authentication: null, claims: { sub: 'ada' } },
    })
    expect(await source.byReference('ada', context)).toEqual({
      ok: true,
      value: { subject: 'ada', authentication: null, claims: { sub: 'ada' } },
    })
  })
})
