/** The floors: a process with what nobody can go below, bare `node:http`, Hono on it, and recorded statements through `pg`. */
import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import pg from 'pg'

import { answerQuestions } from './channel.js'
import { replayChain } from './replay.js'
import type { RecordedOperation, SendStatement } from './replay.js'
import type { RecordedScenario } from './scenarios/scenario.js'
import { readUsage } from './usage.js'
import type { Usage } from './usage.js'

/** Recorded operations of one scenario, one list for each connection. */
export interface Recorded {
  readonly scenario: RecordedScenario
  readonly chains: readonly (readonly RecordedOperation[])[]
}

/** What the floor process can be asked. */
export interface FloorApi {
  /** Listens, and opens a pool when there is a PostgreSQL; answers the origin. */
  start(options: { readonly postgresUrl: string | null; readonly poolSize: number }): Promise<{ origin: string }>
  replay(recorded: Recorded): void
  usage(nothing: null): Usage
  /** Processor time of one ES256 signature and of one verification of a token's size, in microseconds. */
  signatures(nothing: null): { sign: number; verify: number }
}

const ANSWER = JSON.stringify({ answer: 'the same constant for everybody, as long as a small page of an API might be' })
const JSON_HEADERS = { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(ANSWER)) }

const chains = new Map<string, (() => Promise<void>)[]>()
let pool: pg.Pool | null = null
let server: Server | null = null

async function start(options: { postgresUrl: string | null; poolSize: number }): Promise<{ origin: string }> {
  if (options.postgresUrl !== null) pool = new pg.Pool({ connectionString: options.postgresUrl, max: options.poolSize })
  const app = new Hono()
  app.get('/hono', (c) => c.body(ANSWER, 200, { 'Content-Type': 'application/json' }))
  const hono = getRequestListener(app.fetch)
  const made = createServer((request, response) => {
    if (request.url === '/raw') response.writeHead(200, JSON_HEADERS).end(ANSWER)
    else if (request.url === '/hono') void hono(request, response)
    else answerReplay(request, response)
  })
  server = made
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  return { origin: `http://127.0.0.1:${(made.address() as AddressInfo).port}` }
}

function answerReplay(request: IncomingMessage, response: ServerResponse): void {
  const [, scenario = '', connection] = (request.url ?? '').split('/')
  const operate = chains.get(scenario)?.[Number(connection)]
  if (!operate) {
    response.writeHead(404).end('nothing was recorded for this')
    return
  }
  operate().then(
    () => response.writeHead(200, JSON_HEADERS).end(ANSWER),
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
}

function replay(recorded: Recorded): void {
  const open = pool
  if (!open) throw new Error('statements are replayed on PostgreSQL only')
  const names = new Map<string, string>()
  const sendThrough =
    (client: pg.Pool | pg.PoolClient): SendStatement =>
    async (text, values) => {
      const name = nameOf(text, names)
      const answer = await client.query<Record<string, unknown>>(values.length > 0 ? { name, text, values } : { text })
      return { rows: answer.rows, affected: answer.rowCount ?? 0 }
    }
  const made = recorded.chains.map((operations) => {
    const operate = replayChain(operations)
    const needsOneClient = operations.some((operation) => operation.some((one) => one.text === 'begin'))
    if (!needsOneClient) return () => operate(sendThrough(open))
    return async () => {
      const client = await open.connect()
      try {
        await operate(sendThrough(client))
      } finally {
        client.release()
      }
    }
  })
  chains.set(recorded.scenario, made)
}

function nameOf(text: string, names: Map<string, string>): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = createHash('sha256').update(text).digest('base64url').slice(0, 24)
  names.set(text, name)
  return name
}

function signatures(): { sign: number; verify: number } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const input = Buffer.from('e'.repeat(600))
  const signature = sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return {
    sign: timeOf(() => void sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' })),
    verify: timeOf(() => void verify('sha256', input, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)),
  }
}

function timeOf(operate: () => void): number {
  const times = 2_000
  for (let warm = 0; warm < times / 4; warm += 1) operate()
  const before = process.cpuUsage()
  for (let time = 0; time < times; time += 1) operate()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / times
}

answerQuestions({ start, replay, usage: readUsage, signatures } satisfies FloorApi, async () => {
  server?.closeAllConnections()
  server?.close()
  await pool?.end()
})
