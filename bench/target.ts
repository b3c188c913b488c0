/** The server under test: a small host made of the built libraries, which counts whose statements are whose. */
import { mkdir, writeFile } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'
import { createServer } from 'node:net'
import { dirname } from 'node:path'

import { Hono } from 'hono'
import { sql } from 'kysely'
import { createLockspire } from 'lockspire'
import type { AccountResolver, Connection, Lockspire, ResolverContext } from 'lockspire'
import { createDatabase, createSigra, developmentMailbox, silentLogger } from 'sigra'
import type { CurrentScope, Database, Sigra, User } from 'sigra'
import { serveNode } from 'sigra/node'

import { answerQuestions } from './channel.js'
import { recordStatements } from './recording.js'
import type { RecordedStatement } from './recording.js'
import type { Seed } from './scenarios/scenario.js'
import { readUsage } from './usage.js'
import type { Usage } from './usage.js'

/** How the server is started. */
export interface TargetOptions {
  /** `postgres://…`, or null for PGlite in the folder. */
  readonly postgresUrl: string | null
  readonly dataDir: string
  readonly poolSize: number
  /** Whether the server is told to use the adapter's own `Response`. */
  readonly replaceGlobals: boolean
  /** How many people there are, one for each connection. */
  readonly people: number
}

/** Running totals; the parts are only exact while requests come one after another. */
export interface Tally {
  readonly statements: number
  readonly session: number
  readonly host: number
  /** Transaction ids given out so far. */
  readonly writes: number
}

/** What the load generator must know of this server. */
export type TargetSeed = Omit<Seed, 'floor' | 'peer'>

/** What the server process can be asked besides HTTP. */
export interface TargetApi {
  start(options: TargetOptions): Promise<TargetSeed>
  usage(nothing: null): Usage
  tally(nothing: null): Promise<Tally>
  /** Starts noting statements, or stops and answers them. */
  record(order: { readonly on: boolean }): RecordedStatement[]
  /** Starts a processor profile, or stops it and writes it to the file. */
  profile(order: { readonly file: string | null }): Promise<void>
}

interface Assigns {
  currentScope: CurrentScope | null
}

const SCOPES = ['openid', 'email', 'offline_access', 'notes:read'] as const
const REDIRECT_URI = 'https://partner.example/callback'
const BRAND = { name: 'Bench', color: '#1d6b52' }

const recording = recordStatements()
const inspector = new Session()
const counted = { session: 0, host: 0, own: 0 }
const closers: { close(): Promise<void> }[] = []
let database: Database | null = null

async function start(options: TargetOptions): Promise<TargetSeed> {
  const made = await createDatabase(options.postgresUrl ?? undefined, {
    dataDir: options.dataDir,
    poolSize: options.poolSize,
  })
  database = made
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const shared = { database: made, brand: BRAND, dataDir: options.dataDir, production: false, log: silentLogger }
  // One proxy of the host's own: the load generator says from which address each person comes.
  const sigra = await createSigra({ ...shared, baseUrl: origin, mailer: developmentMailbox(), trustedProxyHops: 1 })
  const lockspire = await createLockspire({
    ...shared,
    issuer: origin,
    accountResolver: countingResolver(sigra, made),
    scopes: { 'notes:read': { description: 'Read your notes' } },
  })
  const { client, secret } = await lockspire.clients.create({
    name: 'Bench partner',
    kind: 'confidential',
    redirectUris: [REDIRECT_URI],
    scopes: SCOPES,
  })
  const server = await serveNode({
    fetch: hostOf(sigra, lockspire, made).fetch,
    port,
    hostname: '127.0.0.1',
    log: silentLogger,
    replaceGlobals: options.replaceGlobals,
  })
  closers.push(server, lockspire, sigra, made)
  return {
    target: origin,
    clientId: client.clientId,
    clientSecret: secret.reveal(),
    redirectUri: REDIRECT_URI,
    scope: SCOPES.join(' '),
    users: await createPeople(sigra, options.people),
  }
}

function hostOf(
  sigra: Sigra,
  lockspire: Lockspire<'notes:read'>,
  { counters }: Database,
): Hono<{ Variables: Assigns }> {
  const app = new Hono<{ Variables: Assigns }>()
  const middleware = sigra.middleware()
  app.use(async (c, next) => {
    const before = counters.statements
    return middleware(c, () => {
      counted.session += counters.statements - before
      return next()
    })
  })
  app.route('/', sigra.routes())
  app.route('/', lockspire.routes())
  app.get('/', (c) => c.json({ hello: c.var.currentScope?.user.email ?? 'nobody in particular' }))
  app.get('/me', (c) => {
    const scope = c.var.currentScope
    return scope
      ? c.json({ id: scope.user.id, email: scope.user.email })
      : c.json({ error: 'nobody is logged in' }, 401)
  })
  app.get('/api/notes', lockspire.requireAccessToken({ scope: 'notes:read' }), (c) =>
    c.json({ notes: [{ id: 1, text: 'Buy oat milk and two lemons' }] }),
  )
  return app
}

/** The resolver of the documentation's host, counting what its reads cost. */
function countingResolver(sigra: Sigra, { counters }: Database): AccountResolver<User, Assigns> {
  return {
    async resolveCurrentAccount({ assigns }: Connection<Assigns>) {
      const scope = assigns.currentScope
      if (!scope) return { ok: false, error: 'unauthenticated' }
      return { ok: true, account: scope.user, authentication: scope.authentication }
    },
    async resolveAccount(reference) {
      const before = counters.statements
      const user = await sigra.users.find(reference)
      counted.host += counters.statements - before
      return user ? { ok: true, account: user } : { ok: false, error: 'not_found' }
    },
    async buildClaims(user) {
      return { ok: true, claims: { sub: user.id, email: user.email, email_verified: user.confirmedAt !== null } }
    },
    redirectForLogin(_connection, context: ResolverContext) {
      return new Response(null, {
        status: 303,
        headers: { location: `/users/log_in?return_to=${encodeURIComponent(context.returnTo)}` },
      })
    },
  }
}

async function createPeople(sigra: Sigra, count: number): Promise<Seed['users']> {
  const users = []
  for (let index = 0; index < count; index += 1) {
    const user = { email: `person${index}@bench.example`, password: `a long enough pass phrase ${index}` }
    const created = await sigra.users.create({ ...user, confirmed: true })
    if (!created.ok) throw new Error(`person ${index} was refused: ${created.reason}`)
    users.push(user)
  }
  return users
}

async function tally(): Promise<Tally> {
  if (!database) throw new Error('the server was not started')
  const statements = database.counters.statements - counted.own
  const { rows } = await sql<{ next: string }>`select pg_snapshot_xmax(pg_current_snapshot())::text as next`.execute(
    database.view('public'),
  )
  counted.own += 1
  return { statements, session: counted.session, host: counted.host, writes: Number(rows[0]?.next) }
}

function record(order: { on: boolean }): RecordedStatement[] {
  if (!order.on) return recording.stop()
  recording.start()
  return []
}

async function profile({ file }: { file: string | null }): Promise<void> {
  if (file === null) {
    inspector.connect()
    await inspector.post('Profiler.enable')
    await inspector.post('Profiler.start')
    return
  }
  const stopped = await inspector.post('Profiler.stop')
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, JSON.stringify(stopped.profile))
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

answerQuestions({ start, usage: readUsage, tally, record, profile } satisfies TargetApi, async () => {
  for (const one of closers) await one.close()
})
