/** What a host may tell lockspire, and the one frozen configuration that is made of it. */
import type { Clock } from '#base/clock.js'
import { cookiesAreSecure, isLoopbackHost } from '#base/cookies.js'
import type { Database } from '#base/database.js'
import { ConfigurationError } from '#base/fault.js'
import { keyRingProblems } from '#base/key-ring.js'
import type { Logger } from '#base/log.js'
import { contrastProblem, type Brand } from '#base/page/brand.js'

import type { AccountResolver } from './host.js'
import { isResourceIdentifier } from './rules/resource.js'
import { findStandardScope, isScopeToken, reservedScopes, standardScopes } from './rules/scope.js'

/** A scope of the host's own, or other words for a standard one. */
export interface ScopeOptions<Resource extends string = string> {
  /** What a client with this scope can do, as it stands on the consent page: "Read your notes". */
  readonly description: string
  /** The resource it belongs to; the first configured one unless told. */
  readonly resource?: Resource
  /** Claims it releases to the ID token and userinfo; none unless told. */
  readonly claims?: readonly string[]
}

/** An API that access tokens are made for; its identifier is the audience. */
export interface ResourceOptions {
  /** As it stands on the consent page: "Notes". */
  readonly name: string
}

/** What an access token is: a signed JWT that an API reads by itself, or a random reference to a stored row. */
export type AccessTokenFormat = 'jwt' | 'opaque'

/** How long things live, in seconds. */
export interface Lifetimes {
  /** From the authorization request to the answer, log in and registration included; default 1800, 300 to 86,400. */
  readonly interactionSeconds: number
  /** Of an authorization code; default 60, 10 to 600. */
  readonly codeSeconds: number
  /** Of an access token; no revocation shortens a JWT's unless the API checks the grant; default 300, 60 to 3600. */
  readonly accessTokenSeconds: number
  /** Of an ID token; default 300, 60 to 3600. */
  readonly idTokenSeconds: number
  /** Of a refresh token that nobody uses; default 14 days, 60 to a year. */
  readonly refreshTokenSeconds: number
  /** Of everything that came from one consent, however often it is refreshed; default 90 days, 60 to two years. */
  readonly grantSeconds: number
}

/** What `createLockspire` takes. */
export interface LockspireOptions<
  Account = never,
  Assigns = never,
  Scopes extends Readonly<Record<string, ScopeOptions>> = Readonly<Record<string, ScopeOptions>>,
  Resources extends Readonly<Record<string, ResourceOptions>> = Readonly<Record<string, ResourceOptions>>,
> {
  /** The host's database, shared with whatever else it runs. */
  readonly database: Database
  /** The public address of this server, exactly as it stands in tokens; https, except on this machine in development. */
  readonly issuer: string
  /** Who is logged in, and what clients may learn of them. */
  readonly accountResolver: AccountResolver<Account, Assigns>
  /** The scopes of the host's APIs. */
  readonly scopes: Scopes
  /** The host's APIs by their identifier (an absolute URI); without any, the issuer itself is the only one. */
  readonly resources?: Resources
  /** The product's name and look. */
  readonly brand: Brand
  /** A page of the host where people take back what they allowed, as a path of this origin; named on the consent page. */
  readonly connectionsPath?: string
  readonly lifetimes?: Partial<Lifetimes>
  /** What access tokens are for clients that are registered without a format of their own; default `jwt`. */
  readonly accessTokenFormat?: AccessTokenFormat
  /** Name of lockspire's schema in the database; default `lockspire`. */
  readonly schema?: string
  /** Migrate the schema at start; default true. */
  readonly migrate?: boolean
  /** Whether strictness for production applies; default true unless the issuer is plain HTTP on this machine. */
  readonly production?: boolean
  /** The key ring as `id:key,id:key`; default the environment variable LOCKSPIRE_KEYS. */
  readonly keys?: string
  /** Where development keys are kept; default `./.data`. */
  readonly dataDir?: string
  readonly clock?: Clock
  readonly log?: Logger
}

/** A scope with nothing left open. */
export interface ScopeRule {
  readonly description: string
  /** Null for scopes about the account itself. */
  readonly resource: string | null
  readonly claims: readonly string[]
}

/** Every decision of the host, with all defaults filled in. */
export interface Config {
  /** Exactly as it stands in tokens. */
  readonly issuer: string
  readonly issuerUrl: URL
  /** The issuer's path without a slash at its end; empty at the root. */
  readonly basePath: string
  readonly schema: string
  readonly brand: Brand
  readonly connectionsPath: string | null
  readonly scopes: ReadonlyMap<string, ScopeRule>
  readonly resources: ReadonlyMap<string, ResourceOptions>
  /** The audience where a request names none. */
  readonly defaultResource: string
  readonly lifetimes: Lifetimes
  readonly accessTokenFormat: AccessTokenFormat
  readonly production: boolean
  readonly secureCookies: boolean
  readonly migrate: boolean
  readonly dataDir: string
  readonly keys: string | undefined
}

