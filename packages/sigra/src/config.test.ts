/** Configuration: every mistake is told at once with its fix, and defaults are safe. */
import { describe, expect, it } from 'vitest'

import type { Database } from '#base/database.js'
import { ConfigurationError } from '#base/fault.js'

import { configure } from './config.js'
import { developmentMailbox } from './mailbox/mailbox.js'
import type { SigraOptions } from './options.js'

const database: Pick<Database, 'view'> = {
  view() {
    throw new Error('configuration reads no database')
  },
}
const KEYS = `k1:${'A'.repeat(43)}`

function options(more: Record<string, unknown> = {}): SigraOptions {
  return {
    database: database as Database,
    baseUrl: 'http://localhost:3000',
    mailer: developmentMailbox(),
    brand: { name: 'Notes' },
    ...more,
  }
}

function problemsOf(more: Record<string, unknown>): readonly string[] {
  try {
    configure(options(more), {})
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

describe('configuration', () => {
  it('fills in every default and is frozen', () => {
    const config = configure(options(), {})
    expect(config).toMatchObject({
      schema: 'sigra',
      production: false,
      secureCookies: false,
      landingPath: '/',
      trustedProxyHops: 0,
    })
    expect(config.password).toMatchObject({ minLength: 15, maxLength: 1024 })
    expect(config.emailConfirmation.unconfirmedAccess).toBe('refuse')
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('is production wherever the base URL is not plain HTTP on this machine', () => {
    expect(configure(options({ baseUrl: 'https://app.example.com' }), { SIGRA_KEYS: KEYS })).toMatchObject({
      production: true,
      secureCookies: true,
    })
  })

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['no base URL', { baseUrl: 'notes' }, /baseUrl must be an absolute URL/],
    ['a path in the base URL', { baseUrl: 'http://localhost:3000/app' }, /must be an origin/],
    ['credentials in the base URL', { baseUrl: 'http://a:b@localhost:3000' }, /must be an origin/],
    ['another scheme', { baseUrl: 'ftp://localhost' }, /must begin with https/],
    [
      'plain HTTP beyond this machine',
      { baseUrl: 'http://app.example.com', production: false },
      /only begin with http:\/\/ for localhost/,
    ],
    [
      'plain HTTP in production',
      { baseUrl: 'http://localhost:3000', production: true, keys: KEYS },
      /https:\/\/ in production/,
    ],
    ['no key in production', { baseUrl: 'https://app.example.com' }, /SIGRA_KEYS is not set/],
    ['a damaged key', { keys: 'k1:short' }, /key 1 of the key ring/],
    ['a way to confirm nobody knows', { emailConfirmation: { by: 'pigeon' } }, /by must be link, code/],
    [
      'an access policy nobody knows',
      { emailConfirmation: { unconfirmedAccess: 'maybe' } },
      /unconfirmedAccess must be/,
    ],
    ['no database', { database: undefined }, /database is missing/],
    ['no mailer', { mailer: undefined }, /mailer is missing/],
    ['no name', { brand: {} }, /brand\.name is missing/],
    [
      'text that cannot be read on the brand colour',
      { brand: { name: 'Notes', color: '#ffff00', onColor: '#ffffff' } },
      /contrast|4\.5/i,
    ],
    ['an unknown option', { lockOut: true }, /lockOut is not an option/],
    ['an unknown option of a capability', { session: { idle: 5 } }, /session\.idle is not an option/],
    ['a schema name that is SQL', { schema: 'a"; drop' }, /schema must be/],
    ['a landing path elsewhere', { landingPath: 'https://evil.example' }, /landingPath must be a path/],
    ['negative hops', { trustedProxyHops: -1 }, /trustedProxyHops/],
    ['a short password policy', { password: { minLength: 7 } }, /minLength is under 8/],
    ['a low maximum', { password: { maxLength: 40 } }, /maxLength is under 64/],
    ['links to try again that live long', { unlock: { linkLifetimeSeconds: 901 } }, /linkLifetimeSeconds is over 900/],
    [
      'mails to try again that are used up for longer than a link works',
      { unlock: { mailsPerAddress: { attempts: 3, windowSeconds: 901 } } },
      /mailsPerAddress.windowSeconds is over unlock.linkLifetimeSeconds/,
    ],
    ['more code attempts', { emailConfirmation: { codeAttempts: 6 } }, /codeAttempts is over 5/],
    ['long-lived codes', { emailConfirmation: { codeLifetimeSeconds: 601 } }, /codeLifetimeSeconds is over 600/],
    ['long-lived links', { emailConfirmation: { linkLifetimeSeconds: 86_401 } }, /linkLifetimeSeconds is over 86400/],
    ['a breach check that is only true', { password: { breachCheck: true } }, /breachCheck must be false, or \{\}/],
    [
      'a breach check over http',
      { password: { breachCheck: { url: 'http://ranges.example/' } } },
      /url must begin with/,
    ],
    [
      'a breach check over http in production',
      { production: true, password: { breachCheck: { url: 'http://localhost:1/' } } },
      /url must begin with/,
    ],
    [
      'a breach check without slash',
      { password: { breachCheck: { url: 'https://a.example/range' } } },
      /end with a slash/,
    ],
    [
      'a breach check nobody waits for',
      { password: { breachCheck: { timeoutSeconds: 11 } } },
      /timeoutSeconds is over/,
    ],
    ['half a second', { password: { breachCheck: { timeoutSeconds: 0.5 } } }, /timeoutSeconds must be a whole number/],
    ['an unknown option of the breach check', { password: { breachCheck: { uri: '' } } }, /breachCheck\.uri is not/],
    ['zero seconds', { session: { touchIntervalSeconds: 0 } }, /touchIntervalSeconds must be a whole number/],
    [
      'idle beyond absolute',
      { session: { standard: { idleSeconds: 10_000, absoluteSeconds: 9000 } } },
      /idleSeconds is over/,
    ],
    [
      'a lock longer than a day',
      { logIn: { lockout: { freeAttempts: 5, firstDelaySeconds: 1, longestDelaySeconds: 90_000, maxAttempts: 50 } } },
      /longer than a day/,
    ],
  ])('refuses %s', (_name, more, problem) => {
    expect(problemsOf(more).join('\n')).toMatch(problem)
  })

  it('lists all mistakes together', () => {
    expect(problemsOf({ baseUrl: 'x', mailer: undefined, typo: 1, schema: 'A' }).length).toBeGreaterThanOrEqual(4)
  })
})
