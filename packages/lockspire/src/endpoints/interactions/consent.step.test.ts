/** Consent: what is asked, what is remembered, and what never is. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { askUserinfo, insertClient, redeem, refresh, type TestRegistration } from '../../testing/issue-code.js'
import {
  authorizePath,
  hiddenField,
  openBrowser,
  pkce,
  responseParameters,
  type BrowserAnswer,
  type Fields,
  type TestBrowser,
} from '../../testing/test-browser.js'
import { startTestServer, type TestServer } from '../../testing/test-server.js'

let server: TestServer
let client: TestRegistration
let browser: TestBrowser

beforeAll(async () => {
  server = await startTestServer()
  server.host.accounts.set('grace', { sub: 'grace' })
})
afterAll(() => server.close())

beforeEach(async () => {
  client = await insertClient(server)
  browser = openBrowser(server)
  browser.logIn('ada')
  server.host.brokenClaims = undefined
})

/** Asks, and says what came: `code`, `page`, or the error. */
async function ask(change: Fields = {}): Promise<string> {
  const answer = await browser.get(authorizePath(client, change))
  const parameters = responseParameters(answer)
  if (parameters['code'] !== undefined) return 'code'
  return (
    parameters['error'] ?? ((await browser.get(answer.location?.pathname ?? '')).status === 200 ? 'page' : 'nothing')
  )
}

/** Asks and allows. */
async function allow(change: Fields = {}): Promise<BrowserAnswer> {
  const path = (await browser.get(authorizePath(client, change))).location?.pathname ?? ''
  const page = await browser.get(path)
  return browser.post(path, { decision: 'allow', account: hiddenField(page.text, 'account') })
}

async function consents(): Promise<{ scopes: string[]; resources: string[]; remembered: boolean; subject: string }[]> {
  return server.query(
    `select t.scopes, t.resources, t.remembered, t.subject from $schema.consents t join $schema.clients c on c.id = t.client_id
      where c.client_id = $1 order by t.granted_at`,
    [client.clientId],
  )
}

/** A public client, which the test helper makes with a web redirect URI. */
async function publicClient(redirectUri: string): Promise<TestRegistration> {
  const { client: made } = await server.lockspire.clients.create({
    name: 'Public',
    kind: 'public',
    redirectUris: [redirectUri],
    scopes: ['openid', 'notes:read', 'offline_access'],
  })
  return { id: made.id, clientId: made.clientId, secret: null, authMethod: 'none', redirectUri }
}

