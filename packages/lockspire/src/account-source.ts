/** Asks the host's resolver and believes nothing it answers before it is checked; all its types end here. */
import type { JsonValue } from '#base/json.js'
import type { Logger } from '#base/log.js'
import { ok, refuse, type Result } from '#base/result.js'

import type {
  AccountResolver,
  AccountSource,
  Authentication,
  CheckedClaims,
  Connection,
  FoundAccount,
  ResolverContext,
} from './host.js'

/** Claims that the protocol owns; a host that states one was meant for another place. */
const reservedClaims: ReadonlySet<string> = new Set([
  'iss',
  'aud',
  'exp',
  'iat',
  'nbf',
  'jti',
  'nonce',
  'auth_time',
  'acr',
  'amr',
  'azp',
  'at_hash',
  'c_hash',
  's_hash',
  'sid',
  'cnf',
  'client_id',
  'scope',
  'grant',
])

const MAX_CLAIMS = 100
const MAX_DEPTH = 5

/** Wraps the host's resolver. */
export function accountSource<Account, Assigns>(
  resolver: AccountResolver<Account, Assigns>,
  log: Logger,
): AccountSource {
  const fail = failureLog(log)

  const found = claimsReader(resolver, fail)

  return {
    async current(connection, context) {
      try {
        const answer = await resolver.resolveCurrentAccount(typed<Assigns>(connection), context)
        if (typeof answer !== 'object' || answer === null) return fail('resolveCurrentAccount', context, 'answer')
        if (answer.ok !== true)
          return answer.error === 'unauthenticated'
            ? refuse('unauthenticated')
            : fail('resolveCurrentAccount', context, 'error')
        const authentication = checkAuthentication(answer.authentication)
        if (!authentication.ok) return fail('resolveCurrentAccount', context, authentication.reason)
        return await found(answer.account, authentication.value, context)
      } catch (error) {
        return fail('resolveCurrentAccount', context, 'thrown', error)
      }
    },
    async byReference(subject, context) {
      try {
        const answer = await resolver.resolveAccount(subject, context)
        if (typeof answer !== 'object' || answer === null) return fail('resolveAccount', context, 'answer')
        if (answer.ok !== true)
          return answer.error === 'not_found' ? refuse('not_found') : fail('resolveAccount', context, 'error')
        const account = await found(answer.account, null, context)
        // Another account under this reference would hand one person's data to another's client.
        return account.ok && account.value.subject !== subject ? fail('buildClaims', context, 'claims.sub') : account
      } catch (error) {
        return fail('resolveAccount', context, 'thrown', error)
      }
    },
    async logIn(connection, context) {
      try {
        const answer: unknown = await resolver.redirectForLogin(typed<Assigns>(connection), context)
        return isResponse(answer) ? ok(answer) : fail('redirectForLogin', context, 'answer')
      } catch (error) {
        return fail('redirectForLogin', context, 'thrown', error)
      }
    },
  }
}

/** Reads an account's claims, and makes it what the endpoints see. */
function claimsReader<Account, Assigns>(
  resolver: AccountResolver<Account, Assigns>,
  fail: ReturnType<typeof failureLog>,
) {
  return async (
    account: Account,
    authentication: Authentication | null,
    context: ResolverContext,
  ): Promise<Result<FoundAccount, 'claims_failed'>> => {
    try {
      const answer = await resolver.buildClaims(account, context)
      if (typeof answer !== 'object' || answer === null) return fail('buildClaims', context, 'answer')
      if (answer.ok !== true) return fail('buildClaims', context, 'ok')
      const claims = checkClaims(answer.claims)
      if (!claims.ok) return fail('buildClaims', context, claims.reason)
      return ok({ subject: claims.value.sub, authentication, claims: claims.value })
    } catch (error) {
      return fail('buildClaims', context, 'thrown', error)
    }
  }
}

/** Web servers replace the global Response, so that one the host got elsewhere, as from `Response.redirect`, is no instance of it. */
function isResponse(answer: unknown): answer is Response {
  return Object.prototype.toString.call(answer) === '[object Response]'
}

/** The host's middleware made the assigns and the host typed its resolver: only the host knows both ends. */
function typed<Assigns>(connection: Connection<unknown>): Connection<Assigns> {
  return { request: connection.request, assigns: connection.assigns as Assigns }
}

function failureLog(log: Logger) {
  return (asked: string, context: ResolverContext, field: string, error?: unknown) => {
    const client = context.client === undefined ? {} : { clientId: context.client.id }
    log.error(
      {
        event: `account_resolver.${asked}`,
        reason: context.purpose,
        field,
        ...client,
        ...(error === undefined ? {} : { error }),
      },
      'the account resolver failed, so that the request was answered with server_error',
    )
    return refuse('claims_failed')
  }
}

/** Checks claims: one flat object of JSON values with a usable `sub`; the reason is the path of the first field that is wrong. */
export function checkClaims(claims: unknown): Result<CheckedClaims, string> {
  if (!isPlainObject(claims)) return refuse('claims')
  const entries = Object.entries(claims)
  if (entries.length > MAX_CLAIMS) return refuse('claims')
  const checked: Record<string, JsonValue> = {}
  for (const [name, value] of entries) {
    if (reservedClaims.has(name)) return refuse(`claims.${name}`)
    if (value === undefined || value === null) continue
    if (!isJson(value, MAX_DEPTH)) return refuse(`claims.${name}`)
    checked[name] = value
  }
  const { sub } = checked
  // OpenID Connect Core §2: at most 255 ASCII characters.
  if (typeof sub !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(sub)) return refuse('claims.sub')
  return ok({ ...checked, sub })
}

/** Checks what the host tells of the authentication; absent is fine, wrong is not. */
export function checkAuthentication(given: unknown): Result<Authentication | null, string> {
  if (given === undefined || given === null) return ok(null)
  if (!isPlainObject(given)) return refuse('authentication')
  const { authenticatedAt, methods, level, sessionId } = given
  if (!(authenticatedAt instanceof Date) || Number.isNaN(authenticatedAt.getTime()))
    return refuse('authentication.authenticatedAt')
  if (!Array.isArray(methods) || methods.length > 20 || !methods.every(isShortText))
    return refuse('authentication.methods')
  if (level !== undefined && !isShortText(level)) return refuse('authentication.level')
  if (sessionId !== undefined && !isShortText(sessionId)) return refuse('authentication.sessionId')
  return ok({
    authenticatedAt,
    methods,
    ...(level === undefined ? {} : { level }),
    ...(sessionId === undefined ? {} : { sessionId }),
  })
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 255
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

function isJson(value: unknown, depth: number): value is JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (depth === 0) return false
  if (Array.isArray(value)) return value.every((item) => isJson(item, depth - 1))
  return isPlainObject(value) && isRecord(value) && Object.values(value).every((item) => isJson(item, depth - 1))
}

function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
