/** Options that change what people meet: each one shown at work. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Database } from '#base/database.js'
import { openTestDatabase } from '#base/testing/store.js'

import { startTestSigra, type TestSigraOptions } from './testing/test-server.js'

const PASSWORD = 'correct horse battery staple'
const WRONG = 'incorrect horse battery staple'
type Running = Awaited<ReturnType<typeof startTestSigra>>

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(async () => {
  await database.close()
})

async function having(options: TestSigraOptions, act: (running: Running) => Promise<void>): Promise<void> {
  const running = await startTestSigra({ database, ...options })
  try {
    await running.sigra.users.create({ email: 'ada@example.com', password: PASSWORD, confirmed: true })
    await act(running)
  } finally {
    await running.close()
  }
}

describe('options', () => {
  it('landingPath is where people land who came from nowhere', () =>
    having({ landingPath: '/home' }, async (running) => {
      expect((await running.person().logIn('ada@example.com', PASSWORD)).headers.get('location')).toBe('/home')
    }))

  it('brand names every page and every mail', () =>
    having({ brand: { name: 'Quill & Co' } }, async (running) => {
      const person = running.person()
      expect(await (await person.get('/users/log_in')).text()).toContain('Log in to Quill &amp; Co')
      await person.register('new@example.com', PASSWORD)
      const mail = await person.readMail('new@example.com')
      expect(mail.subject).toBe('Confirm your email address for Quill & Co')
      expect(mail.html).toContain('Quill &amp; Co')
      expect(mail.text).toContain('Quill & Co')
    }))

  it('trustedProxyHops decides whose word about the client address is taken', async () => {
    const perNetwork = { attempts: 1, windowSeconds: 60 }
    const statuses = async (running: Running) => {
      const seen: number[] = []
      for (const forwarded of ['192.0.2.1', '192.0.2.2', '6.6.6.6, 192.0.2.2']) {
        const person = running.person({ address: '10.0.0.1' })
        const fields = { email: 'x@example.com', password: WRONG }
        seen.push((await person.post('/users/log_in', fields, { 'x-forwarded-for': forwarded })).status)
      }
      return seen
    }
    await having({ logIn: { perNetwork } }, async (running) => expect(await statuses(running)).toEqual([422, 429, 429]))
    await having({ logIn: { perNetwork }, trustedProxyHops: 1 }, async (running) =>
      expect(await statuses(running)).toEqual([422, 422, 429]),
    )
  })

  it('session.offerRemember takes the offer away, and the field does nothing then', () =>
    having({ session: { offerRemember: false } }, async (running) => {
      const person = running.person()
      expect(await (await person.get('/users/log_in')).text()).not.toContain('Stay logged in')
      const answer = await person.logIn('ada@example.com', PASSWORD, { remember: 'true' })
      expect(answer.headers.getSetCookie().find((line) => line.startsWith('sigra_session='))).not.toContain('Max-Age')
    }))

  it('session.standard and session.remembered set the limits', () =>
    having(
      {
        session: {
          standard: { idleSeconds: 100, absoluteSeconds: 200 },
          remembered: { idleSeconds: 1000, absoluteSeconds: 2000 },
          touchIntervalSeconds: 10,
        },
      },
      async (running) => {
        const [one, two] = [running.person(), running.person()]
        await one.logIn('ada@example.com', PASSWORD)
        await two.logIn('ada@example.com', PASSWORD, { remember: 'true' })
        running.clock.advance(100)
        expect(await one.isLoggedIn()).toBe(false)
        expect(await two.isLoggedIn()).toBe(true)
        await running.server.background.settle()
        running.clock.advance(1010)
        expect(await two.isLoggedIn()).toBe(false)
      },
    ))

  it('password sets lengths and forbidden words', () =>
    having({ password: { minLength: 8, maxLength: 64, forbiddenWords: ['Quill'] } }, async (running) => {
      const reason = async (password: string) => {
        const made = await running.sigra.users.create({ email: 'lengths@example.com', password })
        return made.ok ? 'ok' : made.reason
      }
      expect(await reason('seven77')).toBe('password_too_short')
      expect(await reason('a b c d '.repeat(9))).toBe('password_too_long')
      expect(await reason('quill-2026!')).toBe('password_context')
      expect(await reason('eight ch')).toBe('ok')
      expect(await (await running.person().get('/users/register')).text()).toContain('At least 8 characters')
    }))

  it('logIn.lockout sets when delays begin and how they grow', () =>
    having(
      { logIn: { lockout: { freeAttempts: 2, firstDelaySeconds: 7, longestDelaySeconds: 7, maxAttempts: 3 } } },
      async (running) => {
        const retry = async () => (await running.person().logIn('ada@example.com', WRONG)).headers.get('retry-after')
        expect([await retry(), await retry(), await retry()]).toEqual([null, null, '7'])
        running.clock.advance(7)
        expect([await retry(), await retry()]).toEqual([null, '86400'])
        running.clock.advance(86_400)
        expect((await running.person().logIn('ada@example.com', PASSWORD)).status).toBe(303)
      },
    ))

  it('emailConfirmation sets lifetimes and tries', () =>
    having(
      { emailConfirmation: { codeLifetimeSeconds: 5, linkLifetimeSeconds: 10, codeAttempts: 1 } },
      async (running) => {
        const person = running.person()
        await person.register('short@example.com', PASSWORD)
        running.clock.advance(5)
        expect((await person.confirmByCode('short@example.com')).status).toBe(422)
        await person.openMailedLink('short@example.com')
        running.clock.advance(5)
        expect((await person.post('/users/confirm/link', {})).status).toBe(410)
        await person.post('/users/confirm/resend', {})
        expect(await (await person.post('/users/confirm/code', { code: '000000' })).text()).toContain(
          'That code is wrong.',
        )
        expect(await (await person.post('/users/confirm/code', { code: '000000' })).text()).toContain('no longer works')
      },
    ))

  it('migrate: false leaves the schema alone', async () => {
    const running = await startTestSigra({ database, migrate: false })
    await expect(running.sigra.users.findByEmail('ada@example.com')).rejects.toThrow('does not exist')
    await running.close()
  })

  it('starts twice on one schema at the same time', async () => {
    const schema = `sigra_twice_${Math.floor(Math.random() * 1e9)}`
    const both = await Promise.all([startTestSigra({ database, schema }), startTestSigra({ database, schema })])
    expect((await both[0].sigra.users.create({ email: 'a@example.com', password: PASSWORD })).ok).toBe(true)
    expect(await both[1].sigra.users.findByEmail('a@example.com')).not.toBeNull()
    await Promise.all(both.map((running) => running.close()))
  })
})

describe('pruning', () => {
  it('deletes what is long over and keeps what still says something', () =>
    having({}, async (running) => {
      const person = running.person()
      await person.logIn('ada@example.com', PASSWORD, { remember: 'true' })
      await running.person().logIn('ada@example.com', PASSWORD)
      await running.person().register('pending@example.com', PASSWORD)
      running.clock.advance(3 * 86_400)
      expect(await running.sigra.prune()).toMatchObject({ sessions: 0, oneTimeSecrets: 0, knownDevices: 0 })
      running.clock.advance(29 * 86_400)
      expect(await running.sigra.prune()).toMatchObject({
        sessions: 1,
        oneTimeSecrets: 1,
        knownDevices: 0,
        throttles: 0,
      })
      running.clock.advance(400 * 86_400)
      expect(await running.sigra.prune()).toMatchObject({ sessions: 1, knownDevices: 2 })
      expect(await running.sigra.users.findByEmail('ada@example.com')).not.toBeNull()
    }))
})
