/** Interactions, as browsers, other browsers and other accounts meet them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { insertClient, type TestRegistration } from '../../testing/issue-code.js'
import { testHost } from '../../testing/test-host.js'
import {
  authorizePath,
  hiddenField,
  openBrowser,
  responseParameters,
  type BrowserAnswer,
  type Fields,
  type TestBrowser,
} from '../../testing/test-browser.js'
import { startTestServer, type TestServer } from '../../testing/test-server.js'

const anyText: unknown = expect.any(String)
const anInteraction: unknown = expect.stringMatching(/^\/oauth\/interactions\//)

let server: TestServer
let client: TestRegistration
let browser: TestBrowser

beforeAll(async () => {
  server = await startTestServer()
  server.host.accounts.set('grace', { sub: 'grace', email: 'grace@example.com' })
})
afterAll(() => server.close())

beforeEach(async () => {
  client = await insertClient(server)
  browser = openBrowser(server)
  server.host.brokenClaims = undefined
  server.clock.advance(1)
})

/** Begins a request logged out, and answers the path to which log in returns. */
async function begin(change: Fields = {}): Promise<string> {
  const sent = await browser.get(authorizePath(client, change))
  return sent.location?.searchParams.get('return_to') ?? ''
}

/** Begins a request as somebody who is logged in, and answers the path of its consent page. */
async function beginAs(account: string, change: Fields = {}): Promise<string> {
  browser.logIn(account)
  const sent = await browser.get(authorizePath(client, change))
  return sent.location?.pathname ?? ''
}

/** Opens the consent page and answers the fields that allow. */
async function allowing(path: string): Promise<Fields> {
  const page = await browser.get(path)
  return { decision: 'allow', account: hiddenField(page.text, 'account') }
}

async function rowsOf(table: 'authorization_codes' | 'consents' | 'interactions'): Promise<number> {
  const [row] = await server.query<{ n: number }>(
    `select count(*) as n from $schema.${table} t join $schema.clients c on c.id = t.client_id where c.client_id = $1`,
    [client.clientId],
  )
  return Number(row?.n)
}

async function lastEvent() {
  return (await server.events()).at(-1)
}

function expectPage(answer: BrowserAnswer, status: number, code: string): void {
  expect([answer.status, /<dd>([a-z_]+)<\/dd>/.exec(answer.text)?.[1]]).toEqual([status, code])
  expect(answer.location).toBeNull()
}

describe('log in', () => {
  test('is asked for with everything the host may want to know', async () => {
    await begin({ login_hint: 'ada@example.com', ui_locales: 'de en', acr_values: 'aal2', prompt: 'login' })
    expect(server.host.asked.at(-1)).toMatchObject({
      issuer: server.issuer,
      purpose: 'authorize',
      returnTo: anInteraction,
      client: { id: client.clientId, name: 'Test client' },
      scopes: ['openid', 'notes:read'],
      resources: ['https://notes.example/api'],
      prompt: ['login'],
      loginHint: 'ada@example.com',
      acrValues: ['aal2'],
      uiLocales: ['de', 'en'],
    })
  })

  test('is asked for again while nobody is logged in, and given up after ten times', async () => {
    const path = await begin()
    for (let times = 1; times < 10; times += 1) expect((await browser.get(path)).location?.pathname).toBe('/log_in')
    expect(responseParameters(await browser.get(path))).toMatchObject({ error: 'login_required', state: 'a state' })
    expectPage(await browser.get(path), 409, 'interaction_ended')
  })

  test('that prompt=login asked for is not satisfied by the session of before', async () => {
    browser.logIn('ada')
    server.clock.advance(60)
    const sent = await browser.get(authorizePath(client, { prompt: 'login' }))
    expect(sent.location?.pathname).toBe('/log_in')
    const path = sent.location?.searchParams.get('return_to') ?? ''
    expect((await browser.get(path)).location?.pathname).toBe('/log_in')
    expect(await rowsOf('authorization_codes')).toBe(0)
    server.clock.advance(1)
    browser.logIn('ada')
    expect((await browser.get(path)).status).toBe(200)
  })

  test('that max_age asked for is not satisfied by an older session, and ends in login_required where none comes', async () => {
    browser.logIn('ada')
    server.clock.advance(120)
    const sent = await browser.get(authorizePath(client, { max_age: '60' }))
    const path = sent.location?.searchParams.get('return_to') ?? ''
    await browser.get(path)
    await browser.get(path)
    expect(responseParameters(await browser.get(path))).toMatchObject({ error: 'login_required' })
  })

  test('of a host that tells no times cannot prove it is new', async () => {
    browser.logIn('ada', null)
    const sent = await browser.get(authorizePath(client, { max_age: '60' }))
    expect(sent.location?.pathname).toBe('/log_in')
    const answer = await browser.get(sent.location?.searchParams.get('return_to') ?? '')
    expect(responseParameters(answer)).toMatchObject({ error: 'login_required' })
  })

  test.each([
    [{ prompt: 'none' }, 'login_required'],
    [{ prompt: 'none', max_age: '0' }, 'login_required'],
  ])('is never shown for %j', async (change, error) => {
    const answer = await browser.get(authorizePath(client, change))
    expect(responseParameters(answer)).toEqual({
      error,
      error_description: anyText,
      state: 'a state',
      iss: server.issuer,
    })
    expect(await rowsOf('interactions')).toBe(0)
  })

  test('that the host cannot offer ends the request with server_error', async () => {
    const broken = testHost()
    const other = await startTestServer({
      database: server.database,
      host: { ...broken, redirectForLogin: () => Promise.reject(new Error('down')) },
    })
    const own = await insertClient(other)
    const answer = await openBrowser(other).get(authorizePath(own))
    expect(responseParameters(answer)).toMatchObject({ error: 'server_error', iss: other.issuer })
    const [row] = await other.query<{ outcome: string }>('select outcome from $schema.interactions')
    expect(row?.outcome).toBe('failed')
    expect(other.logs.at(-1)).toMatchObject({ event: 'account_resolver.redirectForLogin', field: 'thrown' })
    await other.close()
  })
})

