/** The examples of the documentation run: they serve, log a person in, register a client and hand out tokens. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { createLockspire } from 'lockspire'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { HttpBrowser } from '../e2e/support/http-browser.js'
import { freePort } from '../e2e/support/processes.js'

const docs = join(import.meta.dirname, '../../docs')
const key = `test:${'A'.repeat(43)}`
const person = { email: 'ada@example.com', password: 'correct horse battery staple' }

let baseUrl: string
let plainUrl: string
let product: typeof import('../../docs/examples/product.js')
const closers: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  baseUrl = `http://localhost:${await freePort()}`
  // The examples read their settings when they are loaded, as a program does that starts.
  const PORT = new URL(baseUrl).port
  Object.assign(process.env, { BASE_URL: baseUrl, PORT, DATABASE_URL: 'memory:', SIGRA_KEYS: key, LOCKSPIRE_KEYS: key })
  product = await import('../../docs/examples/product.js')
  const { database, lockspire, sigra } = product
  closers.push(
    () => database.close(),
    () => sigra.close(),
    () => lockspire.close(),
  )
  await sigra.users.create({ ...person, confirmed: true })
  const signals = ['SIGTERM', 'SIGINT'] as const
  const listening = signals.map((signal) => process.listeners(signal))
  const { server: served } = await import('../../docs/examples/serve.js')
  // A signal that ends this test must not be taken for one that ends the product.
  for (const [at, signal] of signals.entries()) {
    for (const one of process.listeners(signal)) if (!listening[at]?.includes(one)) process.off(signal, one)
  }
  closers.push(() => served.close())
  const { server } = await import('../../docs/examples/node-http.js')
  const port = await freePort()
  await new Promise<void>((listens) => server.listen(port, 'localhost', listens))
  plainUrl = `http://localhost:${port}`
  closers.push(() => new Promise((closed) => server.close(closed).closeAllConnections()))
})

afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

async function logIn(url: string): Promise<HttpBrowser> {
  const browser = new HttpBrowser()
  await browser.submit(await browser.get(`${url}/users/log_in`), /log in/i, person)
  return browser
}

describe('the examples', () => {
  it.each(['Hono', 'node:http'])('log a person in on %s', async (kind) => {
    const url = kind === 'Hono' ? baseUrl : plainUrl
    expect((await new HttpBrowser().get(`${url}/`)).body).toBe('Hello stranger')
    expect((await (await logIn(url)).get(`${url}/`)).body).toBe(`Hello ${person.email}`)
    expect((await fetch(`${url}/.well-known/openid-configuration`)).status).toBe(200)
    expect((await fetch(`${url}/oauth/token`, { method: 'POST' })).status).toBe(415)
  })

  it('send strangers to log in, and programs away', async () => {
    const page = await product.app.request('/secret', { headers: { accept: 'text/html' } })
    expect(page.headers.get('location')).toBe('/users/log_in?reason=log_in_required&return_to=%2Fsecret')
    const { api } = await import('../../docs/examples/guard.js')
    for (const path of ['/api/notes', '/api/export']) expect((await api.request(path)).status).toBe(401)
  })

  it.each(['Hono', 'node:http'])('connect an app whose person logs in on %s', async (kind) => {
    const { connect } = await import('../../docs/examples/connect.js')
    const { client } = await product.lockspire.clients.create({
      name: 'My app',
      kind: 'public',
      redirectUris: ['http://127.0.0.1/callback'],
      scopes: ['openid', 'offline_access', 'notes:read'],
    })
    const url = kind === 'Hono' ? baseUrl : plainUrl
    const browser = await logIn(url)
    const allow = async (address: URL): Promise<void> => {
      const consent = await browser.get(`${url}${address.pathname}${address.search}`)
      expect((await browser.submit(consent, /^allow/i)).body).toBe('You can close this window.')
    }
    const answer = await connect(new URL(baseUrl), client.clientId, (address) => void allow(address))
    expect(answer).toMatchObject({ notes: [], of: (await product.sigra.users.findByEmail(person.email))?.id })
  })

  it('register, disable and enable a client', async () => {
    const { partnerOffAndOn } = await import('../../docs/examples/client.js')
    const told: string[] = []
    const clientId = await partnerOffAndOn((text) => void told.push(text))
    expect(told.join()).toMatch(/^lsc_[0-9a-f]{32} lscs_[A-Za-z0-9_-]{43}$/)
    expect(await product.lockspire.clients.find(clientId)).toMatchObject({ disabledAt: null })
  })

  it('run each library alone', async () => {
    const alone = await import('../../docs/examples/sigra-alone.js')
    expect((await alone.app.request('/users/register')).status).toBe(200)
    await alone.sigra.close()
    await alone.database.close()
    const { app, database, lockspire } = await import('../../docs/examples/lockspire-alone.js')
    expect((await app.request('/.well-known/openid-configuration')).status).toBe(200)
    expect((await app.request('/api/notes')).status).toBe(401)
    await lockspire.close()
    await database.close()
    // Two embedded stores are made here, each of which takes seconds.
  }, 120_000)

  it('start strictly', async () => {
    const { strictSigra } = await import('../../docs/examples/production.js')
    const sigra = await strictSigra(product.database, { sendMail: async () => undefined }, key)
    expect((await sigra.fetch(new Request('https://notes.example/users/log_in'))).status).toBe(200)
    await sigra.close()
  })
})

describe('a key ring that leaked', () => {
  const start = (keys: string) =>
    createLockspire({
      database: product.database,
      schema: 'incident',
      issuer: baseUrl,
      accountResolver: {
        resolveCurrentAccount: async () => ({ ok: false, error: 'unauthenticated' }),
        resolveAccount: async () => ({ ok: false, error: 'not_found' }),
        buildClaims: async () => ({ ok: false, error: 'nobody' }),
        redirectForLogin: () => new Response(null, { status: 303, headers: { location: '/' } }),
      },
      scopes: {},
      brand: { name: 'Notes' },
      keys,
    })

  it('is replaced after its signing key was retired, and not before', async () => {
    const other = `other:${'B'.repeat(43)}`
    const before = await start(key)
    const old = await (await before.fetch(new Request(`${baseUrl}/oauth/jwks`))).text()
    await before.close()
    await expect(start(other)).rejects.toThrow('LOCKSPIRE_KEYS')
    await (await start(`${other},${key}`)).close()
    const retire = sql`update incident.signing_keys set retired_at = now(), activated_at = null where retired_at is null`
    await retire.execute(product.database.view<object>('incident'))
    const after = await start(other)
    expect(await (await after.fetch(new Request(`${baseUrl}/oauth/jwks`))).text()).not.toBe(old)
    await after.close()
  })
})

const pages = (await readdir(docs, { recursive: true })).filter((name) => name.endsWith('.md'))

describe('SQL in the documentation', async () => {
  for (const page of pages) {
    const text = await readFile(join(docs, page), 'utf8')
    for (const [index, [, body = '']] of [...text.matchAll(/^```sql\n([\s\S]*?)^```/gm)].entries()) {
      it(`runs: ${page}, block ${index + 1}`, async () => {
        const db = product.database.view<object>('lockspire')
        for (const text of body.split(/;\s*\n/).filter((part) => part.trim() !== '')) {
          await expect(sql.raw(text).execute(db)).resolves.toBeDefined()
        }
      })
    }
  }
})