type AnyOptions = Omit<LockspireOptions, 'accountResolver'> & { readonly accountResolver: object }

const DAY = 86_400

const lifetimeRules: Readonly<
  Record<keyof Lifetimes, { readonly preset: number; readonly least: number; readonly most: number }>
> = {
  interactionSeconds: { preset: 1800, least: 300, most: DAY },
  codeSeconds: { preset: 60, least: 10, most: 600 },
  accessTokenSeconds: { preset: 300, least: 60, most: 3600 },
  idTokenSeconds: { preset: 300, least: 60, most: 3600 },
  refreshTokenSeconds: { preset: 14 * DAY, least: 60, most: 365 * DAY },
  grantSeconds: { preset: 90 * DAY, least: 60, most: 730 * DAY },
}

const requiredFunctions = ['resolveCurrentAccount', 'resolveAccount', 'buildClaims', 'redirectForLogin'] as const
const optionalFunctions = ['verifyBackchannelUserCode', 'redirectForLogout'] as const

const knownOptions: ReadonlySet<string> = new Set([
  'database',
  'issuer',
  'accountResolver',
  'scopes',
  'resources',
  'brand',
  'connectionsPath',
  'lifetimes',
  'accessTokenFormat',
  'schema',
  'migrate',
  'production',
  'keys',
  'dataDir',
  'clock',
  'log',
])

/** Checks options and fills in defaults; throws one ConfigurationError that lists every mistake with its fix. */
export function configure(options: AnyOptions, environment: NodeJS.ProcessEnv = process.env): Config {
  const problems: string[] = []
  const tell = (problem: string) => void problems.push(problem)
  for (const name of Object.keys(options)) if (!knownOptions.has(name)) tell(`"${name}" is not an option`)
  const issuerUrl = checkIssuer(options, tell)
  const production = isProduction(options, issuerUrl)
  const keys = options.keys ?? environment['LOCKSPIRE_KEYS']
  const resources = new Map(
    Object.entries(options.resources ?? { [options.issuer]: { name: options.brand?.name ?? '' } }),
  )
  const [defaultResource = options.issuer] = resources.keys()
  checkResources(resources, tell)
  checkResolver(options.accountResolver, tell)
  checkRest(options, { production, keys }, tell)
  const scopes = readScopes(options.scopes, { resources, defaultResource }, tell)
  const lifetimes = readLifetimes(options.lifetimes ?? {}, tell)
  if (problems.length > 0) throw new ConfigurationError('lockspire', problems)
  return Object.freeze({
    issuer: options.issuer,
    issuerUrl,
    basePath: issuerUrl.pathname.replace(/\/$/, ''),
    schema: options.schema ?? 'lockspire',
    brand: options.brand,
    connectionsPath: options.connectionsPath ?? null,
    scopes,
    resources,
    defaultResource,
    lifetimes,
    accessTokenFormat: options.accessTokenFormat ?? 'jwt',
    production,
    secureCookies: cookiesAreSecure(issuerUrl),
    migrate: options.migrate ?? true,
    dataDir: options.dataDir ?? './.data',
    keys,
  })
}

type Tell = (problem: string) => void

function isProduction(options: AnyOptions, issuerUrl: URL): boolean {
  return options.production ?? !(issuerUrl.protocol === 'http:' && isLoopbackHost(issuerUrl.hostname))
}