describe('an interaction belongs to the browser that began it', () => {
  test('so that another browser can neither see nor finish nor cancel it', async () => {
    const path = await beginAs('ada')
    const fields = await allowing(path)
    const thief = openBrowser(server)
    thief.logIn('ada')
    expectPage(await thief.get(path), 404, 'interaction_unknown')
    expectPage(await thief.post(path, fields), 404, 'interaction_unknown')
    expectPage(await thief.post(path, { decision: 'deny' }), 404, 'interaction_unknown')
    expectPage(await thief.post(`${path}/account`, { to: 'other' }), 404, 'interaction_unknown')
    expect(await rowsOf('authorization_codes')).toBe(0)
    expect(responseParameters(await browser.post(path, fields))['code']).toMatch(/^lsac_/)
  })

  test('so that a victim who follows an attacker’s link gives the attacker nothing', async () => {
    const path = await begin()
    const victim = openBrowser(server)
    victim.logIn('grace')
    await victim.get(authorizePath(client))
    expectPage(await victim.get(path), 404, 'interaction_unknown')
  })

  test.each(['', 'x', 'lsib_short', 'lsib_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', '"quoted"'])(
    'and the cookie %j opens nothing',
    async (value) => {
      const path = await beginAs('ada')
      browser.cookies.set('__Host-lockspire_browser', value)
      expectPage(await browser.get(path), 404, 'interaction_unknown')
    },
  )

  test('and a second cookie of the same name counts as none', async () => {
    const path = await beginAs('ada')
    const value = browser.cookies.get('__Host-lockspire_browser') ?? ''
    browser.cookies.set('__Host-lockspire_browser', `${value}; __Host-lockspire_browser=${value}`)
    expectPage(await browser.get(path), 404, 'interaction_unknown')
  })

  test('while two tabs of one browser finish one each', async () => {
    const first = await beginAs('ada')
    const second = await beginAs('ada', { scope: 'openid notes:write', state: 'second' })
    const one = await browser.post(first, await allowing(first))
    const two = await browser.post(second, await allowing(second))
    expect([responseParameters(one)['state'], responseParameters(two)['state']]).toEqual(['a state', 'second'])
  })

  test('by a cookie that no script and no other site can use', async () => {
    browser.logIn('ada')
    const sent = await browser.get(authorizePath(client))
    expect(sent.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-lockspire_browser=lsib_[\w-]{43}; Path=\/; Max-Age=1800; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ])
    const [row] = await server.query<{ text: string }>(
      'select i::text as text from $schema.interactions i order by created_at desc limit 1',
    )
    expect(row?.text).not.toContain(browser.cookies.get('__Host-lockspire_browser'))
  })

  test.each(['nothing', '8d3f6f2e-0000-4000-8000-000000000000', "'%20or%20'1'='1", 'a'.repeat(300)])(
    'and %s is none',
    async (id) => {
      await beginAs('ada')
      expectPage(await browser.get(`/oauth/interactions/${id}`), 404, 'interaction_unknown')
      expect(await lastEvent()).toMatchObject({
        event: 'interaction.refused',
        outcome: 'refused',
        reason: 'unknown',
        object_id: id.startsWith('8d3f') ? id : null,
      })
    },
  )
})

