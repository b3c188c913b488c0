/** The seam: what lockspire asks the product that embeds it, in small types of its own. */
import type { JsonValue } from '#base/json.js'
import type { Result } from '#base/result.js'

/** The request as the host sees it: the web request and whatever the host's middleware put beside it. */
export interface Connection<Assigns> {
  readonly request: Request
  readonly assigns: Assigns
}

/** What the resolver is told about why it is asked. */
export interface ResolverContext {
  readonly issuer: string
  readonly purpose: 'authorize' | 'consent' | 'code_exchange' | 'refresh' | 'userinfo'
  /** The local path to which the browser returns after log in; empty where no browser is present. */
  readonly returnTo: string
  readonly interactionId?: string
  readonly client?: { readonly id: string; readonly name: string }
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly prompt?: readonly string[]
  readonly loginHint?: string
  readonly acrValues?: readonly string[]
  readonly uiLocales?: readonly string[]
  readonly reason?: 'unauthenticated' | 'reauthenticate' | 'other_account'
}

/** How and when the account authenticated; what is missing is never invented. */
export interface Authentication {
  readonly authenticatedAt: Date
  /** Becomes `amr`. */
  readonly methods: readonly string[]
  /** Becomes `acr`. */
  readonly level?: string
  /** Becomes `sid`. */
  readonly sessionId?: string
}

/** One flat object of claims with at least `sub`. */
export type AccountClaims = { readonly sub: string } & Readonly<Record<string, unknown>>

/** The four questions that every host answers, and two that it may. */
export interface AccountResolver<Account, Assigns> {
  /** Tells who is logged in on this request. */
  resolveCurrentAccount(
    connection: Connection<Assigns>,
    context: ResolverContext,
  ): Promise<{ ok: true; account: Account; authentication?: Authentication } | { ok: false; error: 'unauthenticated' }>
  /** Finds the account behind a stored `sub`. */
  resolveAccount(
    reference: string,
    context: ResolverContext,
  ): Promise<{ ok: true; account: Account } | { ok: false; error: 'not_found' }>
  /** Tells what this client may learn about this account. */
  buildClaims(
    account: Account,
    context: ResolverContext,
  ): Promise<{ ok: true; claims: AccountClaims } | { ok: false; error: string }>
  /** Sends the browser to log in; the answer carries `context.returnTo` as `return_to`. */
  redirectForLogin(connection: Connection<Assigns>, context: ResolverContext): Response | Promise<Response>
  /** Tells whether a backchannel user code is right. */
  verifyBackchannelUserCode?(
    accountReference: string,
    userCode: string,
    context: ResolverContext,
  ): Promise<{ ok: true } | { ok: false; error: 'invalid_user_code' }>
  /** Logs out at the host, then comes back. */
  redirectForLogout?(connection: Connection<Assigns>, context: ResolverContext): Response | Promise<Response>
}

/** Claims after every check: `sub` is proven, no reserved name is in it, every value is JSON. */
export type CheckedClaims = { readonly sub: string } & Readonly<Record<string, JsonValue>>

/** An account as the endpoints see it; the host's own object stays inside the account source. */
export interface FoundAccount {
  /** Equal to `claims.sub`. */
  readonly subject: string
  /** Null where the host does not tell; then nothing is claimed about it. */
  readonly authentication: Authentication | null
  readonly claims: CheckedClaims
}

/**
 * The resolver behind a checked, type-erased front.
 *
 * A host function that throws or answers something malformed gives `claims_failed`, with a log line that names
 * the function and the field; the endpoints never see what it said.
 */
export interface AccountSource {
  /** The account logged in on this request, with its claims. */
  current(
    connection: Connection<unknown>,
    context: ResolverContext,
  ): Promise<Result<FoundAccount, 'unauthenticated' | 'claims_failed'>>
  /** The account behind a stored subject, with its claims; `authentication` is null. */
  byReference(subject: string, context: ResolverContext): Promise<Result<FoundAccount, 'not_found' | 'claims_failed'>>
  /** The host's answer that sends the browser to log in. */
  logIn(connection: Connection<unknown>, context: ResolverContext): Promise<Result<Response, 'claims_failed'>>
}
