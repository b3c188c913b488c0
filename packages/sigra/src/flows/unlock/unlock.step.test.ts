/** Unlocking by mail over HTTP: the owner gets in while strangers keep guessing, and nobody else learns or gains anything. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Database } from '#base/database.js'
import { hashSecret } from '#base/secrets.js'
import { openTestDatabase } from '#base/testing/store.js'

import { mailedLink, type TestPerson } from '../../testing/test-person.js'
import { startTestSigra } from '../../testing/test-server.js'

const PASSWORD = 'correct horse battery staple'
const WRONG = 'incorrect horse battery staple'
const DAY_SECONDS = 86_400
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

let users = 0
async function makeUser(confirmed = true): Promise<string> {
  users += 1
  const email = `unlock${users}@example.com`
  await running.sigra.users.create({ email, password: PASSWORD, confirmed })
  return email
}

const ask = (person: TestPerson, email: string, more: Record<string, string> = {}) =>
  person.post('/users/unlock', { email, ...more })

async function shut(email: string, attempts = 10): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) await running.person().logIn(email, WRONG)
}

/** Asks, opens the mail and presses the button. */
async function unlocks(person: TestPerson, email: string, more: Record<string, string> = {}): Promise<Response> {
  expect((await ask(person, email, more)).status).toBe(303)
  await person.openMailedLink(email)
  return person.post('/users/unlock/link', {})
}

const mailsTo = async (email: string) => {
  await running.sigra.deliverMail()
  return running.mailbox.list().filter((mail) => mail.to === email)
}

describe('an owner whom strangers hold up', () => {
  it('gets in by a mailed link from a browser that was never there, however long a stranger guesses once a day', async () => {
    const email = await makeUser()
    const stranger = running.person()
    await shut(email)
    for (let day = 0; day < 120; day += 1) {
      const answer = await stranger.logIn(email, WRONG)
      running.clock.advance(answer.status === 429 ? Number(answer.headers.get('retry-after')) : 1)
    }
    await stranger.logIn(email, WRONG)
    const owner = running.person()
    expect((await owner.logIn(email, PASSWORD)).status).toBe(429)
    await unlocks(owner, email)
    expect((await owner.logIn(email, PASSWORD)).status).toBe(303)
    expect(await owner.isLoggedIn()).toBe(true)
    // A right password from a known browser says nothing about the guesses of others.
    expect((await stranger.logIn(email, WRONG)).status).toBe(429)
    expect((await running.person().logIn(email, PASSWORD)).status).toBe(429)
  })

  it('is offered the link on the page that says to wait, with the address and the way back filled in', async () => {
    const email = await makeUser()
    await shut(email)
    const page = await (await running.person().logIn(email, PASSWORD, { return_to: '/notes?page=2' })).text()
    const form = page.slice(page.indexOf('action="/users/unlock"'))
    expect(form).toContain(`name="email" value="${email}"`)
    expect(form).toContain('name="return_to" value="/notes?page=2"')
    expect(form).toContain('Mail me a link')
    expect(await (await running.person().logIn('free@example.com', PASSWORD)).text()).not.toContain('/users/unlock')
    expect((await mailsTo(email))[0]?.text).toContain('ask for a link by mail')
  })

  it('is not logged in by the link, and goes on to where they were going after logging in', async () => {
    const email = await makeUser()
    const owner = running.person()
    const answer = await unlocks(owner, email, { return_to: '/notes?page=2' })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/users/log_in?reason=unlocked&return_to=%2Fnotes%3Fpage%3D2')
    expect(await owner.isLoggedIn()).toBe(false)
    expect(owner.cookies.has('sigra_unlock_link') || owner.cookies.has('sigra_unlock_asked')).toBe(false)
    const page = await (await owner.get(answer.headers.get('location') ?? '')).text()
    expect(page).toContain('This browser may try again now.')
    expect(page).toContain('name="return_to" value="/notes?page=2"')
  })

  it.each(['//evil.example', 'https://evil.example', '/\\evil.example'])(
    'is never sent to another site: %s',
    async (returnTo) => {
      const answer = await unlocks(running.person(), await makeUser(), { return_to: returnTo })
      expect(answer.headers.get('location')).toBe('/users/log_in?reason=unlocked')
    },
  )

  it('may use a link that somebody else asked for, without the way back of theirs', async () => {
    const email = await makeUser()
    await shut(email)
    await ask(running.person(), email, { return_to: '/lure' })
    const owner = running.person()
    await owner.openMailedLink(email)
    const answer = await owner.post('/users/unlock/link', {})
    expect(answer.headers.get('location')).toBe('/users/log_in?reason=unlocked')
    expect((await owner.logIn(email, PASSWORD)).status).toBe(303)
  })

  it('always has a link that works while the mails of the address are used up', async () => {
    const email = await makeUser()
    await shut(email)
    for (let index = 0; index < 3; index += 1) expect((await ask(running.person(), email)).status).toBe(303)
    const owner = running.person()
    const refused = await ask(owner, email)
    expect(refused.status).toBe(429)
    const wait = Number(refused.headers.get('retry-after'))
    expect(await refused.text()).toContain('Use the link in the latest mail')
    running.clock.advance(wait - 1)
    expect((await owner.openMailedLink(email)).status).toBe(200)
    running.clock.advance(1)
    expect((await ask(owner, email)).status).toBe(303)
  })

  it('gets attempts of its own again in a known browser that used up those it had', async () => {
    const email = await makeUser()
    const owner = running.person()
    await owner.logIn(email, PASSWORD)
    await owner.logOut()
    for (let attempt = 0; attempt < 10; attempt += 1) await owner.logIn(email, WRONG)
    expect((await owner.logIn(email, PASSWORD)).status).toBe(429)
    await unlocks(owner, email)
    expect((await owner.logIn(email, PASSWORD)).status).toBe(303)
  })

  it('has ten tries in that browser, not endless ones', async () => {
    const email = await makeUser()
    const owner = running.person()
    await unlocks(owner, email)
    const statuses: number[] = []
    for (let attempt = 0; attempt < 11; attempt += 1) statuses.push((await owner.logIn(email, WRONG)).status)
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 422), 429])
  })
})