describe('an interaction belongs to the account it was shown to', () => {
  test('so that another account, logged in meanwhile, is asked first', async () => {
    const path = await beginAs('ada')
    const fields = await allowing(path)
    browser.logIn('grace')
    const answer = await browser.post(path, fields)
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('You are logged in with another account')
    expect(await rowsOf('authorization_codes')).toBe(0)
    const went = await browser.post(`${path}/account`, { to: 'current' })
    expect(went.location?.pathname).toBe(path)
    const page = await browser.get(path)
    expect(page.text).toContain('grace@example.com')
    await browser.post(path, { decision: 'allow', account: hiddenField(page.text, 'account') })
    const [consent] = await server.query<{ subject: string }>(
      `select subject from $schema.consents t join $schema.clients c on c.id = t.client_id where c.client_id = $1`,
      [client.clientId],
    )
    expect(consent?.subject).toBe('grace')
  })

  test('also where it belonged to nobody when the page was shown', async () => {
    const path = await begin()
    browser.logIn('ada')
    const fields = await allowing(path)
    browser.logIn('grace')
    const answer = await browser.post(path, fields)
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('grace@example.com')
    expect(await rowsOf('authorization_codes')).toBe(0)
  })

  test.each([
    ['no mark', undefined],
    ['an empty mark', ''],
    ['an invented mark', 'A'.repeat(43)],
    ['two marks', ['x', 'y']],
  ])('and %s allows nothing', async (_name, account) => {
    const path = await beginAs('ada')
    const answer = await browser.post(path, { decision: 'allow', account })
    expect([200, 400]).toContain(answer.status)
    expect(answer.location).toBeNull()
    expect(await rowsOf('authorization_codes')).toBe(0)
  })

  test('nor does the mark of another interaction', async () => {
    const first = await beginAs('ada')
    const fields = await allowing(first)
    const second = await beginAs('ada', { scope: 'openid notes:write' })
    expect((await browser.post(second, fields)).status).toBe(200)
    expect(await rowsOf('authorization_codes')).toBe(0)
  })

  test('and goes to another one when the person asks for it', async () => {
    const path = await beginAs('ada')
    const sent = await browser.post(`${path}/account`, { to: 'other' })
    expect(sent.location?.pathname).toBe('/log_in')
    expect(sent.location?.searchParams.get('return_to')).toBe(path)
    browser.logIn('grace')
    expect((await browser.get(path)).text).toContain('grace@example.com')
  })
})

