/** Every reason of every refusal, provoked once: the answer people get and the audit row it leaves. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Database } from '#base/database.js'
import { openTestDatabase } from '#base/testing/store.js'
import { startStubServer, type StubServer } from '#base/testing/stub-server.js'

import type { EventReasons, SigraEvent } from './records/audit/events.js'
import { breachRange } from './rules/breach-range.js'
import { normalizePassword } from './rules/password-policy.js'
import { mailedCode, type TestPerson } from './testing/test-person.js'
import { startTestSigra } from './testing/test-server.js'

const PASSWORD = 'correct horse battery staple'
const WRONG = 'incorrect horse battery staple'
type Running = Awaited<ReturnType<typeof startTestSigra>>
type Provoke = (running: Running, email: string) => Promise<Response>

let database: Database
let running: Running
let full: Running
/** Asks the stub whether a password leaked. */
let asking: Running
let stub: StubServer
beforeAll(async () => {
  database = await openTestDatabase()
  running = await startTestSigra({ database })
  const none = { attempts: 1, windowSeconds: 60 }
  full = await startTestSigra({
    database,
    registration: { perNetwork: none },
    emailConfirmation: { perNetwork: none },
    logIn: { perNetwork: none },
    unlock: { perNetwork: none },
  })
  stub = await startStubServer()
  asking = await startTestSigra({ database, password: { breachCheck: { url: `${stub.url}/` } } })
})
afterAll(async () => {
  await running.close()
  await full.close()
  await asking.close()
  await stub.close()
  await database.close()
})

async function twice(act: (person: TestPerson) => Promise<Response>, on: Running): Promise<Response> {
  const person = on.person()
  await act(person)
  return act(person)
}

/** Lets other hashes take every place at the moment of one request, which `prepare` makes ready. */
async function whileBusy(prepare: (on: Running) => Promise<() => Promise<Response>>): Promise<Response> {
  const small = await startTestSigra({
    database,
    schema: running.server.config.schema,
    password: { hashesAtOnce: 1, hashesWaiting: 1 },
  })
  const act = await prepare(small)
  let isOver = false
  // One hash runs and one waits at every turn of the event loop: whoever is done asks again before anybody else can.
  const crowd = Array.from({ length: 2 }, async () => {
    while (!isOver) await small.server.hasher.hash(normalizePassword(PASSWORD))
  })
  const answer = await act()
  isOver = true
  await Promise.all(crowd)
  await small.close()
  return answer
}

async function disable(on: Running, email: string): Promise<void> {
  await on.server.db.updateTable('users').set({ disabled_at: on.clock.now() }).where('email', '=', email).execute()
}

async function registered(on: Running, email: string): Promise<TestPerson> {
  const person = on.person()
  await person.register(email, PASSWORD)
  return person
}

const register =
  (email: string, password: string): Provoke =>
  (on) =>
    on.person().register(email, password)
const registerAt: Provoke = (on, email) => on.person().register(email, PASSWORD)
const code = (person: TestPerson, digits: string) => person.post('/users/confirm/code', { code: digits })

async function chooses(on: Running, email: string, password: string): Promise<Response> {
  await registered(on, email)
  return on.person().confirmByLink(email, password)
}

/** Somebody with a link that was opened and is not spent yet. */
async function opened(on: Running, email: string): Promise<TestPerson> {
  await on.sigra.users.create({ email, password: PASSWORD, confirmed: true })
  const person = on.person()
  await person.post('/users/unlock', { email })
  await person.openMailedLink(email)
  return person
}

/** Spends an opened link after something happened to it or its user. */
const spendsAfter =
  (happen: (on: Running, email: string) => Promise<unknown>): Provoke =>
  async (on, email) => {
    const person = await opened(on, email)
    await happen(on, email)
    return person.post('/users/unlock/link', {})
  }

const badEmails = { email_missing: '', email_malformed: 'x', email_too_long: `${'a'.repeat(65)}@example.com` } as const
const badPasswords = {
  password_too_short: 'short',
  password_too_long: 'long '.repeat(300),
  password_common: 'passwordpassword',
  password_repetitive: 'abababababababab',
  password_context: 'localhost notes 1234',
} as const

/** Does something while the list of breaches answers in this way. */
const whileList =
  (answer: StubServer['answer'], act: (on: Running, email: string) => Promise<Response>): Provoke =>
  (_on, email) => {
    stub.answer = answer
    return act(asking, email)
  }
const knowsWrong: StubServer['answer'] = (response) => response.end(`${breachRange(normalizePassword(WRONG)).suffix}:9`)

