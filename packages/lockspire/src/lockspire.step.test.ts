/** The assembled library: who may call what, in whose name it speaks, and what a request costs. */
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { ConfigurationError } from '#base/fault.js'
import { uniqueSchema } from '#base/testing/store.js'

import { configure } from './config.js'
import { allRoutes, createLockspire } from './lockspire.js'
import type { Authority, Route } from './mount.js'
import { insertClient, type TestRegistration } from './testing/issue-code.js'
import { authorizePath, hiddenField, openBrowser, responseParameters } from './testing/test-browser.js'
import { testHost } from './testing/test-host.js'
import { startTestServer, type TestServer } from './testing/test-server.js'

let server: TestServer
let client: TestRegistration

beforeAll(async () => {
  server = await startTestServer()
  client = await insertClient(server)
})
afterAll(() => server.close())

const keys = `test:${Buffer.alloc(32, 7).toString('base64url')}`

function routes(): readonly Route[] {
  const options = {
    database: server.database,
    issuer: server.issuer,
    accountResolver: testHost(),
    brand: { name: 'Example' },
    scopes: {},
    keys,
  }
  return allRoutes({ config: configure(options, {}) })
}

/** Every route with who may call it; a route that is not in here has not been thought about. */
const authorities: Readonly<Record<string, Authority>> = {
  'GET /.well-known/openid-configuration': 'anyone',
  'GET /.well-known/oauth-authorization-server': 'anyone',
  'GET /oauth/jwks': 'anyone',
  'GET /oauth/assets/:file': 'anyone',
  'GET /oauth/authorize': 'account',
  'POST /oauth/authorize': 'anyone',
  'GET /oauth/interactions/:id': 'browser',
  'POST /oauth/interactions/:id': 'browser',
  'POST /oauth/interactions/:id/account': 'browser',
  'POST /oauth/token': 'client',
  'OPTIONS /oauth/token': 'anyone',
  'GET /oauth/userinfo': 'access_token',
  'POST /oauth/userinfo': 'access_token',
  'OPTIONS /oauth/userinfo': 'anyone',
}

describe('every route', () => {
  test('states who may call it, and nobody else added one', () => {
    const found = Object.fromEntries(routes().map((route) => [`${route.method} ${route.path}`, route.authority]))
    expect(found).toEqual(authorities)
  })

  /** What a stranger without anything gets. */
  const strangers: Readonly<Record<Authority, readonly number[]>> = {
    anyone: [200, 204, 303, 404],
    account: [400],
    browser: [403, 404],
    client: [400, 401],
    access_token: [401],
  }

  test.each(Object.entries(authorities))('%s, as %s, gives a stranger nothing', async (name, authority) => {
    const [method = '', path = ''] = name.split(' ')
    const form = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' }
    const init = method === 'POST' ? { method, body: 'decision=allow&to=current', headers: form } : { method }
    const answer = await server.fetch(path.replace(':id', '8d3f6f2e-0000-4000-8000-000000000000'), init)
    expect(strangers[authority]).toContain(answer.status)
    expect(await answer.text()).not.toContain('ada')
    expect(answer.headers.get('location') ?? '').not.toContain('code=')
  })

  test.each([...new Set(Object.keys(authorities).map((name) => name.split(' ')[1] ?? ''))])(
    '%s refuses methods it does not have',
    async (path) => {
      for (const method of ['DELETE', 'PUT', 'PATCH']) {
        const answer = await server.fetch(path, { method })
        expect(answer.status).toBe(405)
        const allowed = Object.keys(authorities)
          .filter((name) => name.endsWith(` ${path}`))
          .map((name) => name.split(' ')[0])
        for (const one of allowed) expect(answer.headers.get('allow')).toContain(one)
      }
    },
  )

  test('and no other exists', async () => {
    const answer = await server.fetch('/oauth/nothing')
    expect([answer.status, await answer.json()]).toEqual([404, { error: 'not_found' }])
  })
})

