/** The way through the authorization endpoint and its interaction, as browsers walk it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { insertClient, redeem, type TestRegistration } from '../../testing/issue-code.js'
import { authorizePath, hiddenField, openBrowser, pkce, responseParameters } from '../../testing/test-browser.js'
import { startTestServer, type TestServer } from '../../testing/test-server.js'

describe('an authorization request', () => {
  let server: TestServer
  let client: TestRegistration

  beforeAll(async () => {
    server = await startTestServer()
    client = await insertClient(server)
  })
  afterAll(() => server.close())

  test('survives log in, asks for consent once, and gives a code that the token endpoint takes', async () => {
    const browser = openBrowser(server)
    const sent = await browser.get(authorizePath(client))
    expect(sent.status).toBe(303)
    expect(sent.location?.pathname).toBe('/log_in')
    const returnTo = sent.location?.searchParams.get('return_to') ?? ''
    expect(returnTo).toMatch(/^\/oauth\/interactions\/[0-9a-f-]{36}$/)

    server.clock.advance(60)
    browser.logIn('ada')
    const page = await browser.get(returnTo)
    expect(page.status).toBe(200)
    expect(page.text).toContain('Allow Test client to use your Example account?')

    const allowed = await browser.post(returnTo, { decision: 'allow', account: hiddenField(page.text, 'account') })
    expect(allowed.status).toBe(303)
    const { code = '', ...rest } = responseParameters(allowed)
    expect(rest).toEqual({ state: 'a state', iss: server.issuer })
    const tokens = await redeem(server, client, {
      code,
      verifier: pkce.verifier,
      redirectUri: client.redirectUri,
      codeId: '',
      grantId: '',
      consentId: '',
    })
    expect(tokens.body).toMatchObject({ token_type: 'Bearer', scope: 'openid notes:read' })

    const again = await browser.get(authorizePath(client))
    expect(responseParameters(again)['code']).toMatch(/^lsac_/)
    const events = await server.events()
    expect(events.map((row) => row.event)).toEqual([
      'interaction.started',
      'consent.granted',
      'authorization_code.issued',
      'authorization_code.redeemed',
      'authorization_code.issued',
    ])
  })
})
