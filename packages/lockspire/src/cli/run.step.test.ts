/** The `lockspire` command against a real store: what it makes, prints, refuses and exits with. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createDatabase } from '#base/database.js'
import { storeUnderTest, testPostgresUrl, uniqueSchema } from '#base/testing/store.js'

import { createLockspire } from '../lockspire.js'
import { testHost } from '../testing/test-host.js'
import { runCommand } from './run.js'

let folder: string
let environment: Record<string, string | undefined>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockspire-cli-'))
  environment = {
    DATA_DIR: folder,
    LOCKSPIRE_SCHEMA: uniqueSchema('cli'),
    DATABASE_URL: storeUnderTest() === 'postgres' ? testPostgresUrl() : undefined,
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function lockspire(...words: string[]): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const code = await runCommand(words, {
    environment,
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

async function json(...words: string[]): Promise<unknown> {
  const ran = await lockspire(...words, '--json')
  expect([ran.code, ran.err]).toEqual([0, ''])
  return JSON.parse(ran.out)
}

const confidential = [
  'client',
  'create',
  '--name',
  'Partner',
  '--type',
  'confidential',
  '--redirect-uri',
  'https://partner.example/callback',
]

/** Every command opens an embedded store anew, which takes a second: there one row of each table stands for all. */
function forStore<Row>(rows: readonly Row[]): readonly Row[] {
  return storeUnderTest() === 'pglite' ? rows.slice(0, 1) : rows
}

