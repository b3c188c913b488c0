/** The lock beside a folder: one holder, a dead one replaced once, a far one believed while it is touched. */
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { lockFolder } from './folder-lock.js'

describe('folder lock', () => {
  let home: string
  let folder: string
  let path: string

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'lock-'))
    folder = join(home, 'db')
    path = `${folder}.lock`
  })
  afterEach(() => rm(home, { recursive: true, force: true }))

  /** Leaves a lock as this process would write it, but for what is given. */
  async function leave(changes: object): Promise<void> {
    const lock = await lockFolder(folder)
    const holder = JSON.parse(await readFile(path, 'utf8')) as object
    await lock.release()
    await writeFile(path, JSON.stringify({ ...holder, ...changes }))
  }

  it('is refused while held, and free again when released', async () => {
    const lock = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toMatchObject({ name: 'DatabaseInUse', pid: process.pid })
    await lock.release()
    expect(readdirSync(home)).toEqual([])
    await (await lockFolder(folder)).release()
  })

  it('names a live holder', async () => {
    await leave({ pid: process.ppid, startedAt: null, command: 'node parent.js' })
    await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${process.ppid} (node parent.js)`)
  })

  it('replaces a dead holder exactly once, however many try', async () => {
    await leave({ pid: 2 ** 22 + 1 })
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)))
    const locks = tries.filter((outcome) => outcome.status === 'fulfilled')
    expect(locks).toHaveLength(1)
    for (const outcome of tries) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ name: 'DatabaseInUse' })
    }
    await locks[0]?.value.release()
    expect(readdirSync(home)).toEqual([])
  })

  it('replaces a holder whose pid now belongs to a later process', async () => {
    await leave({ startedAt: '1' })
    await (await lockFolder(folder)).release()
  })

  it('replaces a lock that a crash left torn', async () => {
    await writeFile(path, '{"mark":')
    await (await lockFolder(folder)).release()
    expect(existsSync(path)).toBe(false)
  })

  it('goes on where a starter died in the middle of replacing', async () => {
    const dead = { pid: 2 ** 22 + 1, mark: '11111111-2222-4333-8444-555555555555' }
    await leave(dead)
    await writeFile(`${path}.${dead.mark}`, (await readFile(path, 'utf8')).replace('1111', '9999'))
    await (await lockFolder(folder)).release()
    expect(existsSync(path)).toBe(false)
  })

  it('believes a holder on another host while it touches the lock', async () => {
    await leave({ host: 'elsewhere', pid: 1 })
    const touching = setInterval(() => void utimes(path, new Date(), new Date()), 100)
    await expect(lockFolder(folder, 2)).rejects.toMatchObject({ name: 'DatabaseInUse', pid: 1 })
    clearInterval(touching)
  })

  it('believes a holder in another container of the same name, whose pid says nothing here', async () => {
    await leave({ host: `${hostname()} pid:[1]`, pid: 1, startedAt: '1' })
    const touching = setInterval(() => void utimes(path, new Date(), new Date()), 100)
    await expect(lockFolder(folder, 2)).rejects.toMatchObject({ name: 'DatabaseInUse', pid: 1 })
    clearInterval(touching)
  })

  it('replaces a holder on another host that no longer touches the lock', async () => {
    await leave({ host: 'elsewhere', pid: process.pid })
    await (await lockFolder(folder, 1)).release()
    expect(readdirSync(home)).toEqual([])
  })

  it('does not remove the lock of the one that replaced it', async () => {
    const lock = await lockFolder(folder)
    await writeFile(path, (await readFile(path, 'utf8')).replace(/"mark":"./, '"mark":"_'))
    await lock.release()
    expect(existsSync(path)).toBe(true)
  })
})
