/** The peer: oidc-provider with a session, JWT access tokens and rotation, on the same PostgreSQL through an adapter of its own. */
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import Provider from 'oidc-provider'
import type { Configuration } from 'oidc-provider'
import pg from 'pg'

import { answerQuestions } from './channel.js'
import { createPeerTables, peerAdapter } from './peer-adapter.js'
import { readUsage } from './usage.js'
import type { Usage } from './usage.js'

/** What the peer is told: the client and the scopes of the server under test. */
export interface PeerOptions {
  readonly postgresUrl: string
  readonly poolSize: number
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
}

/** What the peer process can be asked. */
export interface PeerApi {
  start(options: PeerOptions): Promise<{ origin: string }>
  usage(nothing: null): Usage
  /** Round trips and transactions that wrote, so far. */
  tally(nothing: null): Promise<{ statements: number; writes: number }>
}

let pool: pg.Pool | null = null
let server: Server | null = null
const counted = { statements: 0 }

async function start(options: PeerOptions): Promise<{ origin: string }> {
  const made = new pg.Pool({ connectionString: options.postgresUrl, max: options.poolSize })
  pool = made
  await createPeerTables(made)
  const listening = createServer()
  server = listening
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`
  const provider = new Provider(origin, configurationOf(options, made))
  const answer = provider.callback()
  listening.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const uid = /^\/interaction\/([\w-]+)/.exec(request.url ?? '')?.[1]
    if (uid === undefined) void answer(request, response)
    else void approve(provider, request, response)
  })
  return { origin }
}

function configurationOf(options: PeerOptions, on: pg.Pool): Configuration {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  const resource = 'https://api.example'
  return {
    adapter: peerAdapter(on, counted),
    clients: [
      {
        client_id: options.clientId,
        client_secret: options.clientSecret,
        redirect_uris: [options.redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [{ ...key, kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', kid: 'one' }] },
    cookies: { keys: ['only for this run'] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    scopes: ['openid', 'email', 'offline_access'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    ttl: {
      AccessToken: 300,
      AuthorizationCode: 60,
      IdToken: 300,
      RefreshToken: 1_209_600,
      Session: 1_209_600,
      Grant: 7_776_000,
      Interaction: 1_800,
    },
    findAccount: async (_context, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, email: `${id}@bench.example`, email_verified: true }),
    }),
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'notes:read',
          audience: resource,
          accessTokenTTL: 300,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  }
}

/** Logs whoever asks in and grants everything, as a consent page whose button was pressed. */
async function approve(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params, grantId } = await provider.interactionDetails(request, response)
  const accountId = String(request.headers['x-person'])
  const grant =
    (grantId && (await provider.Grant.find(grantId))) ||
    new provider.Grant({ accountId, clientId: String(params['client_id']) })
  grant.addOIDCScope('openid email offline_access')
  grant.addResourceScope('https://api.example', 'notes:read')
  await provider.interactionFinished(request, response, {
    login: { accountId },
    consent: { grantId: await grant.save() },
  })
}

async function tally(): Promise<{ statements: number; writes: number }> {
  const answer = await pool?.query<{ next: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text as next')
  return { statements: counted.statements, writes: Number(answer?.rows[0]?.next) }
}

answerQuestions({ start, usage: readUsage, tally } satisfies PeerApi, async () => {
  server?.closeAllConnections()
  server?.close()
  await pool?.end()
})
