/** The settings of the product, from text to values. */
import path from 'node:path'

import { describe, expect, test } from 'vitest'

import { readEnvironment } from './read-environment.js'

describe('environment', () => {
  test('is complete without any setting', () => {
    const { environment, problems } = readEnvironment({})
    expect(problems).toEqual([])
    expect(environment).toMatchObject({
      port: 3000,
      databaseUrl: undefined,
      production: false,
      dataDir: path.resolve('.data'),
      smtp: null,
    })
    expect(environment.baseUrl.href).toBe('http://localhost:3000/')
    expect(environment.partnerOrigin.href).toBe('http://localhost:3001/')
  })

  test('derives the origin from the port', () => {
    expect(readEnvironment({ PORT: '4000' }).environment.baseUrl.href).toBe('http://localhost:4000/')
  })

  test('names every problem at once', () => {
    const { problems } = readEnvironment({
      PORT: '70000',
      PARTNER_PORT: 'x',
      BASE_URL: 'http://notes.example/app',
      DATABASE_URL: 'mysql://x',
      NODE_ENV: 'production',
    })
    const keys = ['SIGRA_KEYS', 'LOCKSPIRE_KEYS']
    const starts = ['PORT', 'PARTNER_PORT', 'BASE_URL', 'BASE_URL', ...keys, 'DATABASE_URL', 'SMTP_URL']
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(starts)
  })

  test('is production wherever others can reach it', () => {
    const mail = { SMTP_URL: 'smtps://mail.example', MAIL_FROM: 'Notes <no-reply@notes.example>' }
    const settings = { ...mail, SIGRA_KEYS: 'one:…', LOCKSPIRE_KEYS: 'one:…' }
    const { environment, problems } = readEnvironment({ BASE_URL: 'https://notes.example', ...settings })
    expect({ problems, production: environment.production }).toEqual({ problems: [], production: true })
    const onLoopback = readEnvironment({ NODE_ENV: 'production', ...settings })
    expect(onLoopback.environment.production).toBe(true)
    expect(onLoopback.problems).toEqual([expect.stringMatching(/^BASE_URL must be the public https:/)])
  })

  test.each([
    ['ftp://notes.example', 'must start with https://'],
    ['not an address', 'must be an address'],
    ['https://notes.example/?a=b', 'an origin alone'],
    ['http://127.0.0.1.evil.example', 'must use https://'],
  ])('refuses the base URL %s', (text, problem) => {
    expect(readEnvironment({ BASE_URL: text }).problems.join('\n')).toContain(problem)
  })

  test('listens on this machine alone and trusts no proxy unless told', () => {
    expect(readEnvironment({}).environment).toMatchObject({ hostname: 'localhost', trustedProxyHops: 0 })
    const { environment, problems } = readEnvironment({ HOST: '0.0.0.0', TRUSTED_PROXY_HOPS: '1' })
    expect({ environment, problems }).toMatchObject({
      environment: { hostname: '0.0.0.0', trustedProxyHops: 1 },
      problems: [],
    })
    expect(readEnvironment({ TRUSTED_PROXY_HOPS: '-1' }).problems).toEqual([
      'TRUSTED_PROXY_HOPS must be a whole number from 0 to 9',
    ])
  })

  test('refuses one port for two programs', () => {
    expect(readEnvironment({ PORT: '3001' }).problems).toHaveLength(1)
  })
})