function each<Key extends string>(
  values: Record<Key, string>,
  status: number,
  make: (value: string) => Provoke,
): Record<Key, [number, Provoke]> {
  const entries = Object.keys(values).map((key) => [key, [status, make(values[key as Key])]])
  return Object.fromEntries(entries) as Record<Key, [number, Provoke]>
}

const raw =
  (headers: Record<string, string>, body: string): Provoke =>
  (on) =>
    on.sigra.fetch(
      new Request('http://localhost:4000/users/log_in', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin', ...headers },
        body,
      }),
    )

/** Complete by type: a reason without a way to provoke it does not compile. */
const refusals: {
  [Event in SigraEvent as [EventReasons[Event]] extends [never] ? never : Event]: Record<
    EventReasons[Event],
    [number, Provoke]
  >
} = {
  'registration.refused': {
    ...each(badEmails, 422, (email) => register(email, PASSWORD)),
    ...each(badPasswords, 422, (password) => (on, email) => on.person().register(email, password)),
    password_breached: [422, whileList(knowsWrong, (on, email) => on.person().register(email, WRONG))],
    taken: [
      303,
      async (on, email) => {
        await on.sigra.users.create({ email, password: PASSWORD, confirmed: true })
        return on.person().register(email, PASSWORD)
      },
    ],
    throttled: [429, (_on, email) => twice((person) => person.register(email, PASSWORD), full)],
    busy: [503, (_on, email) => whileBusy(async (on) => () => on.person().register(email, PASSWORD))],
  },
  'confirmation.refused': {
    ...each(badEmails, 422, (email) => (on) => on.person().post('/users/confirm/resend', { email })),
    ...each(badPasswords, 422, (password) => (on, email) => chooses(on, email, password)),
    password_breached: [422, whileList(knowsWrong, (on, email) => chooses(on, email, WRONG))],
    missing: [422, (on) => code(on.person(), '')],
    wrong_code: [
      422,
      async (on, email) => {
        const person = await registered(on, email)
        return code(person, mailedCode(await person.readMail(email)) === '000000' ? '000001' : '000000')
      },
    ],
    unknown: [410, (on) => on.person().post('/users/confirm/link', {})],
    expired: [
      410,
      async (on, email) => {
        const person = await registered(on, email)
        await person.openMailedLink(email)
        on.clock.advance(86_400)
        return person.post('/users/confirm/link', {})
      },
    ],
    spent: [
      200,
      async (on, email) => {
        const person = await registered(on, email)
        await person.openMailedLink(email)
        const cookie = [...person.cookies].map((pair) => pair.join('=')).join('; ')
        await person.post('/users/confirm/link', {})
        return on.person().post('/users/confirm/link', {}, { cookie })
      },
    ],
    superseded: [
      410,
      async (on, email) => {
        const person = await registered(on, email)
        await person.openMailedLink(email)
        await person.post('/users/confirm/resend', {})
        return person.post('/users/confirm/link', {})
      },
    ],
    too_many_attempts: [
      422,
      async (on, email) => {
        const person = await registered(on, email)
        const right = mailedCode(await person.readMail(email))
        for (let attempt = 0; attempt < 5; attempt += 1) await code(person, right === '000000' ? '000001' : '000000')
        return code(person, right)
      },
    ],
    already_confirmed: [
      200,
      async (on, email) => {
        const person = await registered(on, email)
        await person.openMailedLink(email)
        await on.server.db
          .updateTable('users')
          .set({ confirmed_at: on.clock.now() })
          .where('email', '=', email)
          .execute()
        return person.post('/users/confirm/link', {})
      },
    ],
    disabled: [
      410,
      async (on, email) => {
        const person = await registered(on, email)
        await person.openMailedLink(email)
        await disable(on, email)
        return person.post('/users/confirm/link', {})
      },
    ],
    throttled: [429, () => twice((person) => person.post('/users/confirm/resend', { email: 'x' }), full)],
    busy: [
      503,
      (_on, email) =>
        whileBusy(async (on) => {
          await registered(on, email)
          const person = on.person()
          await person.openMailedLink(email)
          return () => person.post('/users/confirm/link', { password: PASSWORD })
        }),
    ],
  },
  'unlock.refused': {
    ...each(badEmails, 422, (email) => (on) => on.person().post('/users/unlock', { email })),
    throttled: [429, () => twice((person) => person.post('/users/unlock', { email: 'x' }), full)],
    unknown: [410, (on) => on.person().post('/users/unlock/link', {})],
    expired: [410, spendsAfter(async (on) => on.clock.advance(900))],
    superseded: [410, spendsAfter((on, email) => on.person().post('/users/unlock', { email }))],
    disabled: [410, spendsAfter(disable)],
    unconfirmed: [
      410,
      spendsAfter((on, email) =>
        on.server.db.updateTable('users').set({ confirmed_at: null }).where('email', '=', email).execute(),
      ),
    ],
    spent: [
      410,
      async (on, email) => {
        const person = await opened(on, email)
        const cookie = [...person.cookies].map((pair) => pair.join('=')).join('; ')
        await person.post('/users/unlock/link', {})
        return on.person().post('/users/unlock/link', {}, { cookie })
      },
    ],
  },
  'password.breach_check_failed': {
    timeout: [303, whileList(() => {}, registerAt)],
    unreachable: [303, whileList((response) => response.destroy(), registerAt)],
    bad_answer: [303, whileList((response) => response.end('<html>'), registerAt)],
  },
  'log_in.refused': {
    unknown_email: [422, (on, email) => on.person().logIn(email, WRONG)],
    wrong_password: [
      422,
      async (on, email) => {
        await on.sigra.users.create({ email, password: PASSWORD, confirmed: true })
        return on.person().logIn(email, WRONG)
      },
    ],
    throttled: [429, () => twice((person) => person.logIn('x@example.com', WRONG), full)],
    unconfirmed: [
      422,
      async (on, email) => {
        await registered(on, email)
        return on.person().logIn(email, PASSWORD)
      },
    ],
    disabled: [
      422,
      async (on, email) => {
        await on.sigra.users.create({ email, password: PASSWORD, confirmed: true })
        await disable(on, email)
        return on.person().logIn(email, PASSWORD)
      },
    ],
    busy: [503, (_on, email) => whileBusy(async (on) => () => on.person().logIn(email, WRONG))],
    malformed: [422, (on) => on.person().logIn('x', '')],
  },
  'request.refused': {
    cross_origin: [403, raw({ 'sec-fetch-site': 'cross-site' }, '')],
    unauthenticated: [303, (on) => on.person().post('/users/settings/end_other_sessions', {})],
    unknown_field: [400, raw({}, 'role=admin')],
    too_large: [413, raw({}, `email=${'a'.repeat(40_000)}`)],
    value_too_long: [413, raw({}, `email=${'a'.repeat(20_000)}`)],
    wrong_media_type: [415, raw({ 'content-type': 'text/plain' }, 'email=a')],
    wrong_charset: [415, raw({ 'content-type': 'application/x-www-form-urlencoded; charset=latin1' }, 'email=a')],
    malformed: [400, raw({}, 'email=%zz')],
    duplicate: [400, raw({}, 'email=a&email=b')],
    nul: [400, raw({}, 'email=%00')],
  },
}

