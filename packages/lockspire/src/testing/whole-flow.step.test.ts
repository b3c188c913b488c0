/** The whole flow, driven by a client library that knows nothing of this server. */
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openBrowser, responseParameters, hiddenField } from './test-browser.js'
import { testClient } from './test-client.js'
import { notesApi, startTestServer, type TestServer } from './test-server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

/** The stranger's library, with its requests led to the server under test and its clock to the server's. */
function wiring() {
  return {
    [oauth.customFetch]: (url: string, init: { method: string; headers: Record<string, string>; body?: unknown }) =>
      server.fetch(url, {
        method: init.method,
        headers: init.headers,
        ...(init.body instanceof URLSearchParams ? { body: init.body.toString() } : {}),
      }),
  }
}

describe('a stranger with oauth4webapi', () => {
  it.each(['confidential', 'public'] as const)('completes the whole flow as a %s client', async (kind) => {
    const issuer = new URL(server.issuer)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, wiring()))
    const registered = await testClient(server, { kind })
    const skew = Math.round(server.clock.now().getTime() / 1000 - Date.now() / 1000)
    const client: oauth.Client = { client_id: registered.clientId, [oauth.clockSkew]: skew }
    const auth = registered.secret === null ? oauth.None() : oauth.ClientSecretBasic(registered.secret)
    const verifier = oauth.generateRandomCodeVerifier()
    const nonce = oauth.generateRandomNonce()
    const state = oauth.generateRandomState()

    const asked = new URL(as.authorization_endpoint!)
    asked.search = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: registered.redirectUri,
      response_type: 'code',
      scope: 'openid email offline_access notes:read',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      nonce,
      state,
      max_age: '600',
    }).toString()
    const browser = openBrowser(server)
    browser.logIn('ada')
    const sent = await browser.get(asked.pathname + asked.search)
    const page = await browser.get(sent.location!.pathname)
    const answer = await browser.post(sent.location!.pathname, {
      decision: 'allow',
      account: hiddenField(page.text, 'account'),
    })
    const parameters = oauth.validateAuthResponse(as, client, new URLSearchParams(responseParameters(answer)), state)

    const tokenResponse = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      auth,
      parameters,
      registered.redirectUri,
      verifier,
      wiring(),
    )
    const options = { expectedNonce: nonce, maxAge: 600, requireIdToken: true }
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, tokenResponse, options)
    await oauth.validateApplicationLevelSignature(as, tokenResponse, wiring())
    const claims = oauth.getValidatedIdTokenClaims(tokens)!
    expect(claims).toMatchObject({ sub: 'ada', email: 'ada@example.com', nonce })

    const info = await oauth.userInfoRequest(as, client, tokens.access_token, wiring())
    expect(await oauth.processUserInfoResponse(as, client, claims.sub, info)).toEqual({
      sub: 'ada',
      email: 'ada@example.com',
      email_verified: true,
    })

    const refreshed = await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token!, wiring())
    const renewed = await oauth.processRefreshTokenResponse(as, client, refreshed)
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token)

    const call = new Request(notesApi, { headers: { Authorization: `Bearer ${renewed.access_token}` } })
    const verified = await oauth.validateJwtAccessToken(as, call, notesApi, { ...wiring(), [oauth.clockSkew]: skew })
    expect(verified).toMatchObject({
      sub: 'ada',
      client_id: registered.clientId,
      scope: 'openid email offline_access notes:read',
    })
  })

  it('is told nothing by a code of a client that was disabled since', async () => {
    const client = await testClient(server)
    const authorized = await client.authorize('ada')
    await server.lockspire.clients.disable(client.clientId)
    expect((await client.redeem(authorized)).body['error']).toBe('invalid_client')
  })
})

describe('the test client', () => {
  it('asks, is allowed, redeems, refreshes and reads userinfo', async () => {
    const client = await testClient(server)
    const tokens = await client.redeem(await client.authorize('ada'))
    const again = await client.refresh(String(tokens.body['refresh_token']))
    expect((await client.userinfo(String(again.body['access_token']))).body['sub']).toBe('ada')
  })
})
