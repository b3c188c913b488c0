/** The check against breaches: on every way to set a password, telling nobody which, and never in anybody's way. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import type { Database } from '#base/database.js'
import { openTestDatabase } from '#base/testing/store.js'
import { startStubServer, type StubServer } from '#base/testing/stub-server.js'

import { mailedCode } from '../../testing/test-person.js'
import { startTestSigra } from '../../testing/test-server.js'

const GOOD = 'correct horse battery staple'
const LEAKED = 'a phrase that once leaked'
const WORDS = 'this one appears in a data breach'
type Running = Awaited<ReturnType<typeof startTestSigra>>

let database: Database
let stub: StubServer
let running: Running
/** The same with the least patience, for the tests in which nothing comes. */
let hasty: Running
beforeAll(async () => {
  database = await openTestDatabase()
  stub = await startStubServer()
  const url = `${stub.url}/range/`
  running = await startTestSigra({ database, password: { breachCheck: { url, timeoutSeconds: 10 } } })
  hasty = await startTestSigra({ database, password: { breachCheck: { url } } })
})
afterAll(async () => {
  await running.close()
  await hasty.close()
  await stub.close()
  await database.close()
})
beforeEach(() => {
  stub.seen.length = 0
  stub.answer = (response) => response.end(range(1))
})

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex').toUpperCase()

/** A range that lists the leaked password with a count, whatever was asked. */
function range(count: number): string {
  return `${'0'.repeat(35)}:4\r\n${sha1(LEAKED).slice(5)}:${count}\r\n${'F'.repeat(35)}:0`
}

let made = 0
function freshEmail(): string {
  made += 1
  return `breach${made}@example.com`
}

