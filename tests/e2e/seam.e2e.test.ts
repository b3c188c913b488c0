/** The seam between the two libraries when the person is not there, and when the host's answers are wrong. */
import { Hono } from 'hono'
import { decodeJwt } from 'jose'
import { sql } from 'kysely'
import { type AccountClaims, type AccountResolver, createLockspire } from 'lockspire'
import { createSigra, developmentMailbox, type SigraAssigns, type SigraEnv, type User } from 'sigra'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { movableClock } from '#base/clock.js'
import type { Database } from '#base/database.js'
import type { LogFields, Logger } from '#base/log.js'
import { type RunningServer, serveNode } from '#base/node.js'

import { type BrowserPage, HttpBrowser } from './support/http-browser.js'
import {
  authorizationUrl,
  type ClientCredentials,
  obtainCode,
  redeem,
  refresh,
  textOf,
} from './support/oauth-client.js'
import { ada, goAlong } from './support/person.js'
import { freePort } from './support/processes.js'
import { createStore, type Store } from './support/stores.js'

const clock = movableClock(new Date())
const redirectUri = 'http://localhost:9/callback'

/** What the resolver answers to `buildClaims`; tests break it. */
let answerClaims: (user: User) => unknown
const logged: LogFields[] = []
const log: Logger = {
  info: () => {},
  warn: (fields) => void logged.push(fields),
  error: (fields) => void logged.push(fields),
}

const brand = { name: 'Notes', color: '#1d6b52' }
let store: Store
let database: Database
let server: RunningServer
let issuer: string
let client: ClientCredentials
let close: () => Promise<void>

beforeAll(async () => {
  store = await createStore('postgres')
  database = await store.open()
  const port = await freePort()
  issuer = `http://localhost:${port}`
  const shared = { database, brand, clock, log, dataDir: store.dataDir }
  const sigra = await createSigra({ ...shared, baseUrl: issuer, mailer: developmentMailbox() })
  await sigra.users.create({ ...ada, confirmed: true })
  const accountResolver: AccountResolver<User, SigraAssigns> = {
    async resolveCurrentAccount({ assigns }) {
      const scope = assigns.currentScope
      return scope
        ? { ok: true, account: scope.user, authentication: scope.authentication }
        : { ok: false, error: 'unauthenticated' }
    },
    async resolveAccount(reference) {
      const user = await sigra.users.find(reference)
      return user ? { ok: true, account: user } : { ok: false, error: 'not_found' }
    },
    async buildClaims(user) {
      return { ok: true, claims: answerClaims(user) as AccountClaims }
    },
    redirectForLogin(_connection, context) {
      const location = `/users/log_in?return_to=${encodeURIComponent(context.returnTo)}`
      return new Response(null, { status: 303, headers: { location } })
    },
  }
  const scopes = {
    'notes:read': { description: 'Read your notes' },
    'notes:write': { description: 'Add notes for you' },
  }
  const lockspire = await createLockspire({ ...shared, issuer, accountResolver, scopes })
  const created = await lockspire.clients.create({
    name: 'Seam',
    kind: 'confidential',
    redirectUris: [redirectUri],
    scopes: ['openid', 'email', 'offline_access', 'notes:read', 'notes:write'],
  })
  client = { clientId: created.client.clientId, clientSecret: created.secret.reveal(), redirectUri }
  const app = new Hono<SigraEnv>()
  app.use(sigra.middleware())
  app.route('/', sigra.routes())
  app.route('/', lockspire.routes())
  server = await serveNode({ fetch: app.fetch, port, log })
  close = async () => {
    await server.close()
    await lockspire.close()
    await sigra.close()
    await database.close()
    await store.remove()
  }
})

afterAll(() => close())

beforeEach(() => {
  answerClaims = (user) => ({ sub: user.id, email: user.email, email_verified: true })
  logged.length = 0
})

/** Answers pages until the browser is back at the client. */
async function answerPages(browser: HttpBrowser, first: BrowserPage): Promise<BrowserPage> {
  let page = first
  for (let pages = 0; pages < 4 && !page.url.href.startsWith(redirectUri); pages += 1)
    page = await goAlong(browser)(page)
  return page
}

