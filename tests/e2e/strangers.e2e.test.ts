/** Client libraries by other people, driving the running host over HTTP with no switch but plain HTTP on loopback. */
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { HttpBrowser } from './support/http-browser.js'
import { createClient } from './support/lockspire-command.js'
import { ada, goAlong } from './support/person.js'
import { freePort, type Program, startHost, startProgram } from './support/processes.js'
import { createStore, type Store } from './support/stores.js'

const scope = 'openid email offline_access notes:read notes:write'

describe('client libraries of strangers', () => {
  let store: Store
  let host: Program
  let redirectUri: string

  beforeAll(async () => {
    store = await createStore('postgres')
    host = await startHost(store)
    redirectUri = `http://localhost:${await freePort()}/callback`
  })

  afterAll(async () => {
    await host.stop()
    await store.remove()
  })

  /** A person who answers whatever pages come until the browser is back at the client. */
  async function visit(address: URL): Promise<URL> {
    const browser = new HttpBrowser(redirectUri)
    let page = await browser.get(address)
    for (let pages = 0; pages < 4 && !page.url.href.startsWith(redirectUri); pages += 1)
      page = await goAlong(browser)(page)
    return page.url
  }

  test.each(['client_secret_post', 'client_secret_basic', 'none'] as const)(
    'openid-client connects with %s',
    async (authMethod) => {
      const registered = await createClient(store, { name: `openid-client ${authMethod}`, redirectUri, authMethod })
      const authentications = {
        client_secret_post: () => openid.ClientSecretPost(registered.clientSecret),
        client_secret_basic: () => openid.ClientSecretBasic(registered.clientSecret),
        none: () => openid.None(),
      }
      const configuration = await openid.discovery(
        new URL(host.url),
        registered.clientId,
        {},
        authentications[authMethod](),
        {
          execute: [openid.allowInsecureRequests],
        },
      )
      const pkceCodeVerifier = openid.randomPKCECodeVerifier()
      const [expectedState, expectedNonce] = [openid.randomState(), openid.randomNonce()]
      const address = openid.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope,
        code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
        state: expectedState,
        nonce: expectedNonce,
        max_age: '3600',
      })
      const checks = { pkceCodeVerifier, expectedState, expectedNonce, maxAge: 3600 }
      const tokens = await openid.authorizationCodeGrant(configuration, await visit(address), checks)
      const subject = tokens.claims()!.sub
      expect(await openid.fetchUserInfo(configuration, tokens.access_token, subject)).toMatchObject({
        email: ada.email,
      })
      const fresh = await openid.refreshTokenGrant(configuration, tokens.refresh_token!)
      const notes = await openid.fetchProtectedResource(
        configuration,
        fresh.access_token,
        new URL('/api/notes', host.url),
        'GET',
      )
      expect(await notes.json()).toMatchObject({ notes: [{}, {}] })
      await expect(openid.refreshTokenGrant(configuration, tokens.refresh_token!)).rejects.toMatchObject({
        error: 'invalid_grant',
      })
      await expect(openid.refreshTokenGrant(configuration, fresh.refresh_token!)).rejects.toMatchObject({
        error: 'invalid_grant',
      })
    },
  )

  test('oauth4webapi connects and validates every token itself', async () => {
    const registered = await createClient(store, {
      name: 'oauth4webapi',
      redirectUri,
      authMethod: 'client_secret_basic',
    })
    const loopback = { [oauth.allowInsecureRequests]: true } as const
    const issuer = new URL(host.url)
    const server = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { ...loopback, algorithm: 'oauth2' }),
    )
    const openidServer = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, loopback))
    expect(server.token_endpoint).toBe(openidServer.token_endpoint)
    const client: oauth.Client = { client_id: registered.clientId }
    const authentication = oauth.ClientSecretBasic(registered.clientSecret)
    const verifier = oauth.generateRandomCodeVerifier()
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
    const address = new URL(server.authorization_endpoint!)
    address.search = new URLSearchParams({
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: redirectUri,
      scope,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }).toString()
    const answer = oauth.validateAuthResponse(server, client, await visit(address), state)
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      answer,
      redirectUri,
      verifier,
      loopback,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(openidServer, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    })
    await oauth.validateApplicationLevelSignature(openidServer, response, loopback)
    const call = new Request(new URL('/api/notes', host.url), {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    const accessToken = await oauth.validateJwtAccessToken(openidServer, call, issuer.origin, loopback)
    expect(accessToken).toMatchObject({
      sub: oauth.getValidatedIdTokenClaims(tokens)!.sub,
      client_id: client.client_id,
      scope,
    })
    const fresh = await oauth.processRefreshTokenResponse(
      openidServer,
      client,
      await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token!, loopback),
    )
    const notes = await oauth.protectedResourceRequest(
      fresh.access_token,
      'GET',
      new URL('/api/notes', host.url),
      undefined,
      null,
      loopback,
    )
    expect(notes.status).toBe(200)
  })

  test('passport-openidconnect logs a person in to an express app', async () => {
    const port = await freePort()
    const app = `http://localhost:${port}`
    const registered = await createClient(store, {
      name: 'passport',
      redirectUri: `${app}/callback`,
      authMethod: 'client_secret_post',
    })
    const program = await startProgram('tests/e2e/fixtures/passport-app.js', port, {
      ISSUER: host.url,
      CLIENT_ID: registered.clientId,
      CLIENT_SECRET: registered.clientSecret,
    })
    onTestFinished(() => program.kill())
    const browser = new HttpBrowser()
    let page = await browser.get(`${app}/login`)
    for (let pages = 0; pages < 4 && page.url.origin !== app; pages += 1) page = await goAlong(browser)(page)
    expect(page).toMatchObject({ status: 200, url: { pathname: '/me' } })
    expect(JSON.parse(page.body)).toMatchObject({ issuer: host.url, email: ada.email, notes: { notes: [{}, {}] } })
  })
})
