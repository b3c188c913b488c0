/** currentScope, its middleware and its guards: limits of sessions, cost of a check, and what the host sees. */
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Database } from '#base/database.js'
import { openTestDatabase } from '#base/testing/store.js'

import type { SigraEnv } from './current-scope.js'
import { startTestSigra } from './testing/test-server.js'

const PASSWORD = 'correct horse battery staple'
type Running = Awaited<ReturnType<typeof startTestSigra>>

let database: Database
let running: Running
beforeAll(async () => {
  database = await openTestDatabase()
  running = await startTestSigra({ database })
})
afterAll(async () => {
  await running.close()
  await database.close()
})

let count = 0
async function loggedIn(more: Record<string, string> = {}) {
  count += 1
  const made = await running.sigra.users.create({
    email: `scope${count}@example.com`,
    password: PASSWORD,
    confirmed: true,
  })
  if (!made.ok) throw new Error(made.reason)
  const person = running.person()
  await person.logIn(made.value.email, PASSWORD, more)
  return { user: made.value, person, cookie: `sigra_session=${person.cookies.get('sigra_session') ?? ''}` }
}

const host = () => {
  const app = new Hono<SigraEnv>()
  app.use(running.sigra.middleware())
  app.get('/who', (c) => c.json(c.var.currentScope))
  app.get('/private', running.sigra.requireUser(), (c) => c.text(c.var.currentScope.user.email))
  app.post('/private', running.sigra.requireUser(), (c) => c.text('done'))
  app.route('/', running.sigra.routes())
  return app
}

describe('currentScope', () => {
  it('tells who, since when, how, and the public id of the session, never its secret', async () => {
    const { user, cookie } = await loggedIn()
    const scope: unknown = await (await host().request('/who', { headers: { cookie } })).json()
    const now = running.clock.now().toISOString()
    expect(scope).toMatchObject({
      user: { id: user.id, email: user.email, confirmedAt: now, createdAt: now },
      session: { createdAt: now, isRemembered: false },
      authentication: { authenticatedAt: now, methods: ['pwd'] },
    })
    const text = JSON.stringify(scope)
    expect(text).toMatch(/"sessionId":"[0-9a-f-]{36}"/)
    expect(text).not.toContain('sgs_')
  })

  it('is null and asks the database nothing for anonymous requests and for cookies that are not ours', async () => {
    const app = host()
    for (const cookie of [
      undefined,
      'other=1',
      'sigra_session=',
      'sigra_session=short',
      `sigra_session=sgs_${'!'.repeat(43)}`,
      `sigra_session=sgs_${'A'.repeat(44)}`,
    ]) {
      const before = database.counters.statements
      const response = await app.request('/who', cookie === undefined ? {} : { headers: { cookie } })
      expect(await response.text()).toBe('null')
      expect(database.counters.statements - before).toBe(0)
    }
  })

  it('costs one statement and no commit a request once it was seen', async () => {
    const { cookie } = await loggedIn()
    const app = host()
    running.clock.advance(1)
    await app.request('/who', { headers: { cookie } })
    await running.server.background.settle()
    const before = { ...database.counters }
    for (let request = 0; request < 50; request += 1) await app.request('/who', { headers: { cookie } })
    await running.server.background.settle()
    expect(database.counters.statements - before.statements).toBe(50)
    expect(database.counters.commits - before.commits).toBe(0)
  })

  it('ignores a cookie that comes twice, another case of its name, and one in the query', async () => {
    const { cookie } = await loggedIn()
    const value = cookie.split('=')[1] ?? ''
    const app = host()
    expect(await (await app.request('/who', { headers: { cookie: `${cookie}; ${cookie}` } })).text()).toBe('null')
    expect(await (await app.request('/who', { headers: { cookie: `SIGRA_SESSION=${value}` } })).text()).toBe('null')
    expect(
      await (
        await app.request(`/who?sigra_session=${value}`, { headers: { authorization: `Bearer ${value}` } })
      ).text(),
    ).toBe('null')
  })

  it('does not take what the table holds for a secret', async () => {
    const { cookie } = await loggedIn()
    const row = await running.server.db.selectFrom('sessions').select('secret_hash').executeTakeFirstOrThrow()
    expect(cookie).not.toContain(row.secret_hash.toString('base64url'))
    const forged = `sigra_session=sgs_${row.secret_hash.toString('base64url')}`
    expect(await (await host().request('/who', { headers: { cookie: forged } })).text()).toBe('null')
  })

  it('ends exactly at the idle limit when nobody used the session', async () => {
    const [one, two] = [await loggedIn(), await loggedIn()]
    running.clock.advance(3599)
    expect(await one.person.isLoggedIn()).toBe(true)
    running.clock.advance(1)
    expect(await two.person.isLoggedIn()).toBe(false)
  })

  it('goes on while it is used and ends at the absolute limit', async () => {
    const { person } = await loggedIn()
    for (let elapsed = 0; elapsed < 86_400 - 1800; elapsed += 1800) {
      running.clock.advance(1800)
      expect(await person.isLoggedIn()).toBe(true)
      await running.server.background.settle()
    }
    running.clock.advance(1800)
    expect(await person.isLoggedIn()).toBe(false)
  })

  it('stays for a remembered session after the browser closed, in the same row, until its own limits', async () => {
    const { person, user } = await loggedIn({ remember: 'true' })
    running.clock.advance(29 * 86_400)
    expect(await person.isLoggedIn()).toBe(true)
    await running.server.background.settle()
    running.clock.advance(29 * 86_400)
    expect(await person.isLoggedIn()).toBe(true)
    await running.server.background.settle()
    running.clock.advance(2 * 86_400)
    expect(await person.isLoggedIn()).toBe(false)
    const rows = await running.server.db
      .selectFrom('sessions')
      .select('remembered')
      .where('user_id', '=', user.id)
      .execute()
    expect(rows).toEqual([{ remembered: true }])
  })

  it('is gone at once when the user is disabled, and users.find does not find them', async () => {
    const { person, user } = await loggedIn()
    await running.server.db
      .updateTable('users')
      .set({ disabled_at: running.clock.now() })
      .where('id', '=', user.id)
      .execute()
    expect(await person.isLoggedIn()).toBe(false)
    expect(await running.sigra.users.find(user.id)).toBeNull()
    expect(await running.sigra.users.findByEmail(user.email)).toBeNull()
  })

  it('writes at most one sighting for requests at the same time', async () => {
    const { person, user } = await loggedIn()
    running.clock.advance(600)
    await Promise.all(Array.from({ length: 20 }, () => person.isLoggedIn()))
    await running.server.background.settle()
    const rows = await running.server.db
      .selectFrom('sessions')
      .select('last_seen_at')
      .where('user_id', '=', user.id)
      .execute()
    expect(rows).toEqual([{ last_seen_at: running.clock.now() }])
  })
})

