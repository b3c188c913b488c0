/** Single use and exact counting under concurrency, on two libraries over one PostgreSQL. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Database } from '#base/database.js'
import { openTestDatabase } from '#base/testing/store.js'

import { takeAttempt, windowBucket } from './records/throttles/throttle.js'
import { mailedCode } from './testing/test-person.js'
import { startTestSigra } from './testing/test-server.js'

const PASSWORD = 'correct horse battery staple'
const WRONG = 'incorrect horse battery staple'
type Running = Awaited<ReturnType<typeof startTestSigra>>

let database: Database
let one: Running
let two: Running
beforeAll(async () => {
  database = await openTestDatabase()
  const roomy = { attempts: 10_000, windowSeconds: 600 }
  const options = {
    database,
    keys: `race:${'A'.repeat(43)}`,
    emailConfirmation: { perNetwork: roomy },
    registration: { perNetwork: roomy },
    logIn: { perNetwork: roomy },
    unlock: { perNetwork: roomy },
  }
  one = await startTestSigra(options)
  two = await startTestSigra({ ...options, schema: one.server.config.schema })
})
afterAll(async () => {
  await one.close()
  await two.close()
  await database.close()
})

const each = <Value>(times: number, act: (running: Running, index: number) => Promise<Value>) =>
  Promise.all(Array.from({ length: times }, (_, index) => act(index % 2 === 0 ? one : two, index)))

/** The cookies of a person as a header, for the same browser asking many times at once. */
const cookieOf = (person: { cookies: ReadonlyMap<string, string> }) =>
  [...person.cookies].map(([name, value]) => `${name}=${value}`).join('; ')

