/** Logging in and out over HTTP: sessions, cookies, uniform refusals, limits. */
import { hash } from '@node-rs/argon2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Database } from '#base/database.js'
import { openTestDatabase } from '#base/testing/store.js'

import { normalizePassword } from '../../rules/password-policy.js'
import { startTestSigra } from '../../testing/test-server.js'

const PASSWORD = 'correct horse battery staple'
const WRONG = 'incorrect horse battery staple'
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
async function makeUser(sigra: Running = running): Promise<{ id: string; email: string }> {
  users += 1
  const made = await sigra.sigra.users.create({
    email: `person${users}@example.com`,
    password: PASSWORD,
    confirmed: true,
  })
  if (!made.ok) throw new Error(made.reason)
  return made.value
}

describe('logging in with a password', () => {
  it('opens a session, sends the person on and tells the host who it is', async () => {
    const user = await makeUser()
    const person = running.person()
    const answer = await person.logIn(user.email.toUpperCase(), PASSWORD, { return_to: '/notes?page=2' })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/notes?page=2')
    expect(await person.isLoggedIn()).toBe(true)
    const [completed] = await running.decisions('log_in.completed')
    expect(completed).toMatchObject({ outcome: 'ok', subjectId: user.id })
  })

  it('sets only HttpOnly, SameSite=Lax cookies with Path=/ and no Domain, ending with the browser unless asked to stay', async () => {
    const user = await makeUser()
    const ordinary = await running.person().logIn(user.email, PASSWORD)
    const remembered = await running.person().logIn(user.email, PASSWORD, { remember: 'true' })
    const session = (response: Response) =>
      response.headers.getSetCookie().find((line) => line.startsWith('sigra_session=')) ?? ''
    expect(session(ordinary)).toMatch(/^sigra_session=sgs_[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
    expect(session(remembered)).toMatch(/; Path=\/; Max-Age=5184000; HttpOnly; SameSite=Lax$/)
  })

  it('uses __Host- cookies with Secure on https', async () => {
    const secure = await startTestSigra({ database, baseUrl: 'https://app.example.com' })
    const user = await makeUser(secure)
    const lines = (await secure.person().logIn(user.email, PASSWORD)).headers.getSetCookie()
    expect(lines).not.toHaveLength(0)
    for (const line of lines) expect(line).toMatch(/^__Host-sigra_\w+=.*; Path=\/.*; HttpOnly; Secure; SameSite=Lax$/)
    await secure.close()
  })

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '/%2f/evil.example',
    'javascript:alert(1)',
    '/a\tb',
    '',
  ])('never leaves this product: return_to %j lands on the first page', async (returnTo) => {
    const user = await makeUser()
    const answer = await running.person().logIn(user.email, PASSWORD, { return_to: returnTo })
    expect(answer.headers.get('location')).toBe('/')
  })

  it('makes a new session at every log in and ends the one the browser had', async () => {
    const user = await makeUser()
    const person = running.person()
    await person.logIn(user.email, PASSWORD)
    const first = person.cookies.get('sigra_session') ?? ''
    await person.logIn(user.email, PASSWORD)
    const second = person.cookies.get('sigra_session') ?? ''
    expect(second).not.toBe(first)
    expect((await person.get('/users/settings', { cookie: `sigra_session=${first}` })).status).toBe(303)
    expect((await person.get('/users/settings', { cookie: `sigra_session=${second}` })).status).toBe(200)
  })

  it('does not take over a session cookie that was planted before log in', async () => {
    const user = await makeUser()
    const person = running.person()
    const planted = `sgs_${'A'.repeat(43)}`
    await person.post(
      '/users/log_in',
      { email: user.email, password: PASSWORD },
      { cookie: `sigra_session=${planted}` },
    )
    expect(person.cookies.get('sigra_session')).not.toBe(planted)
    expect((await person.get('/users/settings', { cookie: `sigra_session=${planted}` })).status).toBe(303)
  })

  it('replaces the session of another user who was logged in on this browser', async () => {
    const [one, two] = [await makeUser(), await makeUser()]
    const person = running.person()
    await person.logIn(one.email, PASSWORD)
    await person.logIn(two.email, PASSWORD)
    const page = await (await person.get('/users/settings')).text()
    expect(page).toContain(two.email)
    expect(page).not.toContain(one.email)
  })

  it('logs in whatever normal form the password is typed in, and takes every character seriously', async () => {
    const email = 'forms@example.com'
    const composed = 'p\u00e4ssw\u00f6rter sind lang genug'
    await running.sigra.users.create({ email, password: composed, confirmed: true })
    expect((await running.person().logIn(email, composed.normalize('NFD'))).status).toBe(303)
    for (const other of [` ${composed}`, `${composed} `, composed.toUpperCase(), composed.slice(0, -1)]) {
      expect((await running.person().logIn(email, other)).status).toBe(422)
    }
  })

  it('replaces a weaker hash at log in, and only with the right password', async () => {
    const user = await makeUser()
    const weak = await hash(PASSWORD, { algorithm: 2, memoryCost: 8192, timeCost: 1, parallelism: 1 })
    const { db } = running.server
    await db.updateTable('passwords').set({ hash: weak }).where('user_id', '=', user.id).execute()
    const stored = async () =>
      (await db.selectFrom('passwords').select('hash').where('user_id', '=', user.id).executeTakeFirstOrThrow()).hash
    await running.person().logIn(user.email, WRONG)
    expect(await stored()).toBe(weak)
    expect((await running.person().logIn(user.email, PASSWORD)).status).toBe(303)
    expect(await stored()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect((await running.decisions('password.upgraded'))[0]).toMatchObject({ subjectId: user.id })
    expect((await running.person().logIn(user.email, PASSWORD)).status).toBe(303)
  })

  it.each([
    '$2b$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234',
    'plain',
    '',
    '$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA',
  ])('never logs in and never breaks with a stored hash of an unknown form (%s)', async (stored) => {
    const user = await makeUser()
    await running.server.db.updateTable('passwords').set({ hash: stored }).where('user_id', '=', user.id).execute()
    expect((await running.person().logIn(user.email, PASSWORD)).status).toBe(422)
  })

  it('answers unknown, wrong, without a password and disabled byte for byte the same, with one hash each', async () => {
    const known = await makeUser()
    const without = await makeUser()
    const disabled = await makeUser()
    const { db, clock, hasher } = running.server
    await db.deleteFrom('passwords').where('user_id', '=', without.id).execute()
    await db.updateTable('users').set({ disabled_at: clock.now() }).where('id', '=', disabled.id).execute()
    const answers: string[] = []
    const tries: [string, string][] = [
      ['nobody@example.com', WRONG],
      [known.email, WRONG],
      [without.email, PASSWORD],
      [disabled.email, PASSWORD],
      [disabled.email, WRONG],
    ]
    for (const [email, password] of tries) {
      const before = hasher.computed
      const response = await running.person().logIn(email, password)
      expect(hasher.computed - before).toBe(1)
      answers.push(
        `${response.status} ${JSON.stringify([...response.headers])} ${(await response.text()).replaceAll(email, 'EMAIL')}`,
      )
    }
    expect(new Set(answers).size).toBe(1)
    const reasons = async (id: string) =>
      (await running.decisions('log_in.refused'))
        .filter((row) => row.subjectId === id)
        .map((row) => row.reason)
        .toSorted((a, b) => (a ?? '').localeCompare(b ?? ''))
    expect(await reasons(known.id)).toEqual(['wrong_password'])
    expect(await reasons(without.id)).toEqual(['wrong_password'])
    expect(await reasons(disabled.id)).toEqual(['disabled', 'wrong_password'])
    expect(
      (await running.decisions('log_in.refused')).some(
        (row) => row.reason === 'unknown_email' && row.subjectId === null,
      ),
    ).toBe(true)
  })

  it('keeps what was typed as address, never the password, and escapes it', async () => {
    const typed = '"><script>alert(1)</script>@example.com'
    const page = await (await running.person().logIn(typed, 'my secret pass phrase')).text()
    expect(page).not.toContain('<script>alert')
    expect(page).not.toContain('my secret pass phrase')
    expect(page).toContain('&quot;&gt;&lt;script&gt;')
  })

  it('writes the address of a failed attempt nowhere', async () => {
    await running.person().logIn('someone.unknown@example.com', WRONG)
    const rows = await running.server.db.selectFrom('audit_events').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain('someone.unknown')
  })

  it('offers a way on to whoever is logged in, but not where that would lead straight back', async () => {
    const user = await makeUser()
    const person = running.person()
    await person.logIn(user.email, PASSWORD)
    const way = '/users/log_in?return_to=%2Foauth%2Finteractions%2F1'
    const shown = async (reason: string) => (await person.get(`${way}&reason=${reason}`)).text()
    const onward = 'href="/oauth/interactions/1"'
    expect(await shown('unauthenticated')).toContain(onward)
    const again = await shown('reauthenticate')
    expect(again).toContain('Enter your password once more')
    expect(again).toContain(`value="${user.email}"`)
    const other = await shown('other_account')
    expect(other).toContain('Log in with the account that you want to use')
    expect(other).not.toContain(`value="${user.email}"`)
    for (const page of [again, other]) expect(page).not.toContain(onward)
  })
})

describe('limits of logging in', () => {
  it('slows an address down after ten failures, alike whether anybody has it, and lets go after the delay', async () => {
    const user = await makeUser()
    const outcome = async (email: string) => {
      const statuses: number[] = []
      for (let attempt = 0; attempt < 12; attempt += 1)
        statuses.push((await running.person().logIn(email, WRONG)).status)
      const blocked = await running.person().logIn(email, PASSWORD)
      return {
        statuses,
        status: blocked.status,
        retryAfter: blocked.headers.get('retry-after'),
        body: (await blocked.text()).replaceAll(email, 'EMAIL'),
      }
    }
    const known = await outcome(user.email)
    const unknown = await outcome('no.such.person@example.com')
    expect(known).toEqual(unknown)
    expect(known.statuses).toEqual([...Array.from({ length: 10 }, () => 422), 429, 429])
    expect(known.status).toBe(429)
    expect(known.retryAfter).toBe('30')
    running.clock.advance(30)
    expect((await running.person().logIn(user.email, PASSWORD)).status).toBe(303)
    expect((await running.decisions('log_in.refused')).some((row) => row.reason === 'throttled')).toBe(true)
  })

  it('doubles the delay with each further failure and does not let knocking prolong it', async () => {
    const user = await makeUser()
    for (let attempt = 0; attempt < 10; attempt += 1) await running.person().logIn(user.email, WRONG)
    const delays: string[] = []
    for (let round = 0; round < 4; round += 1) {
      const blocked = await running.person().logIn(user.email, WRONG)
      delays.push(blocked.headers.get('retry-after') ?? '')
      await running.person().logIn(user.email, WRONG)
      running.clock.advance(Number(delays.at(-1)))
      expect((await running.person().logIn(user.email, WRONG)).status).toBe(422)
    }
    expect(delays).toEqual(['30', '60', '120', '240'])
  })

  it('stops a guess that comes from a thousand networks, and still lets the owner in from a browser it knows', async () => {
    const user = await makeUser()
    const owner = running.person()
    await owner.logIn(user.email, PASSWORD)
    await owner.logOut()
    let evaluated = 0
    for (let network = 0; network < 40; network += 1) {
      const answer = await running.person({ address: `203.0.${network}.7` }).logIn(user.email, WRONG)
      if (answer.status === 422) evaluated += 1
    }
    expect(evaluated).toBe(10)
    expect((await running.person().logIn(user.email, PASSWORD)).status).toBe(429)
    expect((await owner.logIn(user.email, PASSWORD)).status).toBe(303)
  })

  it('counts a known browser on its own bucket, so that it cannot guess without end either', async () => {
    const user = await makeUser()
    const owner = running.person()
    await owner.logIn(user.email, PASSWORD)
    const statuses: number[] = []
    for (let attempt = 0; attempt < 11; attempt += 1) statuses.push((await owner.logIn(user.email, WRONG)).status)
    expect(statuses.at(-1)).toBe(429)
    expect((await running.person().logIn(user.email, PASSWORD)).status).toBe(303)
  })

  it('starts counting afresh after a right password', async () => {
    const user = await makeUser()
    for (let attempt = 0; attempt < 9; attempt += 1) await running.person().logIn(user.email, WRONG)
    expect((await running.person().logIn(user.email, PASSWORD)).status).toBe(303)
    for (let attempt = 0; attempt < 9; attempt += 1)
      expect((await running.person().logIn(user.email, WRONG)).status).toBe(422)
  })

  it('tells the owner once when the delays begin, and never a stranger', async () => {
    const user = await makeUser()
    for (let attempt = 0; attempt < 12; attempt += 1) await running.person().logIn(user.email, WRONG)
    await running.sigra.deliverMail()
    expect(
      running.mailbox
        .list()
        .filter((mail) => mail.to === user.email)
        .map((mail) => mail.subject),
    ).toEqual(['Wrong passwords for your Notes account'])
  })

  it('counts a network of one IPv6 /64 as one, and refuses what is over its limit with Retry-After', async () => {
    const limited = await startTestSigra({ database, logIn: { perNetwork: { attempts: 3, windowSeconds: 600 } } })
    const statuses: number[] = []
    for (let host = 1; host <= 4; host += 1) {
      statuses.push(
        (await limited.person({ address: `2001:db8:1:2::${host}` }).logIn(`a${host}@example.com`, WRONG)).status,
      )
    }
    expect(statuses).toEqual([422, 422, 422, 429])
    expect((await limited.person({ address: '2001:db8:1:3::1' }).logIn('a@example.com', WRONG)).status).toBe(422)
    await limited.close()
  })

  it('holds all strangers together to the global limit', async () => {
    const limited = await startTestSigra({ database, logIn: { global: { attempts: 2, windowSeconds: 60 } } })
    const statuses: number[] = []
    for (let index = 0; index < 3; index += 1)
      statuses.push((await limited.person().logIn(`g${index}@example.com`, WRONG)).status)
    expect(statuses).toEqual([422, 422, 429])
    limited.clock.advance(60)
    expect((await limited.person().logIn('g9@example.com', WRONG)).status).toBe(422)
    await limited.close()
  })

  it('says busy with Retry-After when too many hashes wait', async () => {
    const small = await startTestSigra({ database, password: { hashesAtOnce: 1, hashesWaiting: 1 } })
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => small.person().logIn(`b${index}@example.com`, WRONG)),
    )
    const busy = answers.filter((answer) => answer.status === 503)
    expect(busy.length).toBeGreaterThan(0)
    expect(busy[0]?.headers.get('retry-after')).toBe('2')
    expect((await small.decisions('log_in.refused')).some((row) => row.reason === 'busy')).toBe(true)
    await small.close()
  })

  it('forgets no failed attempt because it was busy at the next', async () => {
    const small = await startTestSigra({ database, password: { hashesAtOnce: 1, hashesWaiting: 1 } })
    const guess = () => small.person().logIn('guessed@example.com', WRONG)
    for (let index = 0; index < 9; index += 1) expect((await guess()).status).toBe(422)
    let isOver = false
    // One hash runs and one waits at every turn of the event loop: whoever is done asks again before anybody else can.
    const crowd = Array.from({ length: 2 }, async () => {
      while (!isOver) await small.server.hasher.hash(normalizePassword(WRONG))
    })
    expect((await guess()).status).toBe(503)
    isOver = true
    await Promise.all(crowd)
    expect((await guess()).status).toBe(422)
    expect((await guess()).status).toBe(429)
    await small.close()
  })

  it('lets one account with many known browsers take no more turns at once than a network has', async () => {
    const limited = await startTestSigra({ database, logIn: { perNetwork: { attempts: 6, windowSeconds: 60 } } })
    const user = await makeUser(limited)
    const log = async (cookie: string) =>
      limited.person().post('/users/log_in', { email: user.email, password: PASSWORD }, { cookie })
    const marks: string[] = []
    for (let index = 0; index < 3; index += 1) {
      const person = limited.person()
      await person.logIn(user.email, PASSWORD)
      marks.push(`sigra_device=${person.cookies.get('sigra_device') ?? ''}`)
    }
    const flood = await Promise.all(marks.flatMap((mark) => Array.from({ length: 5 }, () => log(mark))))
    expect(flood.filter((answer) => answer.status === 429).length).toBeGreaterThan(0)
    // What was right is given back, so that the owner goes on as before.
    expect((await log(marks[0] ?? '')).status).toBe(303)
    await limited.close()
  })

  it('lets no network use up what all networks share by knocking while it is refused itself', async () => {
    const limited = await startTestSigra({
      database,
      logIn: { global: { attempts: 4, windowSeconds: 60 }, perNetwork: { attempts: 2, windowSeconds: 60 } },
    })
    const user = await makeUser(limited)
    const stranger = limited.person()
    const statuses: number[] = []
    for (let index = 0; index < 8; index += 1)
      statuses.push((await stranger.logIn(`k${index}@example.com`, WRONG)).status)
    expect(statuses).toEqual([422, 422, 429, 429, 429, 429, 429, 429])
    expect((await limited.person().logIn(user.email, PASSWORD)).status).toBe(303)
    await limited.close()
  })
})

