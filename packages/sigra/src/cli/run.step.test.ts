/** The command line: what it says, what it writes, and how it refuses. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createDatabase } from '#base/database.js'

import { runCommand } from './run.js'

const PASSWORD = 'correct horse battery staple'
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sigra-cli-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function run(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await runCommand(words, {
    environment: { DATA_DIR: folder, SIGRA_PASSWORD: PASSWORD },
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

describe('the command sigra', () => {
  it('makes a store only to migrate it', async () => {
    const nowhere = join(folder, 'nowhere')
    for (const words of [
      ['migrate', '--dry-run'],
      ['user', 'show', 'ada@example.com'],
    ]) {
      const { code, err } = await run('--data-dir', nowhere, ...words)
      expect([code, err]).toEqual([1, expect.stringContaining(`there is no database in ${nowhere}/db`)])
    }
    expect(existsSync(nowhere)).toBe(false)
  })

  it('migrates after saying what it would do, and creates and shows users', async () => {
    expect(await run('--json', 'migrate')).toMatchObject({
      code: 0,
      out: '{"schema":"sigra","applied":["0001_first"]}',
    })
    expect(await run('migrate', '--dry-run')).toMatchObject({ code: 0, out: 'schema   sigra\npending  -' })
    expect(await run('--schema', 'other', 'user', 'show', 'ada@example.com')).toMatchObject({
      code: 1,
      err: 'sigra: schema other is not migrated (0001_first pending): run "sigra migrate" first',
    })
    expect(await run('user', 'create', 'ada@example.com', '--dry-run')).toMatchObject({
      code: 0,
      out: 'dry_run       true\nwould_create  ada@example.com',
    })
    expect(await run('user', 'show', 'ada@example.com')).toMatchObject({
      code: 1,
      err: 'sigra: nobody has this address or id',
    })
    expect((await run('user', 'create', 'Ada@example.com')).out).toMatch(
      /^id {9}[0-9a-f-]{36}\nemail {6}Ada@example\.com\nconfirmed {2}true$/,
    )
    for (const [refused, words] of [
      ['not created', []],
      ['would not be created', ['--dry-run']],
    ] as const) {
      expect((await run('user', 'create', 'ada@example.com', ...words)).err).toBe(
        `sigra: ${refused}: this address is taken`,
      )
      expect((await run('user', 'create', 'ada', ...words)).err).toBe(`sigra: ${refused}: email malformed`)
    }
    expect(await run('--json', 'user', 'create', 'ada')).toMatchObject({
      code: 1,
      err: '{"error":"not created: email malformed","problems":["not created: email malformed"]}',
    })
    const shown = await run('--json', 'user', 'show', 'ADA@example.com')
    expect(JSON.parse(shown.out)).toMatchObject({
      email: 'Ada@example.com',
      has_password: true,
      live_sessions: 0,
      disabled_at: null,
    })
    expect(shown.out).not.toContain('argon2')
  }, 60_000)

  it.each([
    [['migrat'], 'Did you mean migrate?'],
    [['user', 'creat'], 'Did you mean create?'],
    [['--jsn', 'migrate'], 'Did you mean --json?'],
    [['user', 'show'], "missing required argument 'email-or-id'"],
    [['migrate', 'extra'], 'too many arguments'],
  ])('refuses %j with exit code 1 and a suggestion', async (parameters, words) => {
    const { code, err } = await run(...parameters)
    expect(code).toBe(1)
    expect(err).toContain(words)
  })

  it('prints its help with exit code 0', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, err: '' })
    expect((await run('user', 'create', '--help')).out).toContain('--dry-run')
  })

  it('says who has the folder open instead of waiting', async () => {
    const database = await createDatabase(undefined, { dataDir: folder })
    try {
      const { code, err } = await run('migrate')
      expect(code).toBe(1)
      expect(err).toMatch(/already open in this process|in use by process \d+/)
    } finally {
      await database.close()
    }
  }, 240_000)
})