/** RFC 8414 §2: https, no query, no fragment; and the one spelling, because clients compare it byte by byte. */
function checkIssuer(options: AnyOptions, tell: Tell): URL {
  const url = URL.canParse(options.issuer) ? new URL(options.issuer) : null
  if (!url) {
    tell('issuer must be an absolute URL such as https://app.example.com')
    return new URL('https://issuer.invalid')
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') tell('issuer must begin with https://')
  if (/[?#]/.test(options.issuer)) tell('issuer must have no query and no fragment')
  if (url.username !== '' || url.password !== '') tell('issuer must carry no user name and no password')
  if (url.href !== options.issuer && url.href !== `${options.issuer}/`)
    tell(`issuer must be written as ${url.href.replace(/\/$/, '')}`)
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname))
    tell('issuer may begin with http:// only on this machine (localhost); use https://')
  if (url.protocol === 'http:' && isLoopbackHost(url.hostname) && isProduction(options, url)) {
    tell('issuer must begin with https:// in production')
  }
  return url
}

function checkResources(resources: ReadonlyMap<string, ResourceOptions>, tell: Tell): void {
  if (resources.size === 0) tell('resources is empty: name at least one API, or leave it out')
  for (const [identifier, resource] of resources) {
    if (!isResourceIdentifier(identifier))
      tell(`resource ${JSON.stringify(identifier)} must be an absolute URI without a fragment`)
    if (typeof resource?.name !== 'string' || resource.name.trim() === '')
      tell(`resource ${JSON.stringify(identifier)} needs a name that people understand`)
  }
}

function checkResolver(resolver: object | undefined, tell: Tell): void {
  if (typeof resolver !== 'object' || resolver === null) {
    tell('accountResolver is missing: give an object with the four functions of AccountResolver')
    return
  }
  for (const name of requiredFunctions)
    if (typeof Reflect.get(resolver, name) !== 'function') tell(`accountResolver.${name} must be a function`)
  for (const name of optionalFunctions) {
    const found: unknown = Reflect.get(resolver, name)
    if (found !== undefined && typeof found !== 'function')
      tell(`accountResolver.${name} must be a function where it is given`)
  }
}

function checkRest(options: AnyOptions, found: { production: boolean; keys: string | undefined }, tell: Tell): void {
  if (typeof options.database?.view !== 'function') tell('database is missing: give what createDatabase() answered')
  if (typeof options.brand?.name !== 'string' || options.brand.name.trim() === '')
    tell('brand.name is missing: it is how people know your product')
  else {
    const contrast = contrastProblem(options.brand)
    if (contrast !== null) tell(contrast)
  }
  if (!/^[a-z_][a-z0-9_]{0,40}$/.test(options.schema ?? 'lockspire')) {
    tell('schema must be 1 to 41 lower-case letters, digits or underscores, and must not begin with a digit')
  }
  if (!['jwt', 'opaque'].includes(options.accessTokenFormat ?? 'jwt')) tell('accessTokenFormat must be jwt or opaque')
  const path = options.connectionsPath ?? '/'
  if (!path.startsWith('/') || path.startsWith('//') || path.includes('\\'))
    tell('connectionsPath must be a path of this product that begins with one slash')
  if (found.production && !found.keys) {
    tell(
      'LOCKSPIRE_KEYS is not set: give "id:key" with a key of 32 random bytes in base64url, and keep it beside your backups, not in them',
    )
  }
  if (found.keys) for (const problem of keyRingProblems('lockspire', found.keys)) tell(problem)
}

function readScopes(
  own: Readonly<Record<string, ScopeOptions>> | undefined,
  places: { resources: ReadonlyMap<string, ResourceOptions>; defaultResource: string },
  tell: Tell,
): ReadonlyMap<string, ScopeRule> {
  const scopes = new Map<string, ScopeRule>()
  for (const name of ['openid', 'profile', 'email', 'offline_access'] as const)
    scopes.set(name, { ...standardScopes[name], resource: null })
  for (const [name, scope] of Object.entries(own ?? {})) {
    const standard = findStandardScope(name)
    const resource = scope.resource ?? places.defaultResource
    if (!isScopeToken(name))
      tell(`scope ${JSON.stringify(name)} must be printable ASCII without spaces, quotes and backslashes`)
    if (reservedScopes.has(name)) tell(`scope "${name}" has a fixed meaning and is always there: leave it out`)
    if (typeof scope.description !== 'string' || scope.description.trim() === '')
      tell(`scope "${name}" needs a description that people understand`)
    if (!places.resources.has(resource))
      tell(`scope "${name}" belongs to ${JSON.stringify(resource)}, which is not among resources`)
    if (standard !== undefined && (scope.resource !== undefined || scope.claims !== undefined)) {
      tell(`scope "${name}" is a standard one: only its description can be changed`)
    }
    scopes.set(name, {
      description: scope.description,
      resource: standard === undefined ? resource : null,
      claims: standard?.claims ?? scope.claims ?? [],
    })
  }
  return scopes
}

function readLifetimes(given: Partial<Lifetimes>, tell: Tell): Lifetimes {
  const read = (name: keyof Lifetimes): number => {
    const { preset, least, most } = lifetimeRules[name]
    const value = given[name] ?? preset
    if (!Number.isSafeInteger(value) || value < least || value > most)
      tell(`lifetimes.${name} must be a whole number of seconds from ${least} to ${most}`)
    return value
  }
  for (const name of Object.keys(given))
    if (!Object.hasOwn(lifetimeRules, name)) tell(`lifetimes.${name} is not an option`)
  return {
    interactionSeconds: read('interactionSeconds'),
    codeSeconds: read('codeSeconds'),
    accessTokenSeconds: read('accessTokenSeconds'),
    idTokenSeconds: read('idTokenSeconds'),
    refreshTokenSeconds: read('refreshTokenSeconds'),
    grantSeconds: read('grantSeconds'),
  }
}