describe('logging out', () => {
  it('ends the session on the server, clears the cookie and what the browser kept', async () => {
    const user = await makeUser()
    const person = running.person()
    await person.logIn(user.email, PASSWORD)
    const cookie = `sigra_session=${person.cookies.get('sigra_session') ?? ''}`
    const answer = await person.logOut()
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/users/logged_out')
    expect(answer.headers.get('clear-site-data')).toBe('"cache", "storage"')
    expect((await person.get('/users/settings', { cookie })).status).toBe(303)
    expect(
      (await running.decisions('session.ended')).some((row) => row.subjectId === user.id && row.outcome === 'ok'),
    ).toBe(true)
  })

  it('offers nobody to log out', async () => {
    const page = await (await running.person().get('/users/log_out')).text()
    expect(page).toContain('You are not logged in')
    expect(page).not.toContain('<form')
  })

  it('only asks on GET', async () => {
    const user = await makeUser()
    const person = running.person()
    await person.logIn(user.email, PASSWORD)
    expect((await person.get('/users/log_out')).status).toBe(200)
    expect(await person.isLoggedIn()).toBe(true)
  })

  it('goes on to where it was asked for, inside this product only', async () => {
    const person = running.person()
    expect((await person.post('/users/log_out', { return_to: '/oauth/end' })).headers.get('location')).toBe(
      '/oauth/end',
    )
    expect((await person.post('/users/log_out', { return_to: '//evil.example' })).headers.get('location')).toBe(
      '/users/logged_out',
    )
  })
})