describe('asking for a link', () => {
  it('answers a known, an unknown, an unconfirmed and a disabled address byte for byte the same', async () => {
    const disabled = await makeUser()
    await running.server.db
      .updateTable('users')
      .set({ disabled_at: new Date() })
      .where('email', '=', disabled)
      .execute()
    const emails = [await makeUser(), 'nobody@example.com', await makeUser(false), disabled]
    const shapes: unknown[] = []
    for (const email of emails) {
      const person = running.person()
      const answer = await ask(person, email, { return_to: '/notes' })
      const shape = async (response: Response) => ({
        status: response.status,
        headers: [...response.headers].map(([name, value]) => [name, value.replace(/sga_[\w-]{43}/, 'SECRET')]),
        body: (await response.text()).replaceAll(email, 'EMAIL'),
      })
      const seen = [await shape(answer), await shape(await person.get(answer.headers.get('location') ?? ''))]
      for (let index = 0; index < 3; index += 1) seen.push(await shape(await ask(running.person(), email)))
      shapes.push(seen)
    }
    for (const shape of shapes) expect(shape).toEqual(shapes[0])
    const [known = '', ...others] = emails
    expect((await mailsTo(known)).map((mail) => mail.subject)).toEqual(
      Array.from({ length: 3 }, () => 'Try again to log in to Notes'),
    )
    for (const email of others) expect(await mailsTo(email)).toEqual([])
  })

  it('mails both twins to the proven spelling', async () => {
    const email = await makeUser()
    await ask(running.person(), email.toUpperCase())
    const [mail] = await mailsTo(email)
    const link = mailedLink(mail ?? expect.fail('no mail'))
    expect(link).toMatch(/^\/users\/unlock\/open\?secret=sgu_[\w-]{43}$/)
    expect(mail?.html).toContain(link)
    expect(mail?.text).toContain('logs nobody in')
    expect(mail?.text).toContain('15 minutes')
  })

  it('has mails of its own: neither failed log ins nor confirmation mails use them up, nor they those', async () => {
    const email = await makeUser(false)
    for (let index = 0; index < 6; index += 1) await running.person().post('/users/confirm/resend', { email })
    await shut(email, 12)
    expect((await ask(running.person(), email)).status).toBe(303)
    const other = await makeUser(false)
    for (let index = 0; index < 4; index += 1) await ask(running.person(), other)
    expect((await ask(running.person(), other)).status).toBe(429)
    expect((await running.person().post('/users/confirm/resend', { email: other })).status).toBe(303)
    expect((await running.person().logIn(other, WRONG)).status).toBe(422)
  })

  it('is counted for a network, whatever the addresses', async () => {
    const limited = await startTestSigra({ database, unlock: { perNetwork: { attempts: 2, windowSeconds: 60 } } })
    const person = limited.person()
    const statuses: number[] = []
    for (const name of ['a', 'b', 'c']) statuses.push((await ask(person, `${name}@example.com`)).status)
    expect(statuses).toEqual([303, 303, 429])
    const refused = await person.post('/users/unlock/link', {})
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('60')
    expect((await ask(limited.person(), 'c@example.com')).status).toBe(303)
    await limited.close()
  })

  it('tells the audit log who it was for, and the store keeps only hashes', async () => {
    const email = await makeUser()
    const owner = running.person()
    await ask(owner, email)
    const user = await running.server.db.selectFrom('users').select('id').where('email', '=', email).executeTakeFirst()
    const told = expect.objectContaining({ outcome: 'ok', subjectId: user?.id })
    expect(await running.decisions('unlock.requested')).toContainEqual(told)
    const secret = new URLSearchParams(mailedLink(await owner.readMail(email)).split('?')[1]).get('secret') ?? ''
    const rows = await running.server.db
      .selectFrom('one_time_secrets')
      .selectAll()
      .where('email_key', '=', email)
      .execute()
    expect(rows).toHaveLength(1)
    expect(rows[0]?.link_hash).toEqual(hashSecret(secret))
    expect(rows[0]?.code_hmac).toBeNull()
    await owner.get(mailedLink(await owner.readMail(email)))
    await owner.post('/users/unlock/link', {})
    expect(await running.decisions('unlock.completed')).toContainEqual(told)
    const devices = await running.server.db
      .selectFrom('known_devices')
      .select('device_hash')
      .where('user_id', '=', user?.id ?? '')
      .execute()
    expect(devices).toEqual([{ device_hash: hashSecret(owner.cookies.get('sigra_device') ?? '') }])
  })
})

