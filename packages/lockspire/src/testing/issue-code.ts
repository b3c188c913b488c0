/** Codes and clients written straight into the tables, for tests of what comes after the authorization endpoint. */
import { createHash } from 'node:crypto'

import { secondsAfter } from '#base/clock.js'
import { hashSecret, randomId, randomSecret } from '#base/secrets.js'

import { notesApi, type TestServer } from './test-server.js'

/** A registered client with its secret in clear. */
export interface TestRegistration {
  readonly id: string
  readonly clientId: string
  readonly secret: string | null
  readonly authMethod: 'none' | 'client_secret_basic' | 'client_secret_post'
  readonly redirectUri: string
}

/** What may differ from a confidential client that authenticates by Basic and may refresh. */
export interface RegistrationChoices {
  readonly authMethod?: TestRegistration['authMethod']
  readonly grantTypes?: readonly string[]
  readonly scopes?: readonly string[]
  readonly accessTokenFormat?: 'jwt' | 'opaque'
}

/** Registers a client. */
export async function insertClient(server: TestServer, choices: RegistrationChoices = {}): Promise<TestRegistration> {
  const authMethod = choices.authMethod ?? 'client_secret_basic'
  const secret = authMethod === 'none' ? null : randomSecret('lscs_').reveal()
  const registration = {
    id: randomId(),
    clientId: `client-${randomId()}`,
    secret,
    authMethod,
    redirectUri: 'https://client.example/callback',
  }
  await server.query(
    `insert into $schema.clients (id, client_id, name, kind, auth_method, secret_hash, redirect_uris, scopes, grant_types, access_token_format, created_at)
     values ($1, $2, 'Test client', $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      registration.id,
      registration.clientId,
      secret === null ? 'public' : 'confidential',
      authMethod,
      secret === null ? null : hashSecret(secret),
      [registration.redirectUri],
      choices.scopes ?? ['openid', 'profile', 'email', 'offline_access', 'notes:read', 'notes:write', 'mail:read'],
      choices.grantTypes ?? ['authorization_code', 'refresh_token'],
      choices.accessTokenFormat ?? null,
      server.clock.now(),
    ],
  )
  return registration
}

/** A code as its client holds it. */
export interface TestCode {
  readonly code: string
  readonly verifier: string
  readonly redirectUri: string
  readonly codeId: string
  readonly grantId: string
  readonly consentId: string
}

/** What may differ from a code with everything in it. */
export interface CodeChoices {
  readonly subject?: string
  readonly scopes?: readonly string[]
  readonly resources?: readonly string[]
  readonly nonce?: string | null
  readonly authenticatedAt?: Date | null
  readonly lifetimeSeconds?: number
}

/** Issues a code on a consent of its own. */
export async function insertCode(
  server: TestServer,
  client: TestRegistration,
  choices: CodeChoices = {},
): Promise<TestCode> {
  const now = server.clock.now()
  const subject = choices.subject ?? 'ada'
  const scopes = choices.scopes ?? ['openid', 'profile', 'email', 'offline_access', 'notes:read', 'notes:write']
  const resources = choices.resources ?? [notesApi]
  const [codeId, grantId, consentId] = [randomId(), randomId(), randomId()]
  const code = randomSecret('lsac_').reveal()
  const verifier = randomSecret('').reveal()
  const authenticatedAt = choices.authenticatedAt === undefined ? secondsAfter(now, -60) : choices.authenticatedAt
  await server.query(
    `with consented as (
       insert into $schema.consents (id, client_id, subject, scopes, resources, remembered, granted_at)
       values ($3::uuid, $5::uuid, $6, $8::text[], $9::text[], false, $15::timestamptz) returning id
     )
     insert into $schema.authorization_codes (id, grant_id, consent_id, code_hash, client_id, subject, redirect_uri, scopes, resources,
       code_challenge, nonce, auth_time_asked, authenticated_at, methods, level, session_id, created_at, expires_at)
     select $1::uuid, $2::uuid, id, $4::bytea, $5::uuid, $6, $7, $8::text[], $9::text[], $10, $11, false, $12::timestamptz,
            $13::text[], $14, 'session', $15::timestamptz, $16::timestamptz from consented`,
    [
      codeId,
      grantId,
      consentId,
      hashSecret(code),
      client.id,
      subject,
      client.redirectUri,
      scopes,
      resources,
      createHash('sha256').update(verifier).digest('base64url'),
      choices.nonce === undefined ? 'n-0S6_WzA2Mj' : choices.nonce,
      authenticatedAt,
      authenticatedAt === null ? null : ['pwd'],
      authenticatedAt === null ? null : 'aal1',
      now,
      secondsAfter(now, choices.lifetimeSeconds ?? 60),
    ],
  )
  return { code, verifier, redirectUri: client.redirectUri, codeId, grantId, consentId }
}

/** An answer of a back-channel endpoint, read whole. */
export interface WireAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

/** Parameters by name; a list repeats its name, undefined leaves it out. */
export type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>

/** Posts to the token endpoint as this client, in the way it is registered. */
export async function postToken(
  server: TestServer,
  client: TestRegistration | null,
  parameters: Parameters,
): Promise<WireAnswer> {
  const body = new URLSearchParams()
  const headers = new Headers({ 'Content-Type': 'application/x-www-form-urlencoded' })
  if (client?.authMethod === 'client_secret_basic')
    headers.set('Authorization', basicAuthorization(client.clientId, client.secret ?? ''))
  else if (client) body.set('client_id', client.clientId)
  if (client?.authMethod === 'client_secret_post') body.set('client_secret', client.secret ?? '')
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) body.append(name, one)
  }
  return readAnswer(await server.fetch('/oauth/token', { method: 'POST', headers, body: body.toString() }))
}

/** The Basic header of these credentials. */
export function basicAuthorization(clientId: string, clientSecret: string): string {
  const text = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`
  return `Basic ${Buffer.from(text).toString('base64')}`
}

/** Redeems a code; `change` replaces parameters. */
export function redeem(
  server: TestServer,
  client: TestRegistration,
  code: TestCode,
  change: Parameters = {},
): Promise<WireAnswer> {
  return postToken(server, client, {
    grant_type: 'authorization_code',
    code: code.code,
    redirect_uri: code.redirectUri,
    code_verifier: code.verifier,
    ...change,
  })
}

/** Refreshes; `change` replaces parameters. */
export function refresh(
  server: TestServer,
  client: TestRegistration,
  refreshToken: unknown,
  change: Parameters = {},
): Promise<WireAnswer> {
  return postToken(server, client, { grant_type: 'refresh_token', refresh_token: String(refreshToken), ...change })
}

/** Reads an answer with its JSON. */
export async function readAnswer(response: Response): Promise<WireAnswer> {
  const text = await response.text()
  const body: unknown = text === '' ? {} : JSON.parse(text)
  return { status: response.status, headers: response.headers, body: body as Readonly<Record<string, unknown>> }
}

/** Asks userinfo with this token. */
export async function askUserinfo(
  server: TestServer,
  accessToken: unknown,
  init: RequestInit = {},
): Promise<WireAnswer> {
  const headers = new Headers(init.headers)
  if (!headers.has('authorization')) headers.set('Authorization', `Bearer ${String(accessToken)}`)
  return readAnswer(await server.fetch('/oauth/userinfo', { ...init, headers }))
}