describe('races', () => {
  it('let exactly one of 50 redemptions of one link win', async () => {
    const person = one.person()
    await person.register('link@example.com', PASSWORD)
    await person.openMailedLink('link@example.com')
    const cookie = cookieOf(person)
    const answers = await each(50, (running) => running.person().post('/users/confirm/link', {}, { cookie }))
    expect(answers.filter((answer) => answer.status === 303)).toHaveLength(1)
    expect(await one.decisions('email.confirmed')).toHaveLength(1)
    expect(
      await one.server.db.selectFrom('sessions').select('id').where('ended_at', 'is', null).execute(),
    ).toHaveLength(1)
  })

  it('let exactly one of 50 redemptions of one code win', async () => {
    const person = one.person()
    await person.register('code@example.com', PASSWORD)
    const code = mailedCode(await person.readMail('code@example.com'))
    const cookie = cookieOf(person)
    const answers = await each(50, (running) => running.person().post('/users/confirm/code', { code }, { cookie }))
    expect(answers.filter((answer) => answer.status === 303)).toHaveLength(1)
  })

  it('let exactly one of 50 uses of one unlock link win, and one browser become known', async () => {
    const made = await one.sigra.users.create({ email: 'unlock@example.com', password: PASSWORD, confirmed: true })
    if (!made.ok) throw new Error(made.reason)
    const person = one.person()
    await person.post('/users/unlock', { email: 'unlock@example.com' })
    await person.openMailedLink('unlock@example.com')
    const cookie = cookieOf(person)
    const answers = await each(50, (running) => running.person().post('/users/unlock/link', {}, { cookie }))
    expect(answers.filter((answer) => answer.status === 303)).toHaveLength(1)
    expect(answers.filter((answer) => answer.status === 410)).toHaveLength(49)
    expect(await one.decisions('unlock.completed')).toHaveLength(1)
    const known = one.server.db.selectFrom('known_devices').select('user_id').where('user_id', '=', made.value.id)
    expect(await known.execute()).toHaveLength(1)
  })

  it('leave one live link of an address that was asked for 20 times at once', async () => {
    const roomyMails = await startTestSigra({
      database,
      unlock: { mailsPerAddress: { attempts: 100, windowSeconds: 60 } },
    })
    await roomyMails.sigra.users.create({ email: 'asked@example.com', password: PASSWORD, confirmed: true })
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => roomyMails.person().post('/users/unlock', { email: 'asked@example.com' })),
    )
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([303]))
    const live = roomyMails.server.db
      .selectFrom('one_time_secrets')
      .select('id')
      .where('purpose', '=', 'unlock')
      .where('superseded_at', 'is', null)
    expect(await live.execute()).toHaveLength(1)
    await roomyMails.close()
  })

  it('look at no more than five of 50 wrong codes', async () => {
    const person = one.person()
    await person.register('guess@example.com', PASSWORD)
    const code = mailedCode(await person.readMail('guess@example.com'))
    const cookie = cookieOf(person)
    const answers = await each(50, (running, index) =>
      running
        .person()
        .post(
          '/users/confirm/code',
          { code: String((Number(code) + index + 1) % 1_000_000).padStart(6, '0') },
          { cookie },
        ),
    )
    const pages = await Promise.all(answers.map((answer) => answer.text()))
    expect(pages.filter((page) => page.includes('That code is wrong.'))).toHaveLength(5)
    expect((await one.decisions('confirmation.refused')).filter((row) => row.reason === 'wrong_code')).toHaveLength(5)
    expect((await person.post('/users/confirm/code', { code })).status).toBe(422)
  })

  it('make one user of 20 registrations of one address in many spellings', async () => {
    const spellings = ['race@example.com', 'RACE@example.com', ' race@EXAMPLE.com ', 'ｒace@example.com']
    const roomy = await startTestSigra({
      database,
      emailConfirmation: { mailsPerAddress: { attempts: 100, windowSeconds: 60 } },
    })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => roomy.person().register(spellings[index % 4] ?? '', PASSWORD)),
    )
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([303]))
    expect(
      await roomy.server.db.selectFrom('users').select('id').where('email_key', '=', 'race@example.com').execute(),
    ).toHaveLength(1)
    const live = await roomy.server.db
      .selectFrom('one_time_secrets')
      .select('id')
      .where('email_key', '=', 'race@example.com')
      .where('superseded_at', 'is', null)
      .where('spent_at', 'is', null)
      .execute()
    expect(live).toHaveLength(1)
    await roomy.close()
  })

  it('let exactly as many of 200 attempts pass as a limit allows', async () => {
    const outcomes = await each(200, (running) =>
      takeAttempt(running.server, [
        windowBucket(running.server, ['race', 'window'], { attempts: 37, windowSeconds: 60 }),
      ]),
    )
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(37)
  })

  it('count nothing on a later bucket for attempts that an earlier one refused', async () => {
    const buckets = (running: Running) => [
      windowBucket(running.server, ['race', 'outer'], { attempts: 10, windowSeconds: 60 }),
      windowBucket(running.server, ['race', 'inner'], { attempts: 50, windowSeconds: 60 }),
    ]
    const outcomes = await each(200, (running) => takeAttempt(running.server, buckets(running)))
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(10)
    const inner = buckets(one)[1]?.key ?? Buffer.alloc(0)
    expect(
      await one.server.db.selectFrom('throttles').select('hits').where('key', '=', inner).executeTakeFirst(),
    ).toEqual({ hits: 10 })
  })

  it('let every attempt below a limit pass, also when the clocks of two processes differ by a moment', async () => {
    const [ahead, behind] = [await startTestSigra({ database, schema: one.server.config.schema }), two]
    ahead.clock.advance(2)
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        // Both name the same bucket, by the key of one of them.
        const bucket = windowBucket(behind.server, ['race', 'clocks'], { attempts: 100, windowSeconds: 60 })
        return takeAttempt((index % 2 === 0 ? ahead : behind).server, [bucket])
      }),
    )
    expect(outcomes.every((outcome) => outcome.ok)).toBe(true)
    await ahead.close()
  })

  it('evaluate exactly ten of 60 wrong passwords from 60 networks', async () => {
    await one.sigra.users.create({ email: 'spread@example.com', password: PASSWORD, confirmed: true })
    const answers = await each(60, (running) => running.person().logIn('spread@example.com', WRONG))
    expect(answers.filter((answer) => answer.status === 422)).toHaveLength(10)
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(50)
  })

  it('let 20 right log ins of one user at once all in, each with a session of its own', async () => {
    const made = await one.sigra.users.create({ email: 'many@example.com', password: PASSWORD, confirmed: true })
    const roomy = await startTestSigra({
      database,
      schema: one.server.config.schema,
      logIn: { lockout: { freeAttempts: 50, firstDelaySeconds: 30, longestDelaySeconds: 60, maxAttempts: 100 } },
    })
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => roomy.person().logIn('many@example.com', PASSWORD)),
    )
    expect(answers.filter((answer) => answer.status === 303)).toHaveLength(20)
    if (!made.ok) throw new Error(made.reason)
    const sessions = await one.server.db
      .selectFrom('sessions')
      .select('id')
      .where('user_id', '=', made.value.id)
      .execute()
    expect(sessions).toHaveLength(20)
    await roomy.close()
  })

  it('prune at the same time without waiting for each other, and keep what is live', async () => {
    await each(6, (running, index) => running.person().logIn(`prune${index}@example.com`, WRONG))
    one.clock.advance(90 * 86_400)
    two.clock.advance(90 * 86_400)
    const person = one.person()
    await person.logIn('many@example.com', PASSWORD)
    const [a, b] = await Promise.all([one.sigra.prune(), two.sigra.prune()])
    expect(a.throttles + b.throttles).toBeGreaterThan(0)
    expect(a.sessions + b.sessions).toBeGreaterThan(0)
    expect(await person.isLoggedIn()).toBe(true)
  })
})
