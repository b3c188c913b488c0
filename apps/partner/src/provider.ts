/** Everything this app says to the provider and its API, through openid-client alone. */
import { readFile } from 'node:fs/promises'
import * as client from 'openid-client'
import { environment } from './env.js'

/** A connection that was begun and not yet answered; it is kept by its `state`. */
export interface Attempt {
  readonly codeVerifier: string
  readonly nonce: string
}

/** What one person allowed this app, and the tokens that prove it. */
export interface Connection {
  accessToken: string
  refreshToken: string | null
  expiresAt: number
  readonly email: string | null
  readonly scope: string
  /** How often the tokens were exchanged for newer ones. */
  refreshes: number
  /** The refresh under way; a second one beside it would present a spent token. */
  refreshing: Promise<void> | null
}

/** One note as the API answers it. */
export interface Note {
  readonly id: string
  readonly text: string
  readonly createdAt: string
}

/** The API or the provider would not do it; `code` is their word for why. */
export class ProviderProblem extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'ProviderProblem'
    this.code = code
  }
}

const wantedScope = 'openid email offline_access notes:read notes:write'
const callback = new URL('/callback', environment.origin)
let discovered: { clientText: string; configuration: client.Configuration } | null = null

/** Reads the client file and the provider's metadata, and keeps both while the file stays the same. */
async function configure(): Promise<client.Configuration> {
  const clientText = await readFile(environment.clientFile, 'utf8').catch(() => {
    throw new ProviderProblem(
      'client_missing',
      `There is no client file at ${environment.clientFile} yet. Start Notes first.`,
    )
  })
  if (discovered?.clientText === clientText) return discovered.configuration
  const { client_id: clientId, client_secret: clientSecret } = parseClient(clientText)
  // The only switch: plain HTTP, and only when the provider is on this machine.
  const execute = isLoopbackHttp(environment.issuer) ? [client.allowInsecureRequests] : []
  const configuration = await client.discovery(
    environment.issuer,
    clientId,
    {},
    client.ClientSecretBasic(clientSecret),
    { execute },
  )
  discovered = { clientText, configuration }
  return configuration
}

function parseClient(text: string): { client_id: string; client_secret: string } {
  const value: unknown = JSON.parse(text)
  if (typeof value === 'object' && value !== null && 'client_id' in value && 'client_secret' in value) {
    const { client_id, client_secret } = value
    if (typeof client_id === 'string' && typeof client_secret === 'string') return { client_id, client_secret }
  }
  throw new ProviderProblem('client_malformed', `${environment.clientFile} holds no client_id and client_secret.`)
}

function isLoopbackHttp(url: URL): boolean {
  return url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
}

/** Begins a connection: where to send the browser, and what to remember until it returns. */
export async function beginConnection(): Promise<{ location: URL; state: string; attempt: Attempt }> {
  const configuration = await configure()
  const codeVerifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  const nonce = client.randomNonce()
  const location = client.buildAuthorizationUrl(configuration, {
    redirect_uri: callback.href,
    scope: wantedScope,
    code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  })
  return { location, state, attempt: { codeVerifier, nonce } }
}

/** Ends a connection attempt: checks the answer and redeems its code; a refusal is a `ProviderProblem`. */
export async function completeConnection(query: string, state: string, attempt: Attempt): Promise<Connection> {
  const configuration = await configure()
  const currentUrl = new URL(callback)
  currentUrl.search = query
  const tokens = await asProblem(
    client.authorizationCodeGrant(configuration, currentUrl, {
      pkceCodeVerifier: attempt.codeVerifier,
      expectedState: state,
      expectedNonce: attempt.nonce,
      idTokenExpected: true,
    }),
  )
  const email = tokens.claims()?.['email']
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? null,
    expiresAt: Date.now() + (tokens.expiresIn() ?? 60) * 1000,
    email:
      typeof email === 'string' ? email : await askForEmail(configuration, tokens.access_token, tokens.claims()?.sub),
    scope: tokens.scope ?? wantedScope,
    refreshes: 0,
    refreshing: null,
  }
}

async function askForEmail(
  configuration: client.Configuration,
  accessToken: string,
  subject: string | undefined,
): Promise<string | null> {
  if (subject === undefined) return null
  const claims = await asProblem(client.fetchUserInfo(configuration, accessToken, subject))
  return claims.email ?? null
}

/** Exchanges the refresh token; calls that meet share one exchange. */
export async function refreshConnection(connection: Connection): Promise<void> {
  connection.refreshing ??= exchange(connection).finally(() => {
    connection.refreshing = null
  })
  await connection.refreshing
}

async function exchange(connection: Connection): Promise<void> {
  if (connection.refreshToken === null)
    throw new ProviderProblem('no_refresh_token', 'Notes gave no refresh token, so connect again.')
  const tokens = await asProblem(client.refreshTokenGrant(await configure(), connection.refreshToken))
  connection.accessToken = tokens.access_token
  connection.refreshToken = tokens.refresh_token ?? connection.refreshToken
  connection.expiresAt = Date.now() + (tokens.expiresIn() ?? 60) * 1000
  connection.refreshes += 1
}

/** The person's notes. */
export async function listNotes(connection: Connection): Promise<Note[]> {
  const response = await callApi(connection, 'GET')
  return parseNotes(await response.json())
}

/** Adds one note for the person. */
export async function addNote(connection: Connection, text: string): Promise<void> {
  await callApi(connection, 'POST', JSON.stringify({ text }))
}

async function callApi(connection: Connection, method: string, body?: string): Promise<Response> {
  if (Date.now() > connection.expiresAt - 5_000) await refreshConnection(connection)
  const configuration = await configure()
  const address = new URL('/api/notes', environment.apiUrl)
  const headers = new Headers({ accept: 'application/json' })
  if (body !== undefined) headers.set('content-type', 'application/json')
  const call = () =>
    client.fetchProtectedResource(configuration, connection.accessToken, address, method, body, headers)
  try {
    return assertDone(await call())
  } catch (error) {
    if (!(error instanceof client.WWWAuthenticateChallengeError) || error.status !== 401) throw toProblem(error)
  }
  // The access token ended early; one exchange and one more try.
  await refreshConnection(connection)
  return assertDone(await asProblem(call()))
}

function assertDone(response: Response): Response {
  if (response.ok) return response
  throw new ProviderProblem(`http_${response.status}`, `Notes answered with status ${response.status}.`)
}

function parseNotes(value: unknown): Note[] {
  if (typeof value !== 'object' || value === null || !('notes' in value) || !Array.isArray(value.notes)) return []
  return value.notes.flatMap((note: unknown) => {
    if (typeof note !== 'object' || note === null || !('id' in note) || !('text' in note)) return []
    const { id, text } = note
    const createdAt = 'created_at' in note ? note.created_at : ''
    if (typeof id !== 'string' || typeof text !== 'string' || typeof createdAt !== 'string') return []
    return [{ id, text, createdAt }]
  })
}

async function asProblem<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw toProblem(error)
  }
}

function toProblem(error: unknown): Error {
  if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError) {
    return new ProviderProblem(error.error, error.error_description ?? error.message)
  }
  if (error instanceof client.WWWAuthenticateChallengeError) {
    const parameters = error.cause[0]?.parameters
    return new ProviderProblem(
      parameters?.error ?? `http_${error.status}`,
      parameters?.error_description ?? 'Notes refused the access token.',
    )
  }
  return error instanceof Error ? error : new Error('unknown fault')
}
