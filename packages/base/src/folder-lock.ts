/** A lock file beside a folder, for a store that only one process may open; a holder that died is replaced. */
import { readFileSync, readlinkSync } from 'node:fs'
import { open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

import { systemClock } from './clock.js'
import { Fault } from './fault.js'
import { randomId } from './secrets.js'

/** Another live process has the folder open; told apart by its name, and by the pid of the one that has it. */
export class DatabaseInUse extends Fault {
  override readonly name = 'DatabaseInUse'
  readonly pid: number
  readonly command: string

  constructor(folder: string, holder: { pid: number; command: string }) {
    super(
      holder.pid === process.pid
        ? `${folder} is already open in this process; make one database and share it`
        : `${folder} is in use by process ${holder.pid} (${holder.command}); only one process may open it. Stop that one first, or use PostgreSQL`,
    )
    this.pid = holder.pid
    this.command = holder.command
  }
}

/** A folder that is ours until released. */
export interface FolderLock {
  release(): Promise<void>
}

/** Who holds a lock; the start time tells a process from a later one that was given the same pid. */
interface Holder {
  readonly mark: string
  readonly host: string
  readonly pid: number
  readonly startedAt: string | null
  readonly command: string
}

/** A holder touches its lock this often, for starters on another host (or in another container), where its pid says nothing. */
const HEARTBEAT_SECONDS = 2
/** How long a starter watches a lock of another host; longer than anything that keeps a holder from touching it. */
const WATCH_SECONDS = 10

/** What is locked, and how patiently a lock of another host is watched. */
interface Wanted {
  readonly folder: string
  readonly watchSeconds: number
}

/** Locks `<folder>.lock` for this process; faults with DatabaseInUse while a live process holds it. */
export async function lockFolder(folder: string, watchSeconds = WATCH_SECONDS): Promise<FolderLock> {
  const path = `${folder}.lock`
  const lock = await acquire(path, { folder, watchSeconds })
  const beating = setInterval(() => {
    const now = systemClock.now()
    utimes(path, now, now).catch(() => {})
  }, HEARTBEAT_SECONDS * 1000)
  beating.unref()
  return {
    async release() {
      clearInterval(beating)
      await lock.release()
    },
  }
}

async function acquire(path: string, wanted: Wanted): Promise<FolderLock> {
  const self: Holder = {
    mark: randomId(),
    host: placeOfPids(),
    pid: process.pid,
    startedAt: startTimeOf(process.pid),
    command: process.argv.slice(0, 3).join(' ').slice(0, 200),
  }
  for (;;) {
    if (await writeExclusively(path, self)) return { release: () => release(path, self) }
    const holder = await readHolder(path)
    if (holder === null) continue
    if (holder.host === self.host ? isAlive(holder) : await isTouched(path, wanted.watchSeconds)) {
      throw new DatabaseInUse(wanted.folder, holder)
    }
    if (await replaceDead(path, wanted, { dead: holder, self })) return { release: () => release(path, self) }
  }
}

/** Of several that found the same dead holder, only the one with the claim on it may replace its file. */
async function replaceDead(
  path: string,
  wanted: Wanted,
  { dead, self }: { dead: Holder; self: Holder },
): Promise<boolean> {
  const claim = await acquire(`${path}.${dead.mark}`, wanted)
  try {
    if ((await readHolder(path))?.mark !== dead.mark) return false
    const draft = `${path}.${self.mark}`
    await writeExclusively(draft, self)
    await rename(draft, path)
    return true
  } finally {
    await claim.release()
  }
}

async function release(path: string, self: Holder): Promise<void> {
  if ((await readHolder(path))?.mark === self.mark) await rm(path, { force: true })
}

async function writeExclusively(path: string, holder: Holder): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(holder)}\n`)
    } finally {
      await file.close()
    }
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Reads who holds the lock, or null when the file is gone; a file that stays unreadable was torn by a crash and counts as dead. */
async function readHolder(path: string): Promise<Holder | null> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    try {
      const holder = parseHolder(await readFile(path, 'utf8'))
      if (holder !== null) return holder
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
      throw error
    }
    await sleep(50)
  }
  return { mark: 'torn', host: placeOfPids(), pid: 0, startedAt: null, command: 'unknown' }
}

function parseHolder(text: string): Holder | null {
  try {
    const { mark, host, pid, startedAt, command } = JSON.parse(text) as Partial<Holder>
    if (typeof mark !== 'string' || !/^[0-9a-f-]{36}$/.test(mark) || typeof pid !== 'number') return null
    return { mark, host: host ?? placeOfPids(), pid, startedAt: startedAt ?? null, command: command ?? 'unknown' }
  } catch {
    return null
  }
}

/** Says whether somebody touches the lock while we watch. */
async function isTouched(path: string, seconds: number): Promise<boolean> {
  const before = await touchedAt(path)
  for (let waited = 0; waited < seconds; waited += 0.5) {
    await sleep(500)
    const now = await touchedAt(path)
    if (now === null) return false
    if (now !== before) return true
  }
  return false
}

async function touchedAt(path: string): Promise<number | null> {
  return stat(path).then(
    (found) => found.mtimeMs,
    () => null,
  )
}

function isAlive(holder: Holder): boolean {
  if (holder.pid <= 0) return false
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    // EPERM means that it lives and belongs to somebody else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  const startedAt = startTimeOf(holder.pid)
  return holder.startedAt === null || startedAt === null || holder.startedAt === startedAt
}

/** Where our pids mean something: two containers may bear one host name, and then each calls the other's pid dead. */
function placeOfPids(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}

/** Clock ticks from boot to the start of a process, or null where /proc does not tell. */
function startTimeOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended, even while its parent has not asked for its exit code.
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null)
  } catch {
    return null
  }
}