describe('the issuer decides every address', () => {
  test('whatever Host and forwarding headers say', async () => {
    const browser = openBrowser(server)
    browser.logIn('ada')
    const headers = {
      Host: 'evil.example',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'http',
      Forwarded: 'host=evil.example',
    }
    const sent = await browser.get(authorizePath(client), headers)
    expect(sent.headers.get('location')).toMatch(/^\/oauth\/interactions\//)
    const page = await browser.get(sent.location?.pathname ?? '', headers)
    expect(page.text).not.toContain('evil.example')
    const allowed = await browser.post(
      sent.location?.pathname ?? '',
      { decision: 'allow', account: hiddenField(page.text, 'account') },
      headers,
    )
    expect(responseParameters(allowed)['iss']).toBe(server.issuer)
  })

  test('and its path is kept in every address', async () => {
    const other = await startTestServer({
      database: server.database,
      options: { issuer: 'https://id.example/tenants/a' },
    })
    const own = await insertClient(other)
    const app = new Hono().route('/', other.lockspire.routes())
    const answer = await app.request(`https://id.example/tenants/a${authorizePath(own)}`)
    const returnTo = new URL(answer.headers.get('location') ?? '', 'https://id.example').searchParams.get('return_to')
    expect(returnTo).toMatch(/^\/tenants\/a\/oauth\/interactions\//)
    await other.close()
  })
})

describe('a host', () => {
  test('that mounts the routes hands its own variables to the resolver', async () => {
    const app = new Hono<{ Variables: { account: string } }>()
    app.use(async (c, next) => {
      c.set('account', 'ada')
      await next()
    })
    app.route('/', server.lockspire.routes())
    const answer = await app.request(new URL(authorizePath(client, { scope: 'email' }), server.issuer).href)
    expect(answer.headers.get('location')).toMatch(/^\/oauth\/interactions\//)
  })

  test('that answers nonsense at start is told everything at once', async () => {
    const options = {
      database: server.database,
      issuer: 'nowhere',
      accountResolver: {},
      brand: { name: '' },
      scopes: {},
    }
    await expect(createLockspire(options as never)).rejects.toBeInstanceOf(ConfigurationError)
  })

  test('that lost its database tells the person that nothing was shared, and the log why', async () => {
    const other = await startTestServer({ database: server.database })
    const own = await insertClient(other)
    await other.query('drop table $schema.clients cascade')
    const answer = await other.fetch(authorizePath(own))
    expect(answer.status).toBe(500)
    const text = await answer.text()
    expect(text).toContain('Something went wrong on our side')
    expect(text).not.toContain('clients')
    const line = other.logs.at(-1)
    expect(line).toMatchObject({ level: 'error', path: '/oauth/authorize' })
    expect(text).toContain(line?.requestId)
    await other.close()
  })

  test('may start twice on one database, and finds its clients again', async () => {
    const again = await startTestServer({ database: server.database, schema: server.schema })
    expect(await again.lockspire.clients.find(client.clientId)).toMatchObject({ clientId: client.clientId })
    await again.close()
  })

  test('gets a schema of the name it gives', async () => {
    const schema = uniqueSchema('elsewhere')
    const other = await startTestServer({ database: server.database, schema })
    expect(await other.query(`select from $schema.clients`)).toEqual([])
    await other.close()
  })
})

describe('a request for a code with a live session and a remembered consent', () => {
  test('costs one read and one write', async () => {
    const browser = openBrowser(server)
    browser.logIn('ada')
    const path = (await browser.get(authorizePath(client, { scope: 'profile' }))).location?.pathname ?? ''
    const page = await browser.get(path)
    await browser.post(path, { decision: 'allow', account: hiddenField(page.text, 'account') })
    const before = server.database.counters.statements
    const answer = await browser.get(authorizePath(client, { scope: 'profile' }))
    expect(responseParameters(answer)['code']).toBeDefined()
    expect(server.database.counters.statements - before).toBe(2)
  })
})

describe('assets', () => {
  test('are named by their content and kept for ever', async () => {
    const browser = openBrowser(server)
    const page = await browser.get('/oauth/authorize')
    const path = /<link rel="stylesheet" href="([^"]+)"/.exec(page.text)?.[1] ?? ''
    const file = await browser.get(path)
    expect(file.status).toBe(200)
    expect(file.headers.get('cache-control')).toContain('immutable')
    expect((await browser.get(path, { 'If-None-Match': file.headers.get('etag') ?? '' })).status).toBe(304)
  })

  test.each([
    'stylesheet.AAAAAAAAAAAAAAAA.css',
    'nothing.x.css',
    '__proto__.x.js',
    'constructor',
    '..%2f..%2fpackage.json',
  ])('and %s is none', async (name) => {
    expect((await server.fetch(`/oauth/assets/${name}`)).status).toBe(404)
  })
})
