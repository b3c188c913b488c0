/** The command line: what it says, what it writes, and how it refuses. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createDatabase } from '#base/database.js'

import { runSigraCommand } from './program.js'

const PASSWORD = 'correct horse battery staple'
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sigra-cli-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function run(...parameters: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const code = await runSigraCommand(parameters, {
    environment: { DATA_DIR: folder, SIGRA_PASSWORD: PASSWORD },
    write: (text) => {
      out += text
    },
    writeError: (text) => {
      err += text
    },
  })
  return { code, out, err }
}

describe('the command sigra', () => {
  it('migrates after saying what it would do, and creates and shows users', async () => {
    expect(await run('user', 'show', 'ada@example.com')).toMatchObject({
      code: 1,
      err: 'The schema sigra is not up to date; run "sigra migrate" first.\n',
    })
    expect(await run('migrate', '--dry-run')).toMatchObject({ code: 0, out: 'Would apply: 0001_first\n' })
    expect(await run('--json', 'migrate')).toMatchObject({ code: 0, out: '{"applied":["0001_first"]}\n' })
    expect(await run('migrate')).toMatchObject({ code: 0, out: 'The schema is up to date.\n' })
    expect(await run('user', 'create', 'ada@example.com', '--dry-run')).toMatchObject({
      code: 0,
      out: 'Would create ada@example.com.\n',
    })
    expect(await run('user', 'show', 'ada@example.com')).toMatchObject({
      code: 1,
      err: 'Nobody has this address or id.\n',
    })
    expect((await run('user', 'create', 'Ada@example.com')).out).toMatch(
      /^Created Ada@example\.com \([0-9a-f-]{36}\)\.\n$/,
    )
    expect(await run('user', 'create', 'ada@example.com')).toMatchObject({ code: 1, err: 'Not created: taken.\n' })
    expect(await run('user', 'create', 'ada')).toMatchObject({ code: 1, err: 'Not created: email malformed.\n' })
    const shown = await run('--json', 'user', 'show', 'ADA@example.com')
    expect(JSON.parse(shown.out)).toMatchObject({
      email: 'Ada@example.com',
      hasPassword: true,
      liveSessions: 0,
      disabledAt: null,
    })
    expect(shown.out).not.toContain('argon2')
  }, 240_000)

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
