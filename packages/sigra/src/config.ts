/** Turns options into one frozen configuration without optional fields, or lists everything that is wrong with them. */
import { availableParallelism } from 'node:os'

import { cookiesAreSecure, isLoopbackHost } from '#base/cookies.js'
import { ConfigurationError } from '#base/fault.js'
import { keyRingProblems } from '#base/key-ring.js'
import { parseLocalPath, type LocalPath } from '#base/local-path.js'
import { contrastProblem, type Brand } from '#base/page/brand.js'
import { quoteSchema } from '#base/statement.js'

import {
  emailConfirmationDefaults,
  emailConfirmationProblems,
  type EmailConfirmationOptions,
} from './flows/email-confirmation/options.js'
import {
  breachCheckProblems,
  breachCheckSettings,
  logInDefaults,
  logInProblems,
  passwordDefaults,
  type LogInOptions,
  type PasswordSettings,
} from './flows/password-log-in/options.js'
import { registrationDefaults, type RegistrationOptions } from './flows/registration/options.js'
import { sessionDefaults, sessionProblems, type SessionOptions } from './flows/sessions/options.js'
import { unlockDefaults, unlockProblems, type UnlockOptions } from './flows/unlock/options.js'
import type { SigraOptions } from './options.js'
import { numberProblems, unknownKeyProblems } from './rules/option-checks.js'

/** Every decision of the host, with all defaults filled in. */
export interface Config {
  readonly baseUrl: URL
  readonly schema: string
  /** The schema's name as SQL text. */
  readonly quotedSchema: string
  readonly brand: Brand
  readonly production: boolean
  readonly secureCookies: boolean
  readonly landingPath: LocalPath
  readonly trustedProxyHops: number
  readonly migrate: boolean
  readonly dataDir: string
  readonly keys: string | undefined
  readonly registration: Required<RegistrationOptions>
  readonly emailConfirmation: Required<EmailConfirmationOptions>
  readonly logIn: Required<LogInOptions>
  readonly unlock: Required<UnlockOptions>
  readonly password: PasswordSettings
  readonly session: Required<SessionOptions>
}

const KNOWN = [
  'database',
  'baseUrl',
  'mailer',
  'brand',
  'schema',
  'migrate',
  'production',
  'keys',
  'dataDir',
  'landingPath',
  'trustedProxyHops',
  'clock',
  'log',
  'registration',
  'emailConfirmation',
  'logIn',
  'unlock',
  'password',
  'session',
]

/** Checks options and fills in defaults; throws one ConfigurationError that lists every mistake with its fix. */
export function configure(options: SigraOptions, environment: NodeJS.ProcessEnv = process.env): Config {
  const groups = capabilityGroups(options)
  const problems = [
    ...requiredProblems(options),
    ...unknownKeyProblems('', options, KNOWN),
    ...groupProblems(options, groups),
  ]
  const baseUrl = parseBaseUrl(options.baseUrl, problems)
  const production = options.production ?? !(baseUrl.protocol === 'http:' && isLoopbackHost(baseUrl.hostname))
  const keys = options.keys ?? environment['SIGRA_KEYS']
  checkPlace(baseUrl, production, problems)
  problems.push(...breachCheckProblems(options.password?.breachCheck, production))
  if (production && !keys)
    problems.push(
      'SIGRA_KEYS is not set: give "id:key" with a key of 32 random bytes in base64url, for example from openssl rand -base64 32 | tr +/ -_ | tr -d =',
    )
  if (keys) problems.push(...keyRingProblems('sigra', keys))
  const landingPath = parseLocalPath(options.landingPath ?? '/')
  if (landingPath === null) problems.push('landingPath must be a path of this product that begins with one slash')
  const hops = options.trustedProxyHops ?? 0
  if (!Number.isSafeInteger(hops) || hops < 0 || hops > 10)
    problems.push('trustedProxyHops must be a whole number from 0 to 10')
  const schema = options.schema ?? 'sigra'
  if (!/^[a-z_][a-z0-9_]{0,40}$/.test(schema))
    problems.push('schema must be 1 to 41 lower-case letters, digits or underscores, not beginning with a digit')
  if (problems.length > 0 || landingPath === null) throw new ConfigurationError('sigra', problems)
  return Object.freeze({
    ...groups,
    baseUrl,
    schema,
    quotedSchema: quoteSchema(schema),
    brand: options.brand,
    production,
    secureCookies: cookiesAreSecure(baseUrl),
    landingPath,
    trustedProxyHops: hops,
    migrate: options.migrate ?? true,
    dataDir: options.dataDir ?? './.data',
    keys,
  })
}

