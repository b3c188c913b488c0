/** `id_token_hint`: an ID token of ours says who is meant, and nothing else does. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { insertClient, insertCode, redeem, type TestRegistration } from '../../testing/issue-code.js'
import { authorizePath, openBrowser, responseParameters } from '../../testing/test-browser.js'
import { startTestServer, type TestServer } from '../../testing/test-server.js'

let server: TestServer
let client: TestRegistration
let tokens: Readonly<Record<string, unknown>>

beforeAll(async () => {
  server = await startTestServer()
  server.host.accounts.set('grace', { sub: 'grace' })
  client = await insertClient(server)
  tokens = (await redeem(server, client, await insertCode(server, client, { subject: 'ada' }))).body
})
afterAll(() => server.close())

async function errorFor(
  account: string,
  hint: string,
  change: Readonly<Record<string, string>> = {},
  asking = client,
): Promise<string> {
  const browser = openBrowser(server)
  browser.logIn(account)
  const answer = await browser.get(authorizePath(asking, { id_token_hint: hint, prompt: 'none', ...change }))
  return responseParameters(answer)['error'] ?? answer.location?.pathname ?? 'none'
}

describe('an id_token_hint', () => {
  test('lets only its subject through, also long after it expired', async () => {
    const hint = String(tokens['id_token'])
    expect(await errorFor('ada', hint)).toBe('consent_required')
    expect(await errorFor('grace', hint)).toBe('login_required')
    server.clock.advance(86_400)
    expect(await errorFor('ada', hint)).toBe('consent_required')
    expect(await errorFor('grace', hint, { prompt: '' })).toBe('/log_in')
    expect(server.host.asked.at(-1)).toMatchObject({ prompt: [] })
  })

  test('is refused where it is an access token, somebody else’s, or tampered with', async () => {
    const hint = String(tokens['id_token'])
    const other = await insertClient(server)
    const [head = '', , tail = ''] = hint.split('.')
    const forged = Buffer.from(JSON.stringify({ iss: server.issuer, aud: client.clientId, sub: 'grace' })).toString(
      'base64url',
    )
    expect(await errorFor('ada', String(tokens['access_token']))).toBe('invalid_request')
    expect(await errorFor('ada', hint, {}, other)).toBe('invalid_request')
    expect(await errorFor('grace', `${head}.${forged}.${tail}`)).toBe('invalid_request')
  })
})