describe('remembered consent', () => {
  test('gives nothing for the time of absence that no page asked for together with that', async () => {
    await allow({ scope: 'notes:read' })
    await allow({ scope: 'openid offline_access' })
    expect(await ask({ scope: 'openid notes:read' })).toBe('code')
    expect(await ask({ scope: 'openid offline_access' })).toBe('code')
    const whole = { scope: 'openid notes:read offline_access' }
    expect(await ask({ ...whole, prompt: 'none' })).toBe('consent_required')
    expect(await ask(whole)).toBe('page')
    await allow(whole)
    expect(await ask({ scope: 'notes:read offline_access', prompt: 'none' })).toBe('code')
    expect(await ask(whole)).toBe('code')
  })

  test('answers the same and less, and asks for more', async () => {
    expect(await ask()).toBe('page')
    await allow({ scope: 'openid notes:read notes:write' })
    expect(await ask({ scope: 'openid notes:read notes:write' })).toBe('code')
    expect(await ask({ scope: 'notes:read' })).toBe('code')
    expect(await ask({ scope: 'openid notes:read', prompt: 'none' })).toBe('code')
    expect(await ask({ scope: 'openid notes:read email' })).toBe('page')
    expect(await ask({ scope: 'openid notes:read email', prompt: 'none' })).toBe('consent_required')
  })

  test('does not reach another resource, another client or another account', async () => {
    await allow({ scope: 'openid', resource: 'https://notes.example/api' })
    expect(await ask({ scope: 'openid', resource: 'https://notes.example/api' })).toBe('code')
    expect(await ask({ scope: 'openid', resource: 'https://mail.example/api' })).toBe('page')
    expect(await ask({ scope: 'openid', resource: ['https://notes.example/api', 'https://mail.example/api'] })).toBe(
      'page',
    )
    browser.logIn('grace')
    expect(await ask({ scope: 'openid', resource: 'https://notes.example/api' })).toBe('page')
    browser.logIn('ada')
    client = await insertClient(server)
    expect(await ask({ scope: 'openid', resource: 'https://notes.example/api' })).toBe('page')
  })

  test('is asked for again by prompt=consent, and by prompt=select_account', async () => {
    await allow()
    expect(await ask({ prompt: 'consent' })).toBe('page')
    expect(await ask({ prompt: 'select_account' })).toBe('page')
    await allow({ prompt: 'consent' })
    expect(await consents()).toHaveLength(1)
  })

  test('grows by merging, and stays one row', async () => {
    await allow({ scope: 'openid notes:read' })
    await allow({ scope: 'openid mail:read' })
    await allow({ scope: 'notes:write openid' })
    expect(await consents()).toEqual([
      {
        scopes: ['mail:read', 'notes:read', 'notes:write', 'openid'],
        resources: ['https://mail.example/api', 'https://notes.example/api'],
        remembered: true,
        subject: 'ada',
      },
    ])
    const granted = await server.query<{ object_id: string; id: string }>(
      `select distinct e.object_id, t.id::text as id from $schema.audit_events e
         join $schema.consents t on true join $schema.clients c on c.id = t.client_id
        where e.event = 'consent.granted' and c.client_id = $1 and e.fields->>'client' = $1`,
      [client.clientId],
    )
    expect(granted).toHaveLength(1)
    expect(granted[0]?.object_id).toBe(granted[0]?.id)
  })

  test('gives each request only what it asked for', async () => {
    await allow({ scope: 'openid notes:read notes:write' })
    await ask({ scope: 'notes:read' })
    const [code] = await server.query<{ scopes: string[] }>(
      `select t.scopes from $schema.authorization_codes t join $schema.clients c on c.id = t.client_id
        where c.client_id = $1 order by cardinality(t.scopes) limit 1`,
      [client.clientId],
    )
    expect(code?.scopes).toEqual(['notes:read'])
  })

  test('ends when it is revoked, and everything that came from it', async () => {
    const { code = '' } = responseParameters(await allow({ scope: 'openid offline_access notes:read' }))
    const kept = {
      code,
      verifier: pkce.verifier,
      redirectUri: client.redirectUri,
      codeId: '',
      grantId: '',
      consentId: '',
    }
    const tokens = await redeem(server, client, kept)
    expect(tokens.status).toBe(200)
    const listed = await server.lockspire.consents.list('ada')
    expect(listed.find((one) => one.clientId === client.clientId)).toMatchObject({
      clientId: client.clientId,
      name: 'Test client',
      scopes: ['notes:read', 'offline_access', 'openid'],
    })
    const revoked = { subject: 'ada', clientId: client.clientId }
    expect([await server.lockspire.consents.revoke(revoked), await server.lockspire.consents.revoke(revoked)]).toEqual([
      true,
      false,
    ])
    expect((await server.events()).at(-1)).toMatchObject({
      event: 'consent.revoked',
      actor_id: 'ada',
      object_id: client.clientId,
    })
    expect((await server.lockspire.consents.list('ada')).map((one) => one.clientId)).not.toContain(client.clientId)
    expect((await refresh(server, client, tokens.body['refresh_token'])).body).toMatchObject({ error: 'invalid_grant' })
    expect((await askUserinfo(server, tokens.body['access_token'])).status).toBe(401)
    expect(await ask()).toBe('page')
    await allow()
    expect(await ask()).toBe('code')
  })

  test('is nobody else’s to take back', async () => {
    await allow()
    expect(await server.lockspire.consents.revoke({ subject: 'grace', clientId: client.clientId })).toBe(false)
    expect(await ask()).toBe('code')
  })

  test('also answers after log in, without a page', async () => {
    await allow()
    browser.logOut()
    const sent = await browser.get(authorizePath(client))
    server.clock.advance(1)
    browser.logIn('ada')
    const answer = await browser.get(sent.location?.searchParams.get('return_to') ?? '')
    expect(responseParameters(answer)['code']).toMatch(/^lsac_/)
    expect((await browser.get(sent.location?.searchParams.get('return_to') ?? '')).status).toBe(409)
  })

  test('works for a public client on the web', async () => {
    client = await publicClient('https://spa.example/callback')
    await allow()
    expect(await ask()).toBe('code')
  })

  test.each([
    'http://127.0.0.1/callback',
    'http://[::1]:4000/callback',
    'http://localhost:9000/callback',
    'com.example.app:/callback',
  ])('never exists for a public client at %s: it is asked each time, and told of on the page', async (redirectUri) => {
    client = await publicClient(redirectUri)
    const answer = await allow()
    expect(answer.location?.href.startsWith(redirectUri)).toBe(true)
    expect(await ask()).toBe('page')
    expect(await ask({ prompt: 'none' })).toBe('consent_required')
    const path = (await browser.get(authorizePath(client))).location?.pathname ?? ''
    expect((await browser.get(path)).text).toContain('This app runs on your own device')
    await allow()
    expect((await consents()).map((row) => row.remembered)).toEqual([false, false])
  })
})

