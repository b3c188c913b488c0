/** Starts the product: one database, two libraries, the notes, one port. */
import { startHasWorked } from './start-failure.js'
import { Hono } from 'hono'
import { sql } from 'kysely'
import type { SigraEnv } from 'sigra'
import { closeOnSignals, serveNode } from 'sigra/node'
import { sigra } from './auth.js'
import { database } from './database.js'
import { environment } from './env.js'
import { log } from './log.js'
import { notesApi } from './notes/api.js'
import { notesDb } from './notes/db.js'
import { notesRoutes } from './notes/routes.js'
import { migrateNotes } from './notes/schema.js'
import { lockspire } from './oauth.js'
import { homeRoutes } from './pages/home.js'
import { answerFault, answerNotFound } from './pages/problem.js'
import { seedDevelopment } from './seed.js'

await migrateNotes(notesDb)
if (!environment.production) await seedDevelopment()

const app = new Hono<SigraEnv>()
app.get('/healthz', async (c) => {
  await sql`select 1`.execute(notesDb)
  return c.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' })
})
app.use(sigra.middleware()) // sets c.var.currentScope
app.route('/', sigra.routes()) // /users/…
app.route('/', lockspire.routes()) // /.well-known/…, /oauth/…
app.route('/', notesApi)
app.route('/', notesRoutes)
app.route('/', homeRoutes)
app.notFound(answerNotFound)
app.onError(answerFault)

const { port, hostname } = environment
// This process serves nothing else, so it may take the adapter's cheaper Request and Response for its own.
const server = await serveNode({ fetch: app.fetch, port, hostname, log, replaceGlobals: true })
closeOnSignals(log, server, lockspire, sigra, database)
startHasWorked()