describe('the check against breaches', () => {
  it('refuses a leaked password at registration before anything is stored', async () => {
    const [person, email, computed] = [running.person(), freshEmail(), running.server.hasher.computed]
    const answer = await person.register(email, LEAKED)
    expect(answer.status).toBe(422)
    const page = await answer.text()
    expect(page).toContain(WORDS)
    expect(page).not.toContain(LEAKED)
    expect(running.server.hasher.computed).toBe(computed)
    expect(await running.sigra.users.findByEmail(email)).toBeNull()
    expect((await running.decisions())[0]).toMatchObject({
      event: 'registration.refused',
      reason: 'password_breached',
      subjectId: null,
    })
  })

  it('refuses it for the new password behind a link, which stays live', async () => {
    const email = freshEmail()
    await running.person().register(email, GOOD)
    const other = running.person()
    const answer = await other.confirmByLink(email, LEAKED)
    expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining(WORDS)])
    expect((await running.decisions('confirmation.refused'))[0]).toMatchObject({ reason: 'password_breached' })
    expect((await other.post('/users/confirm/link', { password: `${GOOD} again` })).status).toBe(303)
  })

  it('refuses it for the new password beside a code, which stays live', async () => {
    const email = freshEmail()
    await running.person().register(email, GOOD)
    const other = running.person()
    running.clock.advance(1)
    await other.post('/users/confirm/resend', { email })
    const code = mailedCode(await other.readMail(email))
    const answer = await other.post('/users/confirm/code', { code, password: LEAKED })
    expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining(WORDS)])
    expect((await running.decisions('confirmation.refused'))[0]).toMatchObject({ reason: 'password_breached' })
    expect((await other.post('/users/confirm/code', { code, password: `${GOOD} again` })).status).toBe(303)
  })

  it('refuses it for users of the host, unless the host vouches for it', async () => {
    const email = freshEmail()
    expect(await running.sigra.users.create({ email, password: LEAKED })).toEqual({
      ok: false,
      reason: 'password_breached',
    })
    stub.seen.length = 0
    expect(await running.sigra.users.create({ email, password: LEAKED, breachCheck: false })).toMatchObject({
      ok: true,
    })
    expect(stub.seen).toEqual([])
  })

  it('is on every way to set a password: nothing else makes hashes, and log in only of a password that is set', async () => {
    expect(await filesWith('hasher.hash(')).toEqual([
      'flows/password-log-in/log-in.ts',
      'records/passwords/hash-new-password.ts',
    ])
    expect(await filesWith('hashNewPassword(')).toEqual([
      'flows/email-confirmation/confirm.ts',
      'flows/registration/register.ts',
      'records/passwords/hash-new-password.ts',
      'users.ts',
    ])
    const taking = running.routes.filter((route) => route.fields?.includes('password') === true)
    expect(taking.map((route) => route.path)).toEqual([
      '/users/log_in',
      '/users/register',
      '/users/confirm/code',
      '/users/confirm/link',
    ])
  })

  it('lets a password pass that is not listed, and one that is only padding', async () => {
    expect((await running.person().register(freshEmail(), GOOD)).status).toBe(303)
    stub.answer = (response) => response.end(range(0))
    expect((await running.person().register(freshEmail(), LEAKED)).status).toBe(303)
    expect(stub.seen).toHaveLength(2)
    expect(await running.decisions('password.breach_check_failed')).toEqual([])
  })

  it('sends five digits and asks for padding; nothing else about the person leaves', async () => {
    const email = freshEmail()
    await running.person().register(email, LEAKED)
    await running.sigra.users.create({ email, password: GOOD })
    expect(stub.seen.map((request) => [request.method, request.path, request.body])).toEqual(
      [LEAKED, GOOD].map((text) => ['GET', `/range/${sha1(text).slice(0, 5)}`, '']),
    )
    expect(stub.seen.every((request) => request.headers['add-padding'] === 'true')).toBe(true)
    const sent = JSON.stringify(stub.seen)
    for (const text of [LEAKED, GOOD]) {
      expect(sent).not.toContain(text)
      expect(sent.toUpperCase()).not.toContain(sha1(text).slice(0, 6))
    }
    expect(sent).not.toContain(email)
    expect(
      Object.keys(stub.seen[0]?.headers ?? {}).filter((name) => /cookie|referer|authorization/.test(name)),
    ).toEqual([])
  })

  it('asks alike for free and taken addresses, and answers alike', async () => {
    const [free, taken] = [freshEmail(), freshEmail()]
    await running.sigra.users.create({ email: taken, password: GOOD, confirmed: true })
    const seen: unknown[] = []
    for (const email of [free, taken]) {
      stub.seen.length = 0
      const answer = await running.person().register(email, LEAKED)
      const page = (await answer.text()).replaceAll(email, 'EMAIL')
      seen.push([answer.status, page, stub.seen.map((request) => request.path)])
    }
    expect(seen[0]).toEqual(seen[1])
  })

  it('costs nobody their mails', async () => {
    const [person, email] = [running.person(), freshEmail()]
    for (let tries = 0; tries < 8; tries += 1) expect((await person.register(email, LEAKED)).status).toBe(422)
    expect((await person.register(email, GOOD)).status).toBe(303)
  })

  it('asks nobody about what is refused anyway', async () => {
    const person = running.person()
    await person.register('nobody', LEAKED)
    await person.register(freshEmail(), 'short')
    await person.register(freshEmail(), 'q1w2e3r4t5y6u7i8')
    await person.post('/users/register', { email: freshEmail(), password: LEAKED, role: 'admin' })
    await person.post('/users/register', { email: freshEmail(), password: LEAKED }, { 'sec-fetch-site': 'cross-site' })
    await person.post('/users/confirm/link', { password: LEAKED })
    await person.logIn(freshEmail(), LEAKED)
    expect(stub.seen).toEqual([])
  })

  it.each<[string, string, (response: ServerResponse) => void]>([
    ['hangs', 'timeout', () => {}],
    ['hangs half way', 'timeout', (response) => response.write(range(1))],
    ['hangs up', 'unreachable', (response) => response.destroy()],
    ['fails', 'bad_answer', (response) => response.writeHead(500).end(range(1))],
    ['leads elsewhere', 'bad_answer', (response) => response.writeHead(302, { Location: `${stub.url}/x` }).end()],
    ['talks nonsense', 'bad_answer', (response) => response.end('<html>busy</html>')],
    ['talks too much', 'bad_answer', (response) => response.end(`${range(1)}\r\n`.repeat(3000))],
  ])('takes the password where the other side %s, and an event says %s', async (_name, reason, answer) => {
    stub.answer = answer
    const one = reason === 'timeout' ? hasty : running
    const failures = async () =>
      (await one.decisions('password.breach_check_failed')).filter((event) => event.reason === reason).length
    const before = await failures()
    expect((await one.person().register(freshEmail(), LEAKED)).status).toBe(303)
    expect(stub.seen).toHaveLength(1)
    expect(await failures()).toBe(before + 1)
  })

  it('holds no transaction while it waits', async () => {
    const asked = new Promise<ServerResponse>((resolve) => {
      stub.answer = resolve
    })
    const registered = running.person().register(freshEmail(), GOOD)
    const waiting = await asked
    expect(await running.sigra.users.findByEmail('nobody@example.com')).toBeNull()
    waiting.end(range(1))
    expect((await registered).status).toBe(303)
    expect(stub.seen).toHaveLength(1)
  })

  it('is off unless it is asked for', async () => {
    const off = await startTestSigra({ database })
    expect(off.server.config.password.breachCheck).toBe(false)
    expect((await off.person().register(freshEmail(), LEAKED)).status).toBe(303)
    await off.close()
    expect(stub.seen).toEqual([])
  })
})

/** Source files of the library, tests excepted, that hold a text. */
async function filesWith(text: string): Promise<string[]> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const names = (await readdir(root, { recursive: true })).filter(
    (name) => /\.tsx?$/.test(name) && !/\.test\./.test(name),
  )
  const found = await Promise.all(
    names.map(async (name) => ((await readFile(`${root}${name}`, 'utf8')).includes(text) ? [name] : [])),
  )
  return found.flat().toSorted()
}
