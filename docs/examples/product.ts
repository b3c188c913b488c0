/** A product of one file: its users with sigra, its OAuth with lockspire, one guarded route, on Hono. */
// region app
import { Hono } from 'hono'
import { type AccountResolver, type Connection, createDatabase, createLockspire, type ResolverContext } from 'lockspire'
import { createSigra, developmentMailbox, type SigraAssigns, type SigraEnv, type User } from 'sigra'

const baseUrl = process.env['BASE_URL'] ?? 'http://localhost:4000'
const brand = { name: 'Notes', color: '#1d6b52' }

/** PostgreSQL where DATABASE_URL names it; otherwise a folder. */
export const database = await createDatabase(process.env['DATABASE_URL'])

/** Who the users are. */
export const sigra = await createSigra({ database, baseUrl, mailer: developmentMailbox(), brand })

// region resolver
class AppAccountResolver implements AccountResolver<User, SigraAssigns> {
  async resolveCurrentAccount({ assigns }: Connection<SigraAssigns>) {
    const scope = assigns.currentScope
    if (!scope) return { ok: false, error: 'unauthenticated' } as const
    return { ok: true, account: scope.user, authentication: scope.authentication } as const
  }
  async resolveAccount(reference: string) {
    const user = await sigra.users.find(reference)
    return user ? ({ ok: true, account: user } as const) : ({ ok: false, error: 'not_found' } as const)
  }
  async buildClaims(user: User) {
    return { ok: true, claims: { sub: user.id, email: user.email, email_verified: user.confirmedAt !== null } } as const
  }
  redirectForLogin(_connection: Connection<SigraAssigns>, context: ResolverContext) {
    const query = new URLSearchParams({ return_to: context.returnTo })
    if (context.reason !== undefined) query.set('reason', context.reason) // the page says why
    return new Response(null, { status: 303, headers: { location: `/users/log_in?${query.toString()}` } })
  }
}
// endregion resolver

/** Who may use the API. */
export const lockspire = await createLockspire({
  database,
  issuer: baseUrl,
  accountResolver: new AppAccountResolver(),
  scopes: { 'notes:read': { description: 'Read your notes' } },
  brand,
})

/** The product. */
export const app = new Hono<SigraEnv>()
// region routes
app.use(sigra.middleware()) // c.var.currentScope, null for nobody
app.route('/', sigra.routes()) // /users/…
app.route('/', lockspire.routes()) // /oauth/…, /.well-known/…
app.get('/', (c) => c.text(`Hello ${c.var.currentScope?.user.email ?? 'stranger'}`))
app.get('/secret', sigra.requireUser(), (c) => c.text(`Only for ${c.var.currentScope.user.email}`))
// endregion routes
app.get('/api/notes', lockspire.requireAccessToken({ scope: 'notes:read' }), (c) =>
  c.json({ notes: [], of: c.var.accessToken.subject }),
)
// endregion app
