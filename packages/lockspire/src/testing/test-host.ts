/** A host for tests: accounts in a map, a log in that is an assign, and ways to fail as real hosts do. */
import type { AccountResolver, Authentication, Connection, ResolverContext } from '../host.js'

/** What the test says about who is logged in on a request. */
export interface TestAssigns {
  readonly account?: string
  readonly authentication?: Authentication
}

/** A resolver whose accounts and failures a test sets. */
export interface TestHost extends AccountResolver<string, TestAssigns> {
  /** Claims by subject; what is not in here does not exist. */
  readonly accounts: Map<string, Readonly<Record<string, unknown>>>
  /** When set, `buildClaims` answers this, or throws it if it is an Error. */
  brokenClaims: unknown
  /** When set, `resolveAccount` throws it. */
  brokenAccounts: Error | undefined
  /** When set, runs once while `resolveAccount` is being asked: between what a step read and what it writes. */
  meanwhile: (() => Promise<unknown>) | undefined
  /** Every context in which it was asked. */
  readonly asked: ResolverContext[]
}

/** Makes a host that knows Ada. */
export function testHost(): TestHost {
  const accounts = new Map<string, Readonly<Record<string, unknown>>>([
    ['ada', { sub: 'ada', name: 'Ada Lovelace', email: 'ada@example.com', email_verified: true, shoe_size: 38 }],
  ])
  const asked: ResolverContext[] = []
  return {
    accounts,
    asked,
    brokenClaims: undefined,
    brokenAccounts: undefined,
    meanwhile: undefined,
    async resolveCurrentAccount({ assigns }: Connection<TestAssigns>, context) {
      asked.push(context)
      const { account, authentication } = assigns
      if (account === undefined || !accounts.has(account)) return { ok: false, error: 'unauthenticated' }
      return { ok: true, account, ...(authentication === undefined ? {} : { authentication }) }
    },
    async resolveAccount(reference, context) {
      asked.push(context)
      const { meanwhile } = this
      this.meanwhile = undefined
      await meanwhile?.()
      if (this.brokenAccounts) throw this.brokenAccounts
      return accounts.has(reference) ? { ok: true, account: reference } : { ok: false, error: 'not_found' }
    },
    async buildClaims(account) {
      if (this.brokenClaims instanceof Error) throw this.brokenClaims
      if (this.brokenClaims !== undefined) return { ok: true, claims: this.brokenClaims as { sub: string } }
      return { ok: true, claims: { ...accounts.get(account), sub: account } }
    },
    redirectForLogin(_connection, context) {
      return new Response(null, {
        status: 303,
        headers: { Location: `/log_in?return_to=${encodeURIComponent(context.returnTo)}` },
      })
    },
  }
}