type Groups = Pick<Config, 'registration' | 'emailConfirmation' | 'logIn' | 'unlock' | 'password' | 'session'>

function capabilityGroups(options: SigraOptions): Groups {
  return {
    registration: { ...registrationDefaults, ...options.registration },
    emailConfirmation: { ...emailConfirmationDefaults, ...options.emailConfirmation },
    logIn: { ...logInDefaults, ...options.logIn },
    unlock: { ...unlockDefaults, ...options.unlock },
    password: {
      ...passwordDefaults,
      hashesAtOnce: availableParallelism(),
      ...options.password,
      breachCheck: breachCheckSettings(options.password?.breachCheck),
    },
    session: { ...sessionDefaults, ...options.session },
  }
}

function groupProblems(options: SigraOptions, groups: Groups): string[] {
  const names = ['registration', 'emailConfirmation', 'logIn', 'unlock', 'password', 'session'] as const
  const general = names.flatMap((name) => [
    ...unknownKeyProblems(
      name,
      options[name] ?? {},
      Object.keys(groups[name]).filter((key) => key in knownDefaults(groups)[name]),
    ),
    ...numberProblems(name, groups[name]),
  ])
  return [
    ...general,
    ...emailConfirmationProblems(groups.emailConfirmation),
    ...logInProblems(groups.logIn, groups.password),
    ...unlockProblems(groups.unlock),
    ...sessionProblems(groups.session),
  ]
}

function knownDefaults(groups: Groups): Record<keyof Groups, object> {
  return {
    registration: registrationDefaults,
    emailConfirmation: emailConfirmationDefaults,
    logIn: logInDefaults,
    unlock: unlockDefaults,
    password: { ...passwordDefaults, hashesAtOnce: groups.password.hashesAtOnce },
    session: sessionDefaults,
  }
}

function requiredProblems(options: SigraOptions): string[] {
  const problems: string[] = []
  if (typeof options.database?.view !== 'function')
    problems.push('database is missing: give the result of createDatabase()')
  if (typeof options.mailer?.send !== 'function')
    problems.push('mailer is missing: give smtpMailer(…), consoleMailer() or developmentMailbox()')
  if (typeof options.brand?.name !== 'string' || options.brand.name.trim() === '')
    problems.push('brand.name is missing: give the name people know the product by')
  else problems.push(...contrastProblems(options.brand))
  return problems
}

function contrastProblems(brand: Brand): string[] {
  const problem = contrastProblem(brand)
  return problem === null ? [] : [problem]
}

function parseBaseUrl(text: string, problems: string[]): URL {
  const url = URL.parse?.(text) ?? safeUrl(text)
  if (url === null) {
    problems.push('baseUrl must be an absolute URL such as https://app.example.com')
    return new URL('http://localhost')
  }
  if (url.origin === 'null' || !/^https?:$/.test(url.protocol)) problems.push('baseUrl must begin with https://')
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    problems.push('baseUrl must be an origin: no path, query, fragment or credentials')
  }
  return url
}

function safeUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}

function checkPlace(baseUrl: URL, production: boolean, problems: string[]): void {
  const loopback = isLoopbackHost(baseUrl.hostname)
  if (production && baseUrl.protocol !== 'https:') problems.push('baseUrl must begin with https:// in production')
  else if (baseUrl.protocol === 'http:' && !loopback) problems.push('baseUrl may only begin with http:// for localhost')
}
