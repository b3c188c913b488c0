/** lockspire by itself, in a product that has users and sessions of its own. */
interface User {
  readonly id: string
  readonly name: string
}

const users: ReadonlyMap<string, User> = new Map([['u1', { id: 'u1', name: 'Ada' }]])

function userOf(request: Request): User | undefined {
  return users.get(/(?:^|; )user=(\w+)/.exec(request.headers.get('cookie') ?? '')?.[1] ?? '')
}

// region lockspire
import { Hono } from 'hono'
import { type AccountResolver, createDatabase, createLockspire } from 'lockspire'

/** Four questions about your own users; `User`, `users` and `userOf` are yours. */
const accountResolver: AccountResolver<User, object> = {
  async resolveCurrentAccount({ request }) {
    const user = userOf(request) // your session
    return user ? { ok: true, account: user } : { ok: false, error: 'unauthenticated' }
  },
  async resolveAccount(reference) {
    const user = users.get(reference)
    return user ? { ok: true, account: user } : { ok: false, error: 'not_found' }
  },
  async buildClaims(user) {
    return { ok: true, claims: { sub: user.id, name: user.name } } // sub: an identifier that never changes owner
  },
  redirectForLogin(_connection, context) {
    const location = `/log-in?return_to=${encodeURIComponent(context.returnTo)}` // your page
    return new Response(null, { status: 303, headers: { location } })
  },
}

const database = await createDatabase(process.env['DATABASE_URL']) // without one: a folder, ./.data/db
const lockspire = await createLockspire({
  database,
  issuer: process.env['BASE_URL'] ?? 'http://localhost:3000',
  accountResolver,
  scopes: { 'notes:read': { description: 'Read your notes' } },
  brand: { name: 'Notes' },
})

const app = new Hono()
app.route('/', lockspire.routes()) // /.well-known/…, /oauth/authorize, /oauth/token, …
app.get('/api/notes', lockspire.requireAccessToken({ scope: 'notes:read' }), (c) =>
  c.json({ of: c.var.accessToken.subject }),
)
// endregion lockspire

export { app, database, lockspire }