describe('the consent page', () => {
  async function pageFor(change: Fields = {}): Promise<string> {
    const path = (await browser.get(authorizePath(client, change))).location?.pathname ?? ''
    return (await browser.get(path)).text
  }

  test('says in this order who asks, where it leads, who you are, what for, what never, how long, and lets cancel first', async () => {
    const text = await pageFor({ scope: 'openid email notes:read mail:read offline_access' })
    const parts = [
      'Allow Test client to use your Example account?',
      'Sends you back to',
      'client.example',
      'Ada Lovelace',
      'ada@example.com',
      'Use another account',
      'It will be able to',
      'See your email address',
      'Notes',
      'Read your notes',
      'Mail',
      'Read your mail',
      'Your password',
      'for at most 90 days',
      'You can take this back',
      'Cancel',
      'Allow access',
    ]
    const places = parts.map((part) => text.indexOf(part, text.indexOf('<main')))
    expect(places).not.toContain(-1)
    const heading = text.indexOf('<h1>')
    expect(places[0]).toBeGreaterThan(heading)
    let at = places[0] ?? 0
    for (const part of parts.slice(1)) {
      const next = text.indexOf(part, at)
      expect(next, part).toBeGreaterThan(-1)
      at = next
    }
  })

  test('marks what is new, once something was allowed before', async () => {
    expect(await pageFor()).not.toContain('>New<')
    await allow()
    const text = await pageFor({ scope: 'openid notes:read notes:write' })
    expect(text.match(/>New</g)).toHaveLength(1)
    expect(/Change your notes[\s\S]{0,80}>New</.test(text)).toBe(true)
  })

  test('shows names as text, whatever is in them', async () => {
    server.host.accounts.set('ada', {
      sub: 'ada',
      name: '<img src=x onerror=alert(1)>',
      email: '"><script>alert(2)</script>',
    })
    const text = await pageFor()
    expect(text).not.toContain('<img src=x')
    expect(text).not.toContain('<script>alert')
    server.host.accounts.set('ada', { sub: 'ada', name: 'Ada Lovelace', email: 'ada@example.com' })
  })

  test('is never framed, stored or scripted from elsewhere', async () => {
    const path = (await browser.get(authorizePath(client))).location?.pathname ?? ''
    const { headers } = await browser.get(path)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('content-security-policy')).toMatch(
      /default-src 'none'.*script-src 'self';.*frame-ancestors 'none'/,
    )
  })
})

