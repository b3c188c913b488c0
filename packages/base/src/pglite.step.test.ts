/** The embedded store on disk: durable commits, one process at a time, and nothing lost when that process is killed. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createDatabase, transaction } from './database.js'
import { statement } from './statement.js'
import { storeUnderTest } from './testing/store.js'

const children: ChildProcess[] = []

/** Starts another process on the folder; answers its output lines as they come. */
function other(
  folder: string,
  task: string,
): { child: ChildProcess; lines: string[]; errors: () => string; ended: Promise<unknown> } {
  const script = join(process.cwd(), 'tests/processes/folder-user.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder, task], { stdio: ['pipe', 'pipe', 'pipe'] })
  children.push(child)
  const lines: string[] = []
  let errors = ''
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  child.stderr.on('data', (text: Buffer) => {
    errors += text.toString()
  })
  return { child, lines, errors: () => errors, ended: once(child, 'close') }
}

describe.runIf(storeUnderTest() === 'pglite')('embedded store in a folder', { timeout: 150_000 }, () => {
  let home: string
  let folder: string

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'embedded-'))
    folder = join(home, 'data', 'db')
    const database = await createDatabase(folder)
    await statement('create table notes (n bigint primary key)')(database.view('public'), [])
    await database.close()
  }, 120_000)
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL')
    await rm(home, { recursive: true, force: true })
  })

  it('keeps what was committed when it is opened again, and leaves no lock behind', async () => {
    const database = await createDatabase(folder)
    expect(fs.existsSync(`${folder}.lock`)).toBe(true)
    await statement('insert into notes (n) values ($1)')(database.view('public'), [7])
    await database.close()
    await database.close()
    expect(fs.readdirSync(join(home, 'data'))).toEqual(['db'])
    const again = await createDatabase(folder)
    expect(await statement('select n from notes where n = $1')(again.view('public'), [7])).toEqual([{ n: 7 }])
    await again.close()
  })

  it('syncs to disk at every commit', async () => {
    const database = await createDatabase(folder)
    const insert = statement('insert into notes (n) values ($1)')
    const db = database.view<unknown>('public')
    await insert(db, [99])
    const original = fs.fsyncSync
    let syncs = 0
    fs.fsyncSync = (descriptor) => {
      syncs += 1
      original(descriptor)
    }
    syncBuiltinESMExports()
    try {
      for (let n = 100; n < 150; n += 1) await transaction(db, (tx) => insert(tx, [n]))
      expect(syncs).toBeGreaterThanOrEqual(50)
      syncs = 0
      await statement('checkpoint')(db, [])
      expect(syncs).toBeGreaterThanOrEqual(2)
      syncs = 0
      for (let n = 0; n < 10; n += 1) await statement('select n from notes where n = $1')(db, [n])
      expect(syncs).toBe(0)
    } finally {
      fs.fsyncSync = original
      syncBuiltinESMExports()
      await database.close()
    }
  })

  it('refuses a second opening in the same process', async () => {
    const database = await createDatabase(folder)
    await expect(createDatabase(folder)).rejects.toMatchObject({ name: 'DatabaseInUse', pid: process.pid })
    await database.close()
  })

  it('refuses a second process and names the first', async () => {
    const first = other(folder, 'hold')
    await expect.poll(() => first.lines, { timeout: 60_000 }).toContain('open')
    await expect(createDatabase(folder)).rejects.toMatchObject({
      name: 'DatabaseInUse',
      pid: first.child.pid,
      command: expect.stringContaining('folder-user.ts'),
      message: expect.stringContaining(`in use by process ${first.child.pid}`),
    })
    const second = other(folder, 'hold')
    await second.ended
    expect(second.lines.join()).toMatch(new RegExp(`DatabaseInUse: .* is in use by process ${first.child.pid} `))
    first.child.stdin?.end()
    await first.ended
    await (await createDatabase(folder)).close()
  })

  it('takes over the lock of a process that was killed, once, however many try', async () => {
    const first = other(folder, 'hold')
    await expect.poll(() => first.lines, { timeout: 60_000 }).toContain('open')
    first.child.kill('SIGKILL')
    await first.ended
    expect(fs.existsSync(`${folder}.lock`)).toBe(true)
    const starters = [other(folder, 'hold'), other(folder, 'hold')]
    await expect
      .poll(() => starters.map((starter) => starter.lines.at(-1)?.replace(/:.*/, '')).toSorted(), { timeout: 60_000 })
      .toEqual(['DatabaseInUse', 'open'])
    for (const starter of starters) starter.child.stdin?.end()
    await Promise.all(starters.map((starter) => starter.ended))
    expect(fs.readdirSync(join(home, 'data'))).toEqual(['db'])
  })

  it('loses no acknowledged commit when it is killed while writing', async () => {
    for (let round = 0; round < 3; round += 1) {
      const writer = other(folder, 'write')
      await expect.poll(() => writer.lines.length, { timeout: 60_000 }).toBeGreaterThan(3)
      await sleep(50 + 200 * Math.random())
      writer.child.kill('SIGKILL')
      await writer.ended
      const acknowledged = Math.max(...writer.lines.map(Number).filter(Number.isInteger))
      const database = await createDatabase(folder)
      const [found] = await statement<{ rows: number; last: number }>(
        'select count(*) as rows, max(n) as last from written',
      )(database.view('public'), [])
      await database.close()
      expect(found?.last).toBeGreaterThanOrEqual(acknowledged)
      expect(found?.rows).toBe(found?.last)
    }
  })

  it('starts anew when it was killed while it made its files, also in an empty folder, and lets only its owner in', async () => {
    const young = join(home, 'young', 'db')
    const starter = other(young, 'hold')
    await expect.poll(() => fs.existsSync(`${young}.starting/base`), { timeout: 60_000, interval: 5 }).toBe(true)
    starter.child.kill('SIGKILL')
    await starter.ended
    expect(fs.existsSync(young)).toBe(false)
    fs.mkdirSync(young)
    await (await createDatabase(young)).close()
    expect(fs.readdirSync(join(home, 'young'))).toEqual(['db'])
    expect(fs.statSync(young).mode & 0o777).toBe(0o700)
  })

  it('prints an error nobody caught without the minified source', async () => {
    const failing = other(folder, 'fail')
    await failing.ended
    expect(failing.errors()).toContain('this_is_not_there')
    expect(failing.errors().length).toBeLessThan(5000)
    expect(failing.errors()).not.toContain('@electric-sql/pglite/dist/chunk')
  })

  it('says what is the matter when code in a transaction uses the database, and goes on', async () => {
    const database = await createDatabase(folder, { connectTimeoutSeconds: 1 })
    const db = database.view<unknown>('public')
    const look = statement('select 1')
    await expect(transaction(db, () => look(db, []))).rejects.toThrow(/must use the transaction it was given/)
    expect(await look(db, [])).toHaveLength(1)
    await database.close()
  })

  it('touches no folder that holds other files, and nothing that is no folder', async () => {
    const foreign = join(home, 'foreign')
    fs.mkdirSync(foreign)
    await writeFile(join(foreign, 'thesis.txt'), 'do not lose')
    await expect(createDatabase(foreign)).rejects.toThrow(/holds other files/)
    await expect(createDatabase(join(foreign, 'thesis.txt'))).rejects.toThrow(/cannot be read as a folder/)
    expect(fs.readdirSync(foreign)).toEqual(['thesis.txt'])
  })

  it('says what is the matter when the folder is broken', async () => {
    const broken = join(home, 'broken')
    fs.mkdirSync(broken)
    await writeFile(join(broken, 'PG_VERSION'), '18\n')
    await expect(createDatabase(broken)).rejects.toThrow(/the embedded store did not start/)
    expect(fs.existsSync(`${broken}.lock`)).toBe(false)
  })
})
