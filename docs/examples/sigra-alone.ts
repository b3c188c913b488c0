/** sigra by itself, in a product of one page. */
// region sigra
import { Hono } from 'hono'
import { createDatabase, createSigra, developmentMailbox, type SigraEnv } from 'sigra'

const database = await createDatabase(process.env['DATABASE_URL']) // without one: a folder, ./.data/db
const sigra = await createSigra({
  database,
  baseUrl: process.env['BASE_URL'] ?? 'http://localhost:3000',
  mailer: developmentMailbox(), // smtpMailer(nodemailer.createTransport(…), { from: '…' }) in production
  brand: { name: 'Notes' },
})

const app = new Hono<SigraEnv>()
app.use(sigra.middleware()) // c.var.currentScope: who is logged in, or null
app.route('/', sigra.routes()) // /users/register, /users/log_in, /users/log_out, …
app.get('/', (c) => c.text(`Hello ${c.var.currentScope?.user.email ?? 'stranger'}`))
app.get('/secret', sigra.requireUser(), (c) => c.text(`Only for ${c.var.currentScope.user.email}`))
// endregion sigra

export { app, database, sigra }