describe('failure mode 2: no session, or it expired', () => {
  test('sends a stranger to log in and resumes the same authorization request', async () => {
    const browser = new HttpBrowser(redirectUri)
    const { url, state } = authorizationUrl(issuer, client)
    const logIn = await browser.get(url)
    expect(logIn.url.pathname).toBe('/users/log_in')
    expect(logIn.url.searchParams.get('return_to')).toMatch(/^\/oauth\//)
    const done = await answerPages(browser, logIn)
    expect(done.url.searchParams.get('state')).toBe(state)
    expect(done.url.searchParams.get('code')).not.toBeNull()
    expect(done.url.searchParams.get('iss')).toBe(issuer)
  })

  test('asks a person whose session expired while the consent page was open to log in again, and resumes', async () => {
    const browser = new HttpBrowser(redirectUri)
    const { url, state } = authorizationUrl(issuer, client, { prompt: 'consent' })
    const consent = await goAlong(browser)(await browser.get(url))
    expect(consent.url.pathname).toMatch(/^\/oauth\/interactions\//)
    await sql`update sigra.sessions set idle_expires_at = ${clock.now()}, expires_at = ${clock.now()}`.execute(
      database.view('sigra'),
    )
    clock.advance(1)
    const logIn = await browser.submit(consent, /^allow/i)
    expect(logIn.url.pathname).toBe('/users/log_in')
    const done = await answerPages(browser, logIn)
    expect(done.url.searchParams.get('state')).toBe(state)
    expect(done.url.searchParams.get('code')).not.toBeNull()
  })

  test.each([
    ['prompt=login', { prompt: 'login' }],
    ['max_age=0', { max_age: '0' }],
  ])('asks somebody who is logged in to log in again for %s, and then goes on', async (_name, parameters) => {
    const browser = new HttpBrowser(redirectUri)
    await obtainCode(browser, issuer, client, goAlong(browser))
    clock.advance(2)
    const { url, codeVerifier } = authorizationUrl(issuer, client, parameters)
    const logIn = await browser.get(url)
    expect(logIn.url.pathname).toBe('/users/log_in')
    // Going back without logging in again does not help.
    const back = await browser.get(new URL(logIn.url.searchParams.get('return_to') ?? '', issuer))
    expect(back.url.pathname).toBe('/users/log_in')
    const askedAt = clock.now().getTime() / 1000
    const done = await answerPages(browser, logIn)
    const tokens = await redeem(issuer, client, { code: done.url.searchParams.get('code') ?? '', codeVerifier })
    expect(Number(decodeJwt(textOf(tokens, 'id_token'))['auth_time'])).toBeGreaterThanOrEqual(Math.floor(askedAt))
  })

  test.each(['none', 'none with an expired session'])(
    'answers prompt=%s with login_required and no page',
    async (kind) => {
      const browser = new HttpBrowser(redirectUri)
      if (kind !== 'none') {
        await obtainCode(browser, issuer, client, goAlong(browser))
        await sql`update sigra.sessions set idle_expires_at = ${clock.now()}, expires_at = ${clock.now()}`.execute(
          database.view('sigra'),
        )
        clock.advance(1)
      }
      const { url, state } = authorizationUrl(issuer, client, { prompt: 'none' })
      const answer = await browser.get(url)
      expect(answer.url.href.startsWith(redirectUri)).toBe(true)
      expect(Object.fromEntries(answer.url.searchParams)).toMatchObject({ error: 'login_required', state, iss: issuer })
    },
  )
})

const broken: readonly [string, string, () => unknown][] = [
  [
    'throws',
    'thrown',
    () => {
      throw new Error('the directory is away')
    },
  ],
  ['answers no object', 'claims', () => ['sub']],
  ['forgets sub', 'claims.sub', () => ({ email: ada.email })],
  ['answers a number as sub', 'claims.sub', () => ({ sub: 7 })],
  ['states a claim that is not its own', 'claims.iss', (): unknown => ({ sub: 'x', iss: 'https://evil.example' })],
  ['answers a value that is not JSON', 'claims.email', () => ({ sub: 'x', email: () => 'x' })],
]

describe('failure mode 3: buildClaims breaks', () => {
  /** How many rows could pass for something that was issued. */
  async function issuedRows(): Promise<unknown> {
    const { rows } = await sql`
      select (select count(*) from lockspire.authorization_codes) as codes,
             (select count(*) from lockspire.authorization_codes where spent_at is not null) as spent,
             (select count(*) from lockspire.grants) as grants,
             (select count(*) from lockspire.refresh_tokens) as tokens,
             (select count(*) from lockspire.refresh_tokens where spent_at is not null) as rotated
    `.execute(database.view('lockspire'))
    return rows[0]
  }

  /** The fields that the log named, one for each failed request. */
  const namedFields = () =>
    logged.filter((fields) => fields.event === 'account_resolver.buildClaims').map((fields) => fields.field)

  test.each(broken)('at the authorization endpoint: %s', async (_name, field, answer) => {
    const browser = new HttpBrowser(redirectUri)
    await obtainCode(browser, issuer, client, goAlong(browser))
    const before = await issuedRows()
    answerClaims = answer
    const { url, state } = authorizationUrl(issuer, client)
    const page = await browser.get(url)
    expect(page.url.href.startsWith(redirectUri)).toBe(true)
    expect(Object.fromEntries(page.url.searchParams)).toMatchObject({ error: 'server_error', state, iss: issuer })
    expect(page.url.searchParams.get('code')).toBeNull()
    expect(await issuedRows()).toEqual(before)
    expect(namedFields()).toEqual([field])
  })

  test.each(broken)(
    'at the token endpoint: %s, and the code and the token stay whole',
    async (_name, field, answer) => {
      const browser = new HttpBrowser(redirectUri)
      const tokens = await redeem(issuer, client, await obtainCode(browser, issuer, client, goAlong(browser)))
      const waiting = await obtainCode(browser, issuer, client, goAlong(browser))
      const before = await issuedRows()
      answerClaims = answer
      for (const failed of [
        await redeem(issuer, client, waiting),
        await refresh(issuer, client, textOf(tokens, 'refresh_token')),
      ]) {
        expect(failed.status).toBe(500)
        expect(failed.body).toMatchObject({ error: 'server_error' })
        expect(Object.keys(failed.body)).not.toContain('access_token')
      }
      expect(namedFields()).toEqual([field, field])
      expect(await issuedRows()).toEqual(before)
      answerClaims = (user) => ({ sub: user.id, email: user.email, email_verified: true })
      expect((await redeem(issuer, client, waiting)).status).toBe(200)
      expect((await refresh(issuer, client, textOf(tokens, 'refresh_token'))).status).toBe(200)
    },
  )
})