describe('requireUser', () => {
  it('sends a browser to log in with the way back, and says why', async () => {
    const response = await host().request('/private?page=2&q=a%20b', { headers: { accept: 'text/html' } })
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe(
      '/users/log_in?reason=log_in_required&return_to=%2Fprivate%3Fpage%3D2%26q%3Da%2520b',
    )
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('says that the session ended when there was one', async () => {
    const { cookie } = await loggedIn()
    running.clock.advance(90_000)
    const response = await host().request('/private', { headers: { accept: 'text/html', cookie } })
    const location = response.headers.get('location') ?? ''
    expect(location).toContain('reason=session_ended')
    expect(await (await running.person().get(location)).text()).toContain('You were logged out because you were away')
  })

  it.each([
    ['application/json', {}],
    ['*/*', {}],
    ['text/html', { 'sec-fetch-mode': 'cors' }],
  ])('answers 401 to programs (%s)', async (accept, headers) => {
    const response = await host().request('/private', { headers: { accept, ...headers } })
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({ error: 'unauthenticated', message: 'Log in first.' })
  })

  it('does not come back to a post', async () => {
    const response = await host().request('/private', { method: 'POST', headers: { accept: 'text/html' } })
    expect(response.headers.get('location')).toBe('/users/log_in?reason=log_in_required')
  })

  it('lets the person pass, with a scope that is never null', async () => {
    const { user, cookie } = await loggedIn()
    expect(await (await host().request('/private', { headers: { cookie } })).text()).toBe(user.email)
  })
})

describe('users', () => {
  it.each(['', 'x', '1', "' or 1=1", '00000000-0000-4000-8000-000000000000', '{}', 'a'.repeat(10_000)])(
    'finds nobody behind the id %j',
    async (id) => {
      expect(await running.sigra.users.find(id)).toBeNull()
    },
  )

  it('creates by the rules of registration', async () => {
    const { users } = running.sigra
    expect(await users.create({ email: 'nobody', password: PASSWORD })).toEqual({
      ok: false,
      reason: 'email_malformed',
    })
    expect(await users.create({ email: 'weak@example.com', password: 'short' })).toEqual({
      ok: false,
      reason: 'password_too_short',
    })
    expect(await users.create({ email: 'twice@example.com', password: PASSWORD, confirmed: true })).toMatchObject({
      ok: true,
    })
    expect(await users.create({ email: 'TWICE@example.com', password: PASSWORD })).toEqual({
      ok: false,
      reason: 'taken',
    })
  })
})

describe("ending one's other sessions", () => {
  it('keeps this one and ends all others of this user only', async () => {
    const { person, user } = await loggedIn()
    const elsewhere = running.person()
    await elsewhere.logIn(user.email, PASSWORD)
    const somebody = (await loggedIn()).person
    const answer = await person.post('/users/settings/end_other_sessions', {})
    expect(answer.headers.get('location')).toBe('/users/settings?done=others_ended')
    expect(await person.isLoggedIn()).toBe(true)
    expect(await elsewhere.isLoggedIn()).toBe(false)
    expect(await somebody.isLoggedIn()).toBe(true)
    expect((await running.decisions('session.others_ended'))[0]).toMatchObject({ subjectId: user.id })
  })

  it('does nothing when nobody is logged in', async () => {
    expect((await running.person().post('/users/settings/end_other_sessions', {})).headers.get('location')).toContain(
      '/users/log_in',
    )
    expect((await running.decisions('request.refused')).some((row) => row.reason === 'unauthenticated')).toBe(true)
  })
})
