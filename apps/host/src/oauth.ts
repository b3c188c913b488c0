/** The one file that knows both libraries: lockspire asks, sigra's users answer. */
import { type AccountResolver, type Connection, createLockspire, type ResolverContext } from 'lockspire'
import type { SigraAssigns, User } from 'sigra'
import { sigra } from './auth.js'
import { brand } from './brand.js'
import { database } from './database.js'
import { environment } from './env.js'
import { log } from './log.js'

/** Answers lockspire's questions about the person, with sigra's session and users. */
export class AppAccountResolver implements AccountResolver<User, SigraAssigns> {
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

  redirectForLogin(_connection: Connection<SigraAssigns>, context: ResolverContext): Response {
    const query = new URLSearchParams({ return_to: context.returnTo })
    if (context.reason !== undefined) query.set('reason', context.reason)
    const location = `/users/log_in?${query.toString()}`
    return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } })
  }
}

/** lockspire, on the same database; its scopes are what other apps may ask for. */
export const lockspire = await createLockspire({
  database,
  issuer: environment.baseUrl.origin,
  accountResolver: new AppAccountResolver(),
  brand,
  scopes: {
    'notes:read': { description: 'Read your notes' },
    'notes:write': { description: 'Add notes for you' },
  },
  production: environment.production,
  dataDir: environment.dataDir,
  log,
})
