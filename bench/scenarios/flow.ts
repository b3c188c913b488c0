/** The steps of the authorization code flow as a browser and a client take them, for scenarios to be made of. */
import { createHash, randomBytes } from 'node:crypto'

import { prepareForm, prepareRequest } from '../connection.js'
import type { Connection } from '../connection.js'

import { expectStatus } from './scenario.js'
import type { Seed } from './scenario.js'

/** A code and what redeems it. */
export interface IssuedCode {
  readonly code: string
  readonly verifier: string
}

/** The part of a token response that the scenarios use. */
export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

/** A browser's cookies as one header. */
export type CookieHeader = string

/** Where a server answers. */
export interface Endpoints {
  readonly authorize: string
  readonly token: string
}

/** Where lockspire answers. */
const LOCKSPIRE: Endpoints = { authorize: '/oauth/authorize', token: '/oauth/token' }

const SAME_ORIGIN = { 'Sec-Fetch-Site': 'same-origin' }

const sessions = new Map<string, Promise<CookieHeader>>()

/** Logs a connection's own person in, once in this process, and answers the cookies that hold the session. */
export function logIn(connection: Connection, seed: Seed, index: number): Promise<CookieHeader> {
  const key = `${seed.target} ${index}`
  const known = sessions.get(key) ?? postLogIn(connection, seed, index)
  sessions.set(key, known)
  return known
}

async function postLogIn(connection: Connection, seed: Seed, index: number): Promise<CookieHeader> {
  const user = seed.users[index % seed.users.length]
  if (!user) throw new Error('there is nobody to log in')
  // The target counts its callers behind one proxy: each person comes from an address of their own.
  const headers = { ...SAME_ORIGIN, 'X-Forwarded-For': `10.0.0.${1 + (index % 250)}` }
  const fields = { email: user.email, password: user.password }
  const answer = await connection.send(prepareForm(connection.host, '/users/log_in', fields, headers))
  expectStatus(answer, 303, 'the log in')
  return answer.cookies().join('; ')
}

/** Logs in and approves the client once, after which its requests for the same scopes are not asked again. */
export async function logInAndConsent(connection: Connection, seed: Seed, index: number): Promise<CookieHeader> {
  const session = await logIn(connection, seed, index)
  const { request } = authorizationRequest(connection, seed, { session, endpoints: LOCKSPIRE })
  const answer = await connection.send(request)
  expectStatus(answer, 303, 'the first authorization request')
  const location = answer.header('location') ?? ''
  if (location.startsWith(seed.redirectUri)) return session
  const path = new URL(location, `http://${connection.host}`).pathname
  const cookies = [session, ...answer.cookies()].join('; ')
  const page = await connection.send(prepareRequest(connection.host, `GET ${path}`, { Cookie: cookies }))
  expectStatus(page, 200, 'the consent page')
  const account = /name="account" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
  const form = prepareForm(connection.host, path, { decision: 'allow', account }, { ...SAME_ORIGIN, Cookie: cookies })
  const done = await connection.send(form)
  expectStatus(done, 303, 'the consent')
  return session
}

/** Sends one authorization request and takes the code out of the redirect. */
export async function requestCode(
  connection: Connection,
  seed: Seed,
  session: CookieHeader,
  endpoints: Endpoints = LOCKSPIRE,
): Promise<IssuedCode> {
  const { request, verifier } = authorizationRequest(connection, seed, { session, endpoints })
  const answer = await connection.send(request)
  expectStatus(answer, 303, 'the authorization request')
  const location = answer.header('location') ?? ''
  const code = new URL(location, `http://${connection.host}`).searchParams.get('code')
  if (code === null) throw new Error(`no code came back: ${location}`)
  return { code, verifier }
}

/** Writes an authorization request down, with a fresh verifier. */
export function authorizationRequest(
  connection: Connection,
  seed: Seed,
  { session, endpoints }: { session: CookieHeader; endpoints: Endpoints },
): { request: string; verifier: string } {
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: seed.clientId,
    redirect_uri: seed.redirectUri,
    scope: seed.scope,
    state: verifier.slice(0, 16),
    nonce: verifier.slice(16, 32),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const request = prepareRequest(connection.host, `GET ${endpoints.authorize}?${query.toString()}`, { Cookie: session })
  return { request, verifier }
}

/** Redeems a code. */
export async function redeemCode(
  connection: Connection,
  seed: Seed,
  issued: IssuedCode,
  endpoints: Endpoints = LOCKSPIRE,
): Promise<Tokens> {
  const fields = {
    grant_type: 'authorization_code',
    code: issued.code,
    redirect_uri: seed.redirectUri,
    code_verifier: issued.verifier,
  }
  return postToken(connection, seed, { path: endpoints.token, fields })
}

/** Refreshes; the token given is spent, the answer holds the next. */
export async function refreshTokens(
  connection: Connection,
  seed: Seed,
  refreshToken: string,
  endpoints: Endpoints = LOCKSPIRE,
): Promise<Tokens> {
  const fields = { grant_type: 'refresh_token', refresh_token: refreshToken }
  return postToken(connection, seed, { path: endpoints.token, fields })
}

async function postToken(
  connection: Connection,
  seed: Seed,
  { path, fields }: { path: string; fields: Readonly<Record<string, string>> },
): Promise<Tokens> {
  const credentials = Buffer.from(`${seed.clientId}:${seed.clientSecret}`).toString('base64')
  const answer = await connection.send(
    prepareForm(connection.host, path, fields, { Authorization: `Basic ${credentials}` }),
  )
  expectStatus(answer, 200, `the token endpoint (${fields['grant_type'] ?? ''})`)
  const tokens = JSON.parse(answer.body) as Tokens
  if (!tokens.access_token || !tokens.refresh_token)
    throw new Error(`a token is missing from the answer, which has ${Object.keys(tokens).join(', ')}`)
  return tokens
}