describe('claims that cannot be read (the host throws, or answers nonsense)', () => {
  test.each<[string, unknown, string]>([
    ['throws', new Error('down'), 'thrown'],
    ['has no subject', { email: 'ada@example.com' }, 'claims.sub'],
    ['claims to be another issuer', { sub: 'ada', iss: 'https://evil.example' }, 'claims.iss'],
    ['is a list', [], 'claims'],
  ])(
    'buildClaims %s: server_error to the client at each step, nothing half-issued, and the log names the field',
    async (_name, broken, field) => {
      const path = (await browser.get(authorizePath(client))).location?.pathname ?? ''
      const page = await browser.get(path)
      server.host.brokenClaims = broken
      server.logs.length = 0
      const direct = await browser.get(authorizePath(client))
      expect(direct.location?.origin).toBe('https://client.example')
      expect(responseParameters(direct)).toMatchObject({ error: 'server_error', state: 'a state', iss: server.issuer })
      const decided = await browser.post(path, { decision: 'allow', account: hiddenField(page.text, 'account') })
      expect(responseParameters(decided)).toMatchObject({ error: 'server_error', state: 'a state' })
      expect(server.logs.map((line) => [line.event, line.field, line.clientId])).toEqual([
        ['account_resolver.buildClaims', field, client.clientId],
        ['account_resolver.buildClaims', field, client.clientId],
      ])
      const [rows] = await server.query<{ codes: number; consents: number; open: number }>(
        `select (select count(*) from $schema.authorization_codes where client_id = $1::uuid) as codes,
              (select count(*) from $schema.consents where client_id = $1::uuid) as consents,
              (select count(*) from $schema.interactions where client_id = $1::uuid and ended_at is null) as open`,
        [client.id],
      )
      expect(rows).toEqual({ codes: 0, consents: 0, open: 0 })
      expect((await server.events()).at(-1)).toMatchObject({ event: 'interaction.refused', reason: 'claims_failed' })
    },
  )
})

describe('form_post', () => {
  test('brings the code in a body, never in an address, with or without script', async () => {
    const answer = await allow({ response_mode: 'form_post', state: 'a "quoted" & <marked> state' })
    expect(answer.status).toBe(200)
    expect(answer.location).toBeNull()
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(answer.headers.get('content-security-policy')).not.toContain('form-action')
    expect(answer.text).toContain('method="post" action="https://client.example/callback"')
    expect(answer.text).toMatch(/<button[^>]*type="submit"/)
    expect(responseParameters(answer)).toEqual({
      code: expect.stringMatching(/^lsac_[\w-]{43}$/),
      state: 'a "quoted" & <marked> state',
      iss: server.issuer,
    })
    const script = /<script src="([^"]+)" defer/.exec(answer.text)?.[1] ?? ''
    const file = await browser.get(script)
    expect([file.status, file.text]).toEqual([200, expect.stringContaining('.submit()')])
  })

  test('is refused for an app that browsers cannot post to', async () => {
    client = await publicClient('com.example.app:/callback')
    const answer = await browser.get(authorizePath(client, { response_mode: 'form_post' }))
    expect(responseParameters(answer)['error']).toBe('invalid_request')
  })
})

describe('the authorization endpoint by POST', () => {
  test('sends the browser to the same request by GET, with which its cookies come', async () => {
    const query = new URL(
      authorizePath(client, { resource: ['https://notes.example/api', 'https://mail.example/api'] }),
      server.issuer,
    ).searchParams
    const fields = Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]))
    const answer = await browser.post(
      '/oauth/authorize',
      { ...fields, unknown: 'x' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://client.example' },
    )
    expect(answer.status).toBe(303)
    expect(answer.location?.pathname).toBe('/oauth/authorize')
    expect([...(answer.location?.searchParams ?? [])].toSorted()).toEqual([...query].toSorted())
    expect((await browser.get(`${answer.location?.pathname}${answer.location?.search}`)).location?.pathname).toMatch(
      /^\/oauth\/interactions\//,
    )
  })
})
