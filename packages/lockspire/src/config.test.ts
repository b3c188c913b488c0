/** Options that start, and every option that does not. */
import { describe, expect, test } from 'vitest'

import { ConfigurationError } from '#base/fault.js'
import type { Database } from '#base/database.js'

import { configure } from './config.js'
import { testHost } from './testing/test-host.js'

const database: Database = {
  kind: 'pglite',
  view() {
    throw new Error('a configuration asks no database')
  },
  counters: { statements: 0, commits: 0 },
  close: async () => {},
}

const good = {
  database,
  issuer: 'https://id.example',
  accountResolver: testHost(),
  brand: { name: 'Example' },
  scopes: { 'notes:read': { description: 'Read your notes' } },
  keys: `k:${Buffer.alloc(32).toString('base64url')}`,
}

function problemsOf(change: object): readonly string[] {
  try {
    configure({ ...good, ...change }, {})
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
}

describe('the configuration', () => {
  test('fills in every default and is frozen', () => {
    const config = configure(good, {})
    expect(config).toMatchObject({
      issuer: 'https://id.example',
      basePath: '',
      schema: 'lockspire',
      defaultResource: 'https://id.example',
      production: true,
      secureCookies: true,
      connectionsPath: null,
      accessTokenFormat: 'jwt',
      lifetimes: { codeSeconds: 60, interactionSeconds: 1800 },
    })
    expect([...config.scopes.keys()]).toEqual(['openid', 'profile', 'email', 'offline_access', 'notes:read'])
    expect(config.scopes.get('notes:read')?.resource).toBe('https://id.example')
    expect(Object.isFrozen(config)).toBe(true)
  })

  test('lets development use plain HTTP on this machine', () => {
    const config = configure({ ...good, issuer: 'http://localhost:3000', keys: undefined } as never, {})
    expect(config).toMatchObject({ production: false, secureCookies: false })
  })

  test('keeps the path of an issuer', () => {
    expect(configure({ ...good, issuer: 'https://id.example/tenants/a' }, {}).basePath).toBe('/tenants/a')
  })

  test('lets a host reword standard scopes and add the rarer ones', () => {
    const scopes = { email: { description: 'Know where to write to you' }, phone: { description: 'Call you' } }
    const config = configure({ ...good, scopes }, {})
    expect(config.scopes.get('email')).toEqual({
      description: 'Know where to write to you',
      resource: null,
      claims: ['email', 'email_verified'],
    })
    expect(config.scopes.get('phone')?.claims).toEqual(['phone_number', 'phone_number_verified'])
  })

  test.each([
    ['an issuer that is no URL', { issuer: 'id.example' }, /issuer must be an absolute URL/],
    ['plain HTTP elsewhere', { issuer: 'http://id.example' }, /only on this machine/],
    ['plain HTTP in production', { issuer: 'http://localhost:3000', production: true }, /https:\/\/ in production/],
    ['an issuer with a query', { issuer: 'https://id.example?x=1' }, /no query and no fragment/],
    ['an issuer with a fragment', { issuer: 'https://id.example/#x' }, /no query and no fragment/],
    ['an issuer with userinfo', { issuer: 'https://me@id.example' }, /no user name/],
    ['an issuer in capitals', { issuer: 'https://ID.example' }, /written as https:\/\/id\.example/],
    ['an issuer with the default port', { issuer: 'https://id.example:443' }, /written as/],
    ['a malformed scope', { scopes: { 'a b': { description: 'x' } } }, /scope "a b" must be printable/],
    ['a scope without words', { scopes: { a: { description: ' ' } } }, /scope "a" needs a description/],
    ['a reserved scope', { scopes: { openid: { description: 'x' } } }, /"openid" has a fixed meaning/],
    ['a reserved scope', { scopes: { offline_access: { description: 'x' } } }, /"offline_access" has a fixed meaning/],
    [
      'other claims for a standard scope',
      { scopes: { email: { description: 'x', claims: ['shoe_size'] } } },
      /only its description/,
    ],
    [
      'a scope of an unknown resource',
      { scopes: { a: { description: 'x', resource: 'https://b.example' } } },
      /not among resources/,
    ],
    ['a relative resource', { resources: { '/api': { name: 'API' } } }, /absolute URI/],
    ['a resource with a fragment', { resources: { 'https://a.example#x': { name: 'API' } } }, /without a fragment/],
    ['a resource without a name', { resources: { 'https://a.example': { name: '' } } }, /needs a name/],
    ['no resources at all', { resources: {} }, /resources is empty/],
    ['no resolver', { accountResolver: undefined }, /accountResolver is missing/],
    [
      'a resolver without a function',
      { accountResolver: { ...testHost(), buildClaims: undefined } },
      /accountResolver\.buildClaims must be/,
    ],
    [
      'an optional function that is none',
      { accountResolver: { ...testHost(), redirectForLogout: 'x' } },
      /redirectForLogout must be/,
    ],
    ['no database', { database: undefined }, /database is missing/],
    ['no brand', { brand: undefined }, /brand\.name is missing/],
    ['an unreadable brand', { brand: { name: 'x', color: '#ffff00', onColor: '#ffffff' } }, /contrast/],
    ['a bad schema name', { schema: 'Lock"spire' }, /schema must be/],
    ['a foreign page of connections', { connectionsPath: '//evil.example' }, /connectionsPath/],
    ['a code that lives an hour', { lifetimes: { codeSeconds: 3600 } }, /lifetimes\.codeSeconds/],
    ['a lifetime that is no number', { lifetimes: { codeSeconds: '60' } }, /lifetimes\.codeSeconds/],
    ['an unknown lifetime', { lifetimes: { tokenSeconds: 60 } }, /lifetimes\.tokenSeconds is not an option/],
    ['an access token of another kind', { accessTokenFormat: 'paseto' }, /accessTokenFormat must be jwt or opaque/],
    ['an unknown option', { issuers: [] }, /"issuers" is not an option/],
    ['a damaged key ring', { keys: 'k:short' }, /key 1 of the key ring is not/],
    ['no key ring in production', { keys: undefined }, /LOCKSPIRE_KEYS is not set/],
  ])('refuses %s', (_name, change, expected) => {
    expect(problemsOf(change)).toEqual(expect.arrayContaining([expect.stringMatching(expected)]))
  })

  test('tells every mistake at once', () => {
    expect(
      problemsOf({
        issuer: 'http://id.example',
        scopes: { 'a b': { description: '' } },
        accountResolver: {},
        schema: '1',
      }).length,
    ).toBeGreaterThanOrEqual(8)
  })
})