describe('a decision', () => {
  test('takes nothing of the request from the form', async () => {
    const path = await beginAs('ada', { response_mode: 'query' })
    const tampered = {
      scope: 'openid notes:read notes:write offline_access',
      redirect_uri: 'https://evil.example/callback',
      client_id: 'another',
      response_mode: 'form_post',
      state: 'changed',
      code_challenge: 'B'.repeat(43),
      resource: 'https://mail.example/api',
    }
    const answer = await browser.post(`${path}?redirect_uri=https://evil.example`, {
      ...(await allowing(path)),
      ...tampered,
    })
    expect(answer.location?.href).toMatch(/^https:\/\/client\.example\/callback\?code=/)
    expect(responseParameters(answer)['state']).toBe('a state')
    const [code] = await server.query<{ scopes: string[]; resources: string[] }>(
      `select t.scopes, t.resources from $schema.authorization_codes t join $schema.clients c on c.id = t.client_id where c.client_id = $1`,
      [client.clientId],
    )
    expect(code).toEqual({ scopes: ['openid', 'notes:read'], resources: ['https://notes.example/api'] })
  })

  test.each([
    ['from another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }],
    ['from a sibling', { 'Sec-Fetch-Site': 'same-site', Origin: 'https://www.id.example' }],
    ['from a sandboxed page', { 'Sec-Fetch-Site': 'cross-site', Origin: 'null' }],
    ['typed by hand, from another site', { 'Sec-Fetch-Site': 'none', Origin: 'https://evil.example' }],
    ['that tells nothing of its origin', { 'Sec-Fetch-Site': 'none' }],
  ])('%s changes nothing', async (_name, forged) => {
    const path = await beginAs('ada')
    const fields = await allowing(path)
    expectPage(await browser.post(path, fields, forged), 403, 'interaction_cross_site')
    expectPage(await browser.post(`${path}/account`, { to: 'other' }, forged), 403, 'interaction_cross_site')
    expect(await rowsOf('authorization_codes')).toBe(0)
  })

  test.each([{}, { decision: 'approve' }, { decision: '' }, { decision: ['allow', 'deny'] }, { decision: 'allow\0' }])(
    'that reads %j changes nothing',
    async (fields) => {
      const path = await beginAs('ada')
      expectPage(await browser.post(path, fields), 400, 'interaction_malformed')
      expect(await rowsOf('authorization_codes')).toBe(0)
    },
  )

  test('to cancel tells the client, and cannot be taken back', async () => {
    const path = await beginAs('ada')
    const fields = await allowing(path)
    const answer = await browser.post(path, { ...fields, decision: 'deny' })
    expect(responseParameters(answer)).toEqual({
      error: 'access_denied',
      error_description: anyText,
      state: 'a state',
      iss: server.issuer,
    })
    expect(await lastEvent()).toMatchObject({
      event: 'authorization_request.denied',
      outcome: 'refused',
      actor_kind: 'account',
      actor_id: 'ada',
    })
    expectPage(await browser.post(path, fields), 409, 'interaction_ended')
    expectPage(await browser.get(path), 409, 'interaction_ended')
    expect([await rowsOf('authorization_codes'), await rowsOf('consents')]).toEqual([0, 0])
  })

  test('is made once: allowing twice, or cancelling afterwards, finds it finished', async () => {
    const path = await beginAs('ada')
    const fields = await allowing(path)
    await browser.post(path, fields)
    expectPage(await browser.post(path, fields), 409, 'interaction_ended')
    expectPage(await browser.post(path, { ...fields, decision: 'deny' }), 409, 'interaction_ended')
    expectPage(await browser.post(`${path}/account`, { to: 'other' }), 409, 'interaction_ended')
    expect([await rowsOf('authorization_codes'), await rowsOf('consents')]).toEqual([1, 1])
  })

  test('comes too late after half an hour', async () => {
    const path = await beginAs('ada')
    const fields = await allowing(path)
    server.clock.advance(1800)
    expectPage(await browser.get(path), 400, 'interaction_expired')
    expectPage(await browser.post(path, fields), 400, 'interaction_expired')
    expect(await rowsOf('authorization_codes')).toBe(0)
  })

  test('of somebody who logged out meanwhile waits for log in', async () => {
    const path = await beginAs('ada')
    const fields = await allowing(path)
    browser.logOut()
    expect((await browser.post(path, fields)).location?.pathname).toBe('/log_in')
    browser.logIn('ada')
    expect(responseParameters(await browser.post(path, await allowing(path)))['code']).toBeDefined()
  })

  test('is refused at every step once the client is disabled', async () => {
    const path = await beginAs('ada')
    const fields = await allowing(path)
    await server.lockspire.clients.disable(client.clientId)
    expectPage(await browser.get(path), 400, 'interaction_client_gone')
    expectPage(await browser.post(path, fields), 400, 'interaction_client_gone')
    expectPage(await browser.get(authorizePath(client)), 400, 'client_disabled')
    expect(await rowsOf('authorization_codes')).toBe(0)
    await server.lockspire.clients.enable(client.clientId)
    expect(responseParameters(await browser.post(path, fields))['code']).toBeDefined()
  })

  test('is refused once the redirect URI was taken from the client', async () => {
    const path = await beginAs('ada')
    const fields = await allowing(path)
    await server.query(
      `update $schema.clients set redirect_uris = '{https://client.example/elsewhere}' where client_id = $1`,
      [client.clientId],
    )
    expectPage(await browser.post(path, fields), 400, 'interaction_client_gone')
    expect(await rowsOf('authorization_codes')).toBe(0)
  })

  test('is not begun by looking at it: GET ten times changes no row', async () => {
    const path = await beginAs('ada')
    const before = await server.query('select * from $schema.interactions')
    for (let times = 0; times < 10; times += 1) expect((await browser.get(path)).status).toBe(200)
    expect(await server.query('select * from $schema.interactions')).toEqual(before)
  })
})