const cases = Object.entries(refusals).flatMap(([event, reasons]) =>
  Object.entries(reasons).map(([reason, [status, provoke]]) => ({ event, reason, status, provoke })),
)

describe('refusals', () => {
  it.each(cases)(
    '$event because of $reason answers $status and is recorded',
    async ({ event, reason, status, provoke }) => {
      const seen = async () => {
        const rows = await Promise.all([running, full, asking].map((on) => on.decisions()))
        return rows.flat().filter((row) => row.event === event && row.reason === reason && row.outcome === 'refused')
          .length
      }
      const before = await seen()
      const answer = await provoke(running, `${event}.${reason}@example.com`.replaceAll('_', '-'))
      expect(answer.status).toBe(status)
      expect(await seen()).toBeGreaterThan(before)
      if (status === 429 || status === 503) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    },
  )
})

describe('decisions and their audit rows', () => {
  it('stand or fall together', async () => {
    const broken = await startTestSigra({ database })
    const { schema } = broken.server.config
    await broken.sigra.users.create({ email: 'before@example.com', password: PASSWORD, confirmed: true })
    await database.view<object>(schema).schema.alterTable('audit_events').renameTo('audit_events_away').execute()
    const count = async (table: 'users' | 'sessions' | 'one_time_secrets' | 'jobs') =>
      (await broken.server.db.selectFrom(table).selectAll().execute()).length
    expect((await broken.person().register('after@example.com', PASSWORD)).status).toBe(500)
    expect((await broken.person().logIn('before@example.com', PASSWORD)).status).toBe(500)
    expect([
      await count('users'),
      await count('sessions'),
      await count('one_time_secrets'),
      await count('jobs'),
    ]).toEqual([1, 0, 0, 0])
    await broken.close()
  })
})
