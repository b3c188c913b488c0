/** Starts the built host and partner as processes of their own, and ends them gently or not. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import type { Store } from './stores.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const startSeconds = 90

/** One running program. */
export interface Program {
  readonly url: string
  readonly port: number
  /** Everything it wrote to both streams so far. */
  output(): string
  /** Asks it to end and answers with its exit code. */
  stop(): Promise<number | null>
  /** Ends it between two instructions. */
  kill(): Promise<void>
}

/** What a start of the host may differ in. */
export interface HostOptions {
  readonly port?: number
  readonly partnerPort?: number
  /** The public origin, when several processes serve one product. */
  readonly baseUrl?: string
  /** Another server file than the product's, relative to the repository. */
  readonly entry?: string
  readonly environment?: Record<string, string>
}

/** Starts the host on a store and waits until it answers. */
export async function startHost(store: Store, options: HostOptions = {}): Promise<Program> {
  const port = options.port ?? (await freePort())
  const baseUrl = options.baseUrl ?? `http://localhost:${port}`
  return startProgram(options.entry ?? 'apps/host/dist/server.js', port, {
    PARTNER_PORT: String(options.partnerPort ?? (await freePort())),
    BASE_URL: baseUrl,
    DATA_DIR: store.dataDir,
    ...(store.databaseUrl === undefined ? {} : { DATABASE_URL: store.databaseUrl }),
    ...options.environment,
  })
}

/** Starts the partner app against a host and waits until it answers. */
export async function startPartner(store: Store, issuer: string, port: number): Promise<Program> {
  return startProgram('apps/partner/dist/server.js', port, {
    PARTNER_PORT: String(port),
    ISSUER: issuer,
    DATA_DIR: store.dataDir,
  })
}

/** A port nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/** Starts any program of the repository that answers at /healthz of the port it is given as PORT. */
export async function startProgram(entry: string, port: number, environment: Record<string, string>): Promise<Program> {
  const child = spawn(process.execPath, [path.join(root, entry)], {
    cwd: root,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      TZ: 'UTC',
      PORT: String(port),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => chunks.push(text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => chunks.push(text))
  const url = `http://localhost:${port}`
  await untilHealthy(url, child, () => chunks.join(''))
  return {
    url,
    port,
    output: () => chunks.join(''),
    async stop() {
      child.kill('SIGTERM')
      await ended(child)
      return child.exitCode
    },
    async kill() {
      child.kill('SIGKILL')
      await ended(child)
    },
  }
}

async function untilHealthy(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + startSeconds * 1000
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the program ended while starting:\n${output()}`)
    const healthy = await fetch(`${url}/healthz`).then(
      (response) => response.ok,
      () => false,
    )
    if (healthy) return
    await sleep(50)
  }
  child.kill('SIGKILL')
  throw new Error(`the program did not answer within ${startSeconds} s:\n${output()}`)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await new Promise<void>((resolve) => child.once('close', () => resolve()))
}
