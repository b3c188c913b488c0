/** The table of routes: every one states who may call it, and answers accordingly. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Database } from '#base/database.js'
import { openTestDatabase } from '#base/testing/store.js'

import { startTestSigra } from './testing/test-server.js'

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

/** The whole table, so that a route cannot appear, vanish or change its authority unnoticed. */
const expected: Record<string, 'public' | 'user'> = {
  'GET /users/log_in': 'public',
  'POST /users/log_in': 'public',
  'GET /users/unlock': 'public',
  'POST /users/unlock': 'public',
  'GET /users/unlock/open': 'public',
  'GET /users/unlock/link': 'public',
  'POST /users/unlock/link': 'public',
  'GET /users/log_out': 'public',
  'POST /users/log_out': 'public',
  'GET /users/logged_out': 'public',
  'GET /users/register': 'public',
  'POST /users/register': 'public',
  'GET /users/confirm': 'public',
  'POST /users/confirm/resend': 'public',
  'POST /users/confirm/code': 'public',
  'GET /users/confirm/open': 'public',
  'GET /users/confirm/link': 'public',
  'POST /users/confirm/link': 'public',
  'GET /users/settings': 'user',
  'POST /users/settings/end_other_sessions': 'user',
  'GET /dev/mailbox': 'public',
  'GET /dev/mailbox/:id': 'public',
  'GET /dev/mailbox/:id/html': 'public',
}

describe('routes', () => {
  it('all state who may call them', () => {
    expect(
      Object.fromEntries(running.routes.map((route) => [`${route.method} ${route.path}`, route.authority])),
    ).toEqual(expected)
  })

  it('are mounted from that table only, besides the assets', () => {
    const mounted = new Set(running.sigra.routes().routes.map((route) => route.path))
    const known = new Set(running.routes.map((route) => route.path))
    for (const path of mounted) expect(known.has(path) || path.startsWith('/users/assets/')).toBe(true)
  })

  it('that need a user send strangers, ended sessions and made-up cookies to log in', async () => {
    const cookies = ['', `sigra_session=sgs_${'A'.repeat(43)}`, 'sigra_session=x']
    for (const route of running.routes.filter((candidate) => candidate.authority === 'user')) {
      for (const cookie of cookies) {
        const person = running.person()
        const headers = cookie === '' ? {} : { cookie }
        const response =
          route.method === 'GET' ? await person.get(route.path, headers) : await person.post(route.path, {}, headers)
        expect(response.status).toBe(303)
        expect(response.headers.get('location')).toMatch(/^\/users\/log_in\?/)
      }
    }
  })

  it('are never stored, never framed, and differ by cookie', async () => {
    for (const route of running.routes) {
      const person = running.person()
      const response = route.method === 'GET' ? await person.get(route.path) : await person.post(route.path, {})
      expect(response.headers.get('cache-control')).toBe('no-store')
      if (response.status === 303) continue
      expect(response.headers.get('vary')).toContain('Cookie')
      expect(response.headers.get('x-frame-options')).toBe('DENY')
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('content-security-policy')).not.toContain('unsafe')
    }
  })

  it('serve their style sheet and script under a name that changes with them, for good', async () => {
    for (const path of [running.server.stylesheet, ...running.server.scripts, running.server.strengthScript]) {
      const response = await running.person().get(path)
      expect(response.status).toBe(200)
      expect(response.headers.get('cache-control')).toContain('immutable')
    }
  })

  it('have no mailbox in production, nor with another mailer', async () => {
    const production = await startTestSigra({ database, baseUrl: 'https://app.example.com' })
    expect((await production.person().get('/dev/mailbox')).status).toBe(404)
    await production.close()
    const other = await startTestSigra({ database, mailer: { send: async () => {} } })
    expect((await other.person().get('/dev/mailbox')).status).toBe(404)
    await other.close()
  })

  it('show mails of the development mailbox in both forms', async () => {
    const person = running.person()
    await person.register('mailbox@example.com', 'correct horse battery staple')
    const mail = await person.readMail('mailbox@example.com')
    const list = await (await person.get('/dev/mailbox')).text()
    expect(list).toContain(`/dev/mailbox/${mail.id}`)
    expect(await (await person.get(`/dev/mailbox/${mail.id}`)).text()).toContain('/users/confirm/open?secret=')
    const html = await person.get(`/dev/mailbox/${mail.id}/html`)
    expect(await html.text()).toBe(mail.html)
    expect(html.headers.get('content-security-policy')).toContain("default-src 'none'")
  })
})