// Making an embedded store takes seconds on a busy machine.
describe('the lockspire command', { timeout: 240_000 }, () => {
  it('says what is missing before there is a store or a schema', async () => {
    if (storeUnderTest() === 'pglite') {
      const ran = await lockspire('client', 'list')
      expect([ran.code, ran.out]).toEqual([1, ''])
      expect(ran.err).toContain('there is no database in')
    }
    expect(await json('migrate')).toEqual({ schema: environment['LOCKSPIRE_SCHEMA'], applied: ['0001_first'] })
    expect(await json('migrate')).toMatchObject({ applied: [] })
    const other = await lockspire('client', 'list', '--schema', uniqueSchema('none'))
    expect([other.code, other.out]).toEqual([1, ''])
    expect(other.err).toContain('run "lockspire migrate" first')
  })

  it('lists pending migrations without applying them', async () => {
    const schema = uniqueSchema('dry')
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await json('migrate', '--dry-run', '--schema', schema)).toEqual({ schema, pending: ['0001_first'] })
    }
  })

  it('creates, lists, shows, disables and enables a client', async () => {
    const made = (await json(
      ...confidential,
      '--scope',
      'openid',
      'offline_access',
      '--access-token-format',
      'opaque',
      '--client-id',
      'partner',
    )) as Record<string, unknown>
    expect(made).toMatchObject({
      client_id: 'partner',
      client_name: 'Partner',
      client_type: 'confidential',
      scope: 'openid offline_access',
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_basic',
      access_token_format: 'opaque',
      client_secret: expect.stringMatching(/^lscs_[A-Za-z0-9_-]{43}$/) as string,
    })
    const shown = await json('client', 'show', 'partner')
    const { client_secret: secret, ...rest } = made
    expect(shown).toEqual(rest)
    expect(await json('client', 'list')).toEqual([rest])
    expect(JSON.stringify(shown)).not.toContain(String(secret))
    expect(await json('client', 'disable', 'partner', '--dry-run')).toEqual({
      client_id: 'partner',
      would_change: true,
    })
    expect(await json('client', 'disable', 'partner')).toEqual({ client_id: 'partner', changed: true })
    expect(await json('client', 'disable', 'partner')).toEqual({ client_id: 'partner', changed: false })
    expect((await lockspire('client', 'list')).out).toMatch(
      /^client_id +type +state +name\npartner +confidential +disabled +Partner$/,
    )
    expect(await json('client', 'enable', 'partner')).toEqual({ client_id: 'partner', changed: true })
  })

  it('prints a secret once, to people too, and none for a public client', async () => {
    const ran = await lockspire(...confidential, '--scope', 'openid')
    expect(ran.out.match(/lscs_/g)).toHaveLength(1)
    expect(ran.err).toContain('not shown again')
    const open = await lockspire(
      'client',
      'create',
      '--name',
      'App',
      '--type',
      'public',
      '--redirect-uri',
      'http://127.0.0.1/cb',
      '--scope',
      'openid',
    )
    expect(open.code).toBe(0)
    expect(open.out + open.err).not.toContain('secret')
  })

  it('checks everything and writes nothing in a dry run', async () => {
    const before = await json('client', 'list')
    expect(await json(...confidential, '--scope', 'openid', '--dry-run')).toEqual({
      dry_run: true,
      would_create: 'Partner',
    })
    const taken = await lockspire(...confidential, '--scope', 'openid', '--client-id', 'partner', '--dry-run')
    expect([taken.code, taken.err]).toEqual([1, 'lockspire: the client_id "partner" is taken'])
    expect(await json('client', 'list')).toEqual(before)
  })

  it.each(
    forStore([
      ['an unsafe redirect URI', ['--redirect-uri', 'http://partner.example/callback'], 'must begin with https://'],
      [
        'a redirect URI with a fragment',
        ['--redirect-uri', 'https://partner.example/callback#x'],
        'must have no fragment',
      ],
      ['a script as redirect URI', ['--redirect-uri', 'javascript:alert(1)'], 'redirect URI'],
      ['a method that does not fit', ['--auth-method', 'none'], 'authMethod must be none for public clients'],
      ['a malformed scope', ['--scope', 'no"quotes'], 'is not configured'],
      ['a client_id that is taken', ['--client-id', 'partner'], 'is taken'],
    ]),
  )('refuses %s by the same rules as the library', async (_name, words, problem) => {
    const ran = await lockspire(...confidential, '--scope', 'openid', ...words)
    expect([ran.code, ran.out]).toEqual([1, ''])
    expect(ran.err).toContain(problem)
    const machine = await lockspire(...confidential, '--scope', 'openid', ...words, '--json')
    expect((JSON.parse(machine.err) as { problems: string[] }).problems.join()).toContain(problem)
  })

  it.each([
    ['an unknown command', ['clients'], 'Did you mean client?'],
    ['an unknown subcommand', ['client', 'creat'], 'Did you mean create?'],
    ['an unknown flag', ['client', 'list', '--jsn'], 'Did you mean --json?'],
    ['a flag of another command', ['client', 'show', 'partner', '--limit', '1'], "unknown option '--limit'"],
    ['a word too many', ['client', 'show', 'partner', 'extra'], 'too many arguments'],
    ['a missing argument', ['client', 'show'], "missing required argument 'client_id'"],
    ['a missing option', ['client', 'create', '--name', 'x'], 'required option'],
    ['a choice that is none', ['client', 'create', '--type', 'secret'], 'Allowed choices are public, confidential'],
    ['a limit of nothing', ['client', 'list', '--limit', '0'], 'whole number from 1 to 1000'],
    ['a schema that is none', ['client', 'list', '--schema', 'a"b'], 'lower-case letters'],
    ['a client that is not there', ['client', 'show', 'nobody'], 'there is no client nobody'],
    ['disabling a client that is not there', ['client', 'disable', 'nobody'], 'there is no client nobody'],
  ])('fails with exit code 1 for %s', async (_name, words, message) => {
    const ran = await lockspire(...words)
    expect(ran.code).toBe(1)
    expect(ran.err).toContain(message)
  })

  it.each([
    [['--help']],
    [['client', '--help']],
    [['client', 'create', '--help']],
    [['migrate', '--help']],
    [['key', 'list', '--help']],
    [['key', 'activate', '--help']],
    [['client', 'rotate-secret', '--help']],
  ])('explains itself for %j', async (words) => {
    const ran = await lockspire(...words)
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect(ran.out).toContain('Usage: lockspire')
    expect(ran.out).toContain('--json')
  })

  it('lists the signing keys, without anything private', async () => {
    expect(await json('key', 'list')).toEqual([])
    const database = await createDatabase(environment['DATABASE_URL'], { dataDir: folder })
    const server = await createLockspire({
      database,
      issuer: 'https://id.example',
      accountResolver: testHost(),
      brand: { name: 'Example' },
      scopes: {},
      schema: environment['LOCKSPIRE_SCHEMA']!,
      keys: `test:${Buffer.alloc(32, 7).toString('base64url')}`,
    })
    await server.close()
    await database.close()
    const keys = (await json('key', 'list')) as Record<string, unknown>[]
    expect(keys).toMatchObject([{ algorithm: 'ES256', state: 'active' }])
    expect(Object.keys(keys[0]!)).toEqual(['kid', 'algorithm', 'state', 'created_at', 'ready_at'])
  })

  it('publishes, activates and retires signing keys', async () => {
    environment = { ...environment, LOCKSPIRE_KEYS: `test:${Buffer.alloc(32, 7).toString('base64url')}` }
    const [first] = (await json('key', 'list')) as { kid: string }[]
    expect(await json('key', 'create', '--dry-run')).toEqual({ dry_run: true, would_create: 'ES256' })
    const { kid } = (await json('key', 'create')) as { kid: string }
    const early = await lockspire('key', 'activate', kid)
    expect([early.code, early.err]).toEqual([1, expect.stringContaining('too early')])
    expect(await json('key', 'activate', kid, '--dry-run')).toEqual({ kid, would_change: true })
    expect(await json('key', 'activate', kid, '--now')).toEqual({ kid, changed: true })
    expect(await json('key', 'list')).toMatchObject([{ state: 'retiring' }, { kid, state: 'active' }])
    expect((await lockspire('key', 'retire', kid)).err).toContain('activate another one first')
    expect(await json('key', 'retire', first!.kid, '--now')).toEqual({ kid: first!.kid, changed: true })
    expect((await lockspire('key', 'retire', 'nobody')).err).toContain('no published key has this kid')
  })

  it('gives a confidential client a new secret, and none to a public one', async () => {
    const made = (await json(...confidential, '--scope', 'openid')) as { client_id: string; client_secret: string }
    expect(await json('client', 'rotate-secret', made.client_id, '--dry-run')).toEqual({
      client_id: made.client_id,
      would_change: true,
    })
    const rotated = (await json('client', 'rotate-secret', made.client_id)) as { client_secret: string }
    expect(rotated.client_secret).toMatch(/^lscs_[A-Za-z0-9_-]{43}$/)
    expect(rotated.client_secret).not.toBe(made.client_secret)
    const publicOne = (await json(
      ...['client', 'create', '--name', 'App', '--type', 'public', '--redirect-uri', 'http://127.0.0.1/cb'],
      ...['--scope', 'openid'],
    )) as { client_id: string }
    expect((await lockspire('client', 'rotate-secret', publicOne.client_id)).err).toContain('has no secret')
    expect((await lockspire('client', 'rotate-secret', 'nobody')).err).toContain('there is no client nobody')
  })

  it('names the process that has the embedded store open', async () => {
    if (storeUnderTest() !== 'pglite') return
    const holder = await createDatabase(undefined, { dataDir: folder })
    const ran = await lockspire('client', 'list')
    await holder.close()
    expect([ran.code, ran.out]).toEqual([1, ''])
    expect(ran.err).toContain('in')
    expect(ran.err).toMatch(/process|in use/)
  })

  it('never tells the password of a database that cannot be reached', async () => {
    const kept = environment
    environment = { ...environment, DATABASE_URL: 'postgres://somebody:topsecret@127.0.0.1:1/none' }
    const ran = await lockspire('client', 'list')
    environment = kept
    expect(ran.code).toBe(1)
    expect(ran.out + ran.err).not.toContain('topsecret')
    expect(ran.err).toContain('ECONNREFUSED')
  })
})
