/** Registration over HTTP: what people see, what mails say, and what strangers cannot learn. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Database } from '#base/database.js'
import { openTestDatabase } from '#base/testing/store.js'

import { startTestSigra } from '../../testing/test-server.js'

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

async function shape(response: Response, email: string): Promise<string> {
  const headers = [...response.headers].map(([name, value]) => [name, value.replaceAll(/sgp_[\w-]{43}/g, 'PENDING')])
  return `${response.status} ${JSON.stringify(headers)} ${(await response.text()).replaceAll(email, 'EMAIL')}`
}

describe('registration', () => {
  it('sends a mail with link and code, and does not log in before the address is confirmed', async () => {
    const person = running.person()
    const answer = await person.register('ada@example.com', PASSWORD)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/users/confirm')
    expect(await person.isLoggedIn()).toBe(false)
    const page = await (await person.get('/users/confirm')).text()
    expect(page).toContain('ada@example.com')
    const mail = await person.readMail('ada@example.com')
    expect(mail.text).toMatch(/http:\/\/localhost:4000\/users\/confirm\/open\?secret=sgl_[\w-]{43}/)
    expect(mail.text).toMatch(/^Code: \d{6}$/m)
    expect(mail.html).toContain('/users/confirm/open?secret=sgl_')
  })

  it('answers a free, a taken, a waiting and a disabled address byte for byte the same, with one hash each', async () => {
    const made = await running.sigra.users.create({ email: 'taken@example.com', password: PASSWORD, confirmed: true })
    const disabled = await running.sigra.users.create({
      email: 'disabled@example.com',
      password: PASSWORD,
      confirmed: true,
    })
    if (!made.ok || !disabled.ok) throw new Error('no users')
    await running.server.db
      .updateTable('users')
      .set({ disabled_at: running.clock.now() })
      .where('id', '=', disabled.value.id)
      .execute()
    await running.person().register('waiting@example.com', PASSWORD)
    const seen: string[] = []
    for (const email of ['free@example.com', 'taken@example.com', 'waiting@example.com', 'disabled@example.com']) {
      const person = running.person()
      const before = running.server.hasher.computed
      const post = await shape(await person.register(email, PASSWORD), email)
      expect(running.server.hasher.computed - before).toBe(1)
      const wait = await shape(await person.get('/users/confirm'), email)
      const wrong = await shape(await person.post('/users/confirm/code', { code: '000000' }), email)
      const resent = await shape(await person.post('/users/confirm/resend', {}), email)
      const after = await shape(await person.get('/users/confirm?done=resent'), email)
      seen.push([post, wait, wrong, resent, after].join('\n'))
    }
    expect(new Set(seen).size).toBe(1)
  })

  it('costs the same number of round trips whether the address is free or taken', async () => {
    await running.sigra.users.create({ email: 'counted@example.com', password: PASSWORD, confirmed: true })
    const counters = running.server.database.counters
    const cost = async (email: string) => {
      await running.sigra.deliverMail()
      const before = counters.statements
      await running.person().register(email, PASSWORD)
      return counters.statements - before
    }
    const [free, taken] = [await cost('uncounted@example.com'), await cost('counted@example.com')]
    // The worker may look at its table meanwhile.
    expect(Math.abs(free - taken)).toBeLessThanOrEqual(3)
  })

  it('tells the owner of a taken address by mail, and changes nothing of theirs', async () => {
    await running.sigra.users.create({ email: 'owner@example.com', password: PASSWORD, confirmed: true })
    const stranger = running.person()
    await stranger.register('owner@example.com', 'another pass phrase entirely')
    expect((await stranger.readMail('owner@example.com')).subject).toBe('You already have a Notes account')
    expect((await running.person().logIn('owner@example.com', 'another pass phrase entirely')).status).toBe(422)
    expect((await running.person().logIn('owner@example.com', PASSWORD)).status).toBe(303)
    expect((await running.decisions('registration.refused'))[0]).toMatchObject({ outcome: 'refused', reason: 'taken' })
  })

  it.each([
    ['', 'email', 'Enter your email address.'],
    ['nobody', 'email', 'Enter an email address like name@example.com.'],
    [`${'a'.repeat(250)}@example.com`, 'email', 'That email address is too long.'],
  ])('asks again for the address %j', async (email, _field, message) => {
    const answer = await running.person().register(email, PASSWORD)
    expect(answer.status).toBe(422)
    const page = await answer.text()
    expect(page).toContain(message)
    expect(page).toContain('aria-invalid="true"')
    expect(page).not.toContain(PASSWORD)
  })

  it.each([
    ['short', 'too_short', 'Use at least 15 characters'],
    ['x'.repeat(1025), 'too_long', 'Use at most 1024 characters'],
    ['q1w2e3r4t5y6u7i8', 'common', 'among the first that are tried'],
    ['passwordpassword', 'common', 'among the first that are tried'],
    ['abababababababab', 'repetitive', 'repeats the same few characters'],
    ['alexandria2026!!', 'context', 'made of your address'],
    ['notes-notes-2026', 'context', 'made of your address'],
  ])('refuses the password %j as %s and records it', async (password, reason, message) => {
    const before = running.server.hasher.computed
    const answer = await running.person().register('alexandria@example.com', password)
    expect(answer.status).toBe(422)
    expect(await answer.text()).toContain(message)
    expect(running.server.hasher.computed).toBe(before)
    expect((await running.decisions('registration.refused')).some((row) => row.reason === `password_${reason}`)).toBe(
      true,
    )
  })

  it.each([
    ['15 characters', 'a quick brown f'],
    ['15 emoji', '🐎🔋📎🌍🎻🐎🔋🎲📎🌍🎻🐎🔋📎🌍'],
    ['lower case only', 'twentylettersinarow!'.replace('!', 'x')],
    ['72 characters and more', 'abcdefgh '.repeat(15)],
    ['1024 characters', 'abcde fgh'.repeat(114).slice(0, 1024)],
  ])('accepts a password of %s', async (name, password) => {
    const email = `${name.replaceAll(/\W/g, '')}@example.com`
    const person = running.person()
    expect((await person.register(email, password)).status).toBe(303)
    expect((await person.confirmByCode(email)).status).toBe(303)
    expect((await running.person().logIn(email, password)).status).toBe(303)
  })

  it('takes differently spelled addresses for one person', async () => {
    const first = running.person()
    await first.register('Bob.Builder@Example.COM', PASSWORD)
    await first.confirmByCode('Bob.Builder@example.com')
    await running.person().register(' bob.builder@example.com ', PASSWORD)
    await running.person().register('ｂob.builder@example.com', PASSWORD)
    const rows = await running.server.db
      .selectFrom('users')
      .select('id')
      .where('email_key', '=', 'bob.builder@example.com')
      .execute()
    expect(rows).toHaveLength(1)
    expect((await running.sigra.users.findByEmail('BOB.BUILDER@EXAMPLE.com'))?.id).toBe(rows[0]?.id)
  })

  it('limits mails to one address and registrations of one network, with Retry-After', async () => {
    const statuses: number[] = []
    for (let index = 0; index < 6; index += 1)
      statuses.push((await running.person().register('bombed@example.com', PASSWORD)).status)
    expect(statuses).toEqual([303, 303, 303, 303, 303, 429])
    const limited = await startTestSigra({
      database,
      registration: { perNetwork: { attempts: 1, windowSeconds: 3600 } },
    })
    const person = limited.person()
    expect((await person.register('n1@example.com', PASSWORD)).status).toBe(303)
    const refused = await person.register('n2@example.com', PASSWORD)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('3600')
    expect((await limited.decisions('registration.refused'))[0]).toMatchObject({ reason: 'throttled' })
    await limited.close()
  })

  it('is not used up by strangers who ask for mails to an address that nobody has', async () => {
    const email = 'asked.before@example.com'
    const statuses: number[] = []
    for (let index = 0; index < 6; index += 1)
      statuses.push((await running.person().post('/users/confirm/resend', { email })).status)
    expect(statuses).toEqual([303, 303, 303, 303, 303, 429])
    const owner = running.person()
    expect((await owner.register(email, PASSWORD)).status).toBe(303)
    expect((await owner.confirmByLink(email)).status).toBe(303)
    expect(await owner.isLoggedIn()).toBe(true)
  })

  it('has no page when the host closes it', async () => {
    const closed = await startTestSigra({ database, registration: { open: false } })
    expect((await closed.person().get('/users/register')).status).toBe(404)
    expect((await closed.person().register('x@example.com', PASSWORD)).status).toBe(404)
    expect(await (await closed.person().get('/users/log_in')).text()).not.toContain('/users/register')
    await closed.close()
  })

  it('builds links from the configured origin, whatever Host says', async () => {
    const person = running.person()
    await person.post(
      '/users/register',
      { email: 'host@example.com', password: PASSWORD },
      { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
    )
    expect((await person.readMail('host@example.com')).text).toContain('http://localhost:4000/')
    expect((await person.readMail('host@example.com')).text).not.toContain('evil')
  })
})
