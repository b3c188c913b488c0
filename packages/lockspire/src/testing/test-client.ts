/** A client for tests: registered through the public surface, it asks, is allowed, redeems, refreshes and reads userinfo. */
import { createHash } from 'node:crypto'

import { randomSecret } from '#base/secrets.js'

import { basicAuthorization, readAnswer, type WireAnswer } from './issue-code.js'
import { authorizePath, hiddenField, openBrowser, responseParameters, type Fields } from './test-browser.js'
import type { TestScope, TestServer } from './test-server.js'

/** What may differ from a confidential client that asks for everything. */
export interface TestClientChoices {
  readonly kind?: 'public' | 'confidential'
  readonly accessTokenFormat?: 'jwt' | 'opaque'
  readonly scopes?: readonly (TestScope | 'openid' | 'profile' | 'email' | 'offline_access')[]
}

/** What an authorization gave. */
export interface Authorized {
  readonly code: string
  readonly verifier: string
  /** Everything that came back to the redirect URI. */
  readonly parameters: Readonly<Record<string, string>>
}

/** A registered client that speaks the protocol. */
export interface TestClient {
  readonly clientId: string
  readonly redirectUri: string
  /** Null for a public client. */
  readonly secret: string | null
  /** Asks in a new browser where this account is logged in, and allows; `change` replaces request parameters. */
  authorize(account: string, change?: Fields): Promise<Authorized>
  redeem(authorized: Authorized, change?: Readonly<Record<string, string>>): Promise<WireAnswer>
  refresh(refreshToken: string, change?: Readonly<Record<string, string>>): Promise<WireAnswer>
  userinfo(accessToken: string): Promise<WireAnswer>
}

const redirectUri = 'https://client.example/callback'
const everything = ['openid', 'profile', 'email', 'offline_access', 'notes:read', 'notes:write', 'mail:read'] as const

/** Registers a client. */
export async function testClient(server: TestServer, choices: TestClientChoices = {}): Promise<TestClient> {
  const kind = choices.kind ?? 'confidential'
  const scopes = choices.scopes ?? everything
  const made = await server.lockspire.clients.create({
    name: 'Test client',
    kind,
    redirectUris: [redirectUri],
    scopes,
    ...(choices.accessTokenFormat === undefined ? {} : { accessTokenFormat: choices.accessTokenFormat }),
  })
  const { clientId } = made.client
  const secret = made.secret?.reveal() ?? null

  async function post(parameters: Readonly<Record<string, string>>): Promise<WireAnswer> {
    const body = new URLSearchParams(secret === null ? { ...parameters, client_id: clientId } : parameters)
    const headers = new Headers({ 'Content-Type': 'application/x-www-form-urlencoded' })
    if (secret !== null) headers.set('Authorization', basicAuthorization(clientId, secret))
    return readAnswer(await server.fetch('/oauth/token', { method: 'POST', headers, body: body.toString() }))
  }

  return {
    clientId,
    redirectUri,
    secret,
    async authorize(account, change = {}) {
      const browser = openBrowser(server)
      browser.logIn(account)
      const verifier = randomSecret('').reveal()
      const challenge = createHash('sha256').update(verifier).digest('base64url')
      let answer = await browser.get(
        authorizePath({ clientId, redirectUri }, { scope: scopes.join(' '), code_challenge: challenge, ...change }),
      )
      if (answer.location?.origin === server.issuer) {
        const { pathname } = answer.location
        const page = await browser.get(pathname)
        const fields = { decision: 'allow', account: hiddenField(page.text, 'account') }
        answer = page.location ? page : await browser.post(pathname, fields)
      }
      const parameters = responseParameters(answer)
      return { code: parameters['code'] ?? '', verifier, parameters }
    },
    redeem: ({ code, verifier }, change = {}) =>
      post({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier, ...change }),
    refresh: (refreshToken, change = {}) =>
      post({ grant_type: 'refresh_token', refresh_token: refreshToken, ...change }),
    async userinfo(accessToken) {
      const headers = { Authorization: `Bearer ${accessToken}` }
      return readAnswer(await server.fetch('/oauth/userinfo', { headers }))
    },
  }
}