describe('a mailed link', () => {
  it('is taken out of the address, shows one button and is not spent by opening it ten times', async () => {
    const email = await makeUser()
    const owner = running.person()
    await ask(owner, email)
    const path = mailedLink(await owner.readMail(email))
    for (let index = 0; index < 10; index += 1) {
      const opened = await running.person().get(path)
      expect(opened.status).toBe(303)
      expect(opened.headers.get('location')).toBe('/users/unlock/link')
      expect(opened.headers.get('referrer-policy')).toBe('no-referrer')
    }
    const page = await (await owner.openMailedLink(email)).text()
    expect(page).toContain(email)
    expect(page.match(/<button/g)).toHaveLength(1)
    expect((await owner.post('/users/unlock/link', {})).status).toBe(303)
  })

  it('works once, for a quarter of an hour, and only the latest', async () => {
    const email = await makeUser()
    const [first, second] = [running.person(), running.person()]
    await ask(first, email)
    await first.openMailedLink(email)
    await ask(second, email)
    expect((await first.post('/users/unlock/link', {})).status).toBe(410)
    const path = mailedLink(await second.readMail(email))
    await second.get(path)
    expect((await second.post('/users/unlock/link', {})).status).toBe(303)
    await second.get(path)
    const again = await second.post('/users/unlock/link', {})
    expect(again.status).toBe(410)
    expect(await again.text()).toContain('It was used already.')
    await ask(first, email)
    await first.openMailedLink(email)
    running.clock.advance(900)
    expect((await first.post('/users/unlock/link', {})).status).toBe(410)
    running.clock.advance(DAY_SECONDS)
  })

  it('is no confirmation link, nor the other way round', async () => {
    const email = await makeUser()
    const owner = running.person()
    await ask(owner, email)
    const secret = mailedLink(await owner.readMail(email)).split('secret=')[1] ?? ''
    expect((await owner.post('/users/confirm/link', {}, { cookie: `sigra_link=${secret}` })).status).toBe(410)
    const stranger = running.person()
    await stranger.register('fresh@example.com', PASSWORD)
    const other = mailedLink(await stranger.readMail('fresh@example.com')).split('secret=')[1] ?? ''
    for (const cookie of [other, other.replace('sgl_', 'sgu_')])
      expect((await stranger.post('/users/unlock/link', {}, { cookie: `sigra_unlock_link=${cookie}` })).status).toBe(
        410,
      )
    expect((await owner.post('/users/unlock/link', {}, { cookie: `sigra_unlock_link=${secret}` })).status).toBe(303)
  })

  it('keeps the browser known to others who use it', async () => {
    const [one, two] = [await makeUser(), await makeUser()]
    const shared = running.person()
    await shared.logIn(one, PASSWORD)
    await shared.logOut()
    await unlocks(shared, two)
    await shut(one)
    await shut(two)
    expect((await shared.logIn(one, PASSWORD)).status).toBe(303)
    await shared.logOut()
    expect((await shared.logIn(two, PASSWORD)).status).toBe(303)
  })
})
