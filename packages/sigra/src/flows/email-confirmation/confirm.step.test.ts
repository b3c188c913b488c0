/** Confirming an address by link and by code over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Database } from '#base/database.js'
import { openTestDatabase } from '#base/testing/store.js'

import { mailedCode, mailedLink } from '../../testing/test-person.js'
import { startTestSigra } from '../../testing/test-server.js'

const PASSWORD = 'correct horse battery staple'
const OTHER = 'a completely different phrase'
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
function newEmail(): string {
  count += 1
  return `confirm${count}@example.com`
}

async function lastReason(): Promise<string | null | undefined> {
  const rows = await running.server.db
    .selectFrom('audit_events')
    .select(['reason', 'at'])
    .where('event', '=', 'confirmation.refused')
    .orderBy('at', 'desc')
    .execute()
  const latest = rows[0]?.at.getTime()
  return rows.filter((row) => row.at.getTime() === latest).at(-1)?.reason
}

function wrongCode(code: string): string {
  return code === '123456' ? '654321' : '123456'
}

describe('confirming by code', () => {
  it('confirms, logs in and goes on to where the person was going before they registered', async () => {
    const email = newEmail()
    const person = running.person()
    await person.register(email, PASSWORD, '/oauth/interactions/1?x=y')
    const answer = await person.confirmByCode(email)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/oauth/interactions/1?x=y')
    expect(await person.isLoggedIn()).toBe(true)
    expect((await running.sigra.users.findByEmail(email))?.confirmedAt).toEqual(running.clock.now())
    expect((await running.person().logIn(email, PASSWORD)).status).toBe(303)
  })

  it('accepts spaces and dashes in the code', async () => {
    const email = newEmail()
    const person = running.person()
    await person.register(email, PASSWORD)
    const code = mailedCode(await person.readMail(email))
    expect((await person.post('/users/confirm/code', { code: ` ${code.slice(0, 3)}-${code.slice(3)} ` })).status).toBe(
      303,
    )
  })

  it('is of no use in another browser, not even with another pending registration', async () => {
    const [email, other] = [newEmail(), newEmail()]
    const person = running.person()
    await person.register(email, PASSWORD)
    const code = mailedCode(await person.readMail(email))
    const stranger = running.person()
    expect((await stranger.post('/users/confirm/code', { code })).status).toBe(422)
    await stranger.register(other, PASSWORD)
    const strangersCode = mailedCode(await stranger.readMail(other))
    if (code !== strangersCode) expect((await stranger.post('/users/confirm/code', { code })).status).toBe(422)
    expect((await person.post('/users/confirm/code', { code })).status).toBe(303)
  })

  it('dies after five wrong tries, also for the right code, while the link lives on', async () => {
    const email = newEmail()
    const person = running.person()
    await person.register(email, PASSWORD)
    const code = mailedCode(await person.readMail(email))
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const page = await (await person.post('/users/confirm/code', { code: wrongCode(code) })).text()
      expect(page).toContain('That code is wrong.')
    }
    running.clock.advance(1)
    const dead = await person.post('/users/confirm/code', { code })
    expect(dead.status).toBe(422)
    expect(await dead.text()).toContain('That code no longer works.')
    expect(await lastReason()).toBe('too_many_attempts')
    expect((await person.confirmByLink(email)).status).toBe(303)
  })

  it('works until ten minutes are over and not a second longer', async () => {
    const [early, late] = [newEmail(), newEmail()]
    const [one, two] = [running.person(), running.person()]
    await one.register(early, PASSWORD)
    await two.register(late, PASSWORD)
    running.clock.advance(599)
    expect((await one.confirmByCode(early)).status).toBe(303)
    running.clock.advance(1)
    expect((await two.confirmByCode(late)).status).toBe(422)
    expect(await lastReason()).toBe('expired')
  })

  it('is replaced by a new mail', async () => {
    const email = newEmail()
    const person = running.person()
    await person.register(email, PASSWORD, '/kept')
    const old = mailedCode(await person.readMail(email))
    const oldLink = mailedLink(await person.readMail(email))
    const pending = person.cookies.get('sigra_pending') ?? ''
    running.clock.advance(1)
    expect((await person.post('/users/confirm/resend', {})).headers.get('location')).toBe('/users/confirm?done=resent')
    const stale = await person.post('/users/confirm/code', { code: old }, { cookie: `sigra_pending=${pending}` })
    expect(stale.status).toBe(422)
    expect(await lastReason()).toBe('superseded')
    const opener = running.person()
    await opener.get(oldLink)
    expect((await opener.get('/users/confirm/link')).status).toBe(410)
    const answer = await person.confirmByCode(email)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/kept')
  })

  it('keeps a leading zero', async () => {
    const email = newEmail()
    const person = running.person()
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await person.register(email, PASSWORD)
      expect(mailedCode(await person.readMail(email))).toMatch(/^\d{6}$/)
    }
  })
})

describe('confirming by link', () => {
  it('takes the secret out of the address, shows a button and spends nothing until it is pressed', async () => {
    const email = newEmail()
    const person = running.person()
    await person.register(email, PASSWORD, '/notes')
    const link = mailedLink(await person.readMail(email))
    for (let scan = 0; scan < 5; scan += 1) {
      const scanner = running.person()
      const opened = await scanner.get(link)
      expect(opened.status).toBe(303)
      expect(opened.headers.get('location')).toBe('/users/confirm/link')
      expect(opened.headers.get('referrer-policy')).toBe('no-referrer')
      expect((await scanner.get('/users/confirm/link')).status).toBe(200)
    }
    await running.sigra.fetch(new Request(`http://localhost:4000${link}`, { method: 'HEAD' }))
    const page = await person.openMailedLink(email)
    expect(await page.text()).toContain('Confirm and log in')
    const answer = await person.post('/users/confirm/link', {})
    expect(answer.headers.get('location')).toBe('/notes')
    expect(await person.isLoggedIn()).toBe(true)
  })

  it('works once; afterwards it says that there is nothing left to do', async () => {
    const email = newEmail()
    const person = running.person()
    await person.register(email, PASSWORD)
    const link = mailedLink(await person.readMail(email))
    expect((await person.confirmByLink(email)).status).toBe(303)
    await person.get(link)
    const again = await person.get('/users/confirm/link')
    expect(again.status).toBe(200)
    expect(await again.text()).toContain('Your email address is confirmed')
    await person.get(link)
    const before = (await running.decisions('log_in.completed')).length
    const posted = await person.post('/users/confirm/link', {})
    expect(await posted.text()).toContain('Your email address is confirmed')
    expect((await running.decisions('log_in.completed')).length).toBe(before)
  })

  it('works until a day is over and not a second longer', async () => {
    const email = newEmail()
    const person = running.person()
    await person.register(email, PASSWORD)
    await person.openMailedLink(email)
    running.clock.advance(86_399)
    expect((await person.get('/users/confirm/link')).status).toBe(200)
    running.clock.advance(1)
    expect((await person.post('/users/confirm/link', {})).status).toBe(410)
    expect(await lastReason()).toBe('expired')
  })

  it('asks for a new password in another browser, and drops where the registration wanted to go', async () => {
    const email = newEmail()
    await running.person().register(email, OTHER, '/lured')
    const owner = running.person()
    const page = await owner.openMailedLink(email)
    expect(await page.text()).toContain('New password')
    const missing = await owner.post('/users/confirm/link', {})
    expect(missing.status).toBe(422)
    expect(await missing.text()).toContain('Use at least 15 characters')
    const answer = await owner.post('/users/confirm/link', { password: PASSWORD })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/')
    expect((await running.person().logIn(email, OTHER)).status).toBe(422)
    expect((await running.person().logIn(email, PASSWORD)).status).toBe(303)
  })

  it('replaces the session of somebody else who is logged in', async () => {
    const [email, someone] = [newEmail(), newEmail()]
    await running.sigra.users.create({ email: someone, password: PASSWORD, confirmed: true })
    const person = running.person()
    await person.logIn(someone, PASSWORD)
    await person.register(email, PASSWORD)
    await person.confirmByLink(email)
    expect(await (await person.get('/users/settings')).text()).toContain(email)
  })

  it.each(['', 'sgl_short', `sgl_${'A'.repeat(43)}`, '%00', '../../x'])(
    'says that the link no longer works for the secret %j',
    async (secret) => {
      const person = running.person()
      const opened = await person.get(`/users/confirm/open?secret=${encodeURIComponent(secret.replace('%00', 'x'))}`)
      expect(opened.status).toBe(303)
      const page = await person.get('/users/confirm/link')
      expect(page.status).toBe(410)
      expect(await page.text()).toContain('This link no longer works')
      expect((await person.post('/users/confirm/link', {})).status).toBe(410)
    },
  )

  it('takes no password for another address than the page showed, when a stranger’s link was opened meanwhile', async () => {
    const [email, strangers] = [newEmail(), newEmail()]
    await running.person().register(email, OTHER)
    await running.person().register(strangers, OTHER)
    const person = running.person()
    await person.openMailedLink(email)
    await person.openMailedLink(strangers)
    const answer = await person.post('/users/confirm/link', { username: email, password: PASSWORD })
    expect(answer.status).toBe(410)
    expect(await person.isLoggedIn()).toBe(false)
    await person.openMailedLink(email)
    expect((await person.post('/users/confirm/link', { username: email, password: PASSWORD })).status).toBe(303)
  })

  it('does not confirm a user who was disabled meanwhile', async () => {
    const email = newEmail()
    const person = running.person()
    await person.register(email, PASSWORD)
    await person.openMailedLink(email)
    await running.server.db
      .updateTable('users')
      .set({ disabled_at: running.clock.now() })
      .where('email', '=', email)
      .execute()
    running.clock.advance(1)
    expect((await person.post('/users/confirm/link', {})).status).toBe(410)
    expect(await lastReason()).toBe('disabled')
  })
})

describe('somebody else registered the address first', () => {
  it('voids the password and the sessions that were set before the proof', async () => {
    const open = await startTestSigra({ database, emailConfirmation: { unconfirmedAccess: 'allow' } })
    const attacker = open.person()
    await attacker.register('victim@example.com', OTHER)
    expect((await attacker.logIn('victim@example.com', OTHER)).status).toBe(303)
    expect(await attacker.isLoggedIn()).toBe(true)
    const owner = open.person()
    await owner.confirmByLink('victim@example.com', PASSWORD)
    expect(await owner.isLoggedIn()).toBe(true)
    expect(await attacker.isLoggedIn()).toBe(false)
    expect((await attacker.logIn('victim@example.com', OTHER)).status).toBe(422)
    expect((await open.person().logIn('victim@example.com', PASSWORD)).status).toBe(303)
    await open.close()
  })

  it('keeps what the owner chose when the owner registers as well and opens the newest link', async () => {
    const email = newEmail()
    const attacker = running.person()
    await attacker.register(email, OTHER)
    const owner = running.person()
    await owner.register(email, PASSWORD)
    await owner.confirmByLink(email)
    expect((await running.person().logIn(email, PASSWORD)).status).toBe(303)
    expect((await attacker.logIn(email, OTHER)).status).toBe(422)
    const code = await attacker.post('/users/confirm/code', { code: '000000' })
    expect(code.status).toBe(422)
  })
})

describe('somebody else registered another spelling of the address first', () => {
  it('sends the mail to the spelling that is asked for, and keeps the one that was proven', async () => {
    const email = newEmail()
    await running.person().register(`ｃ${email.slice(1)}`, OTHER)
    const owner = running.person()
    await owner.register(email, PASSWORD)
    expect((await owner.confirmByCode(email)).status).toBe(303)
    expect((await running.sigra.users.findByEmail(email))?.email).toBe(email)
  })
})

describe('access before the address is confirmed', () => {
  it('is refused after the right password like after a wrong one, and the page shows everybody the way to a new mail', async () => {
    const email = newEmail()
    const registered = running.person()
    await registered.register(email, PASSWORD, '/notes')
    const person = running.person()
    const answer = await person.logIn(email, PASSWORD)
    expect(answer.status).toBe(422)
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(await answer.text()).toContain('href="/users/confirm"')
    const refused = (await running.decisions('log_in.refused')).find((row) => row.reason === 'unconfirmed')
    expect(refused).toMatchObject({ outcome: 'refused' })
    expect((await running.decisions('log_in.completed')).some((row) => row.subjectId === refused?.subjectId)).toBe(
      false,
    )
    // The mail that was sent before still works.
    expect((await registered.confirmByCode(email)).headers.get('location')).toBe('/notes')
  })

  it('does not tell taken from free addresses to a stranger who registers them and logs in with that password', async () => {
    const taken = newEmail()
    await running.sigra.users.create({ email: taken, password: PASSWORD, confirmed: true })
    const seen = new Set<string>()
    const { counters } = running.server.database
    for (const email of [taken, newEmail()]) {
      const stranger = running.person()
      await stranger.register(email, OTHER)
      // Twice, so that no look of the worker is left over to be counted.
      await running.sigra.deliverMail()
      await running.sigra.deliverMail()
      const before = { statements: counters.statements, hashes: running.server.hasher.computed }
      const answer = await stranger.logIn(email, OTHER)
      const cost = `${counters.statements - before.statements} ${running.server.hasher.computed - before.hashes}`
      seen.add(
        `${answer.status} ${cost} ${JSON.stringify([...answer.headers])} ${(await answer.text()).replaceAll(email, 'EMAIL')}`,
      )
    }
    expect(seen.size).toBe(1)
  })

  it('is told to nobody who does not know the password', async () => {
    const email = newEmail()
    await running.person().register(email, PASSWORD)
    const unconfirmed = await running.person().logIn(email, OTHER)
    const unknown = await running.person().logIn('no.one.here@example.com', OTHER)
    expect((await unconfirmed.text()).replaceAll(email, 'E')).toBe(
      (await unknown.text()).replaceAll('no.one.here@example.com', 'E'),
    )
    expect(unconfirmed.status).toBe(unknown.status)
  })

  it('is allowed where the host says so, and ends when the host says otherwise', async () => {
    const open = await startTestSigra({ database, emailConfirmation: { unconfirmedAccess: 'allow' } })
    const person = open.person()
    await person.register('early@example.com', PASSWORD)
    expect((await person.logIn('early@example.com', PASSWORD)).status).toBe(303)
    expect(await (await person.get('/users/settings')).text()).toContain('Not confirmed')
    const { schema } = open.server.config
    const strict = await startTestSigra({ database, schema })
    expect(
      (
        await strict
          .person()
          .get('/users/settings', { cookie: `sigra_session=${person.cookies.get('sigra_session') ?? ''}` })
      ).status,
    ).toBe(303)
    await strict.close()
    await open.close()
  })
})

describe('asking for another mail', () => {
  it('answers an unknown, a waiting and a confirmed address the same without a cookie', async () => {
    const [waiting, confirmed] = [newEmail(), newEmail()]
    await running.person().register(waiting, PASSWORD)
    await running.sigra.users.create({ email: confirmed, password: PASSWORD, confirmed: true })
    const seen = new Set<string>()
    for (const email of ['unknown.person@example.com', waiting, confirmed]) {
      const person = running.person()
      const answer = await person.post('/users/confirm/resend', { email })
      const page = await (await person.get('/users/confirm')).text()
      seen.add(
        `${answer.status} ${JSON.stringify([...answer.headers]).replaceAll(/sgp_[\w-]+/g, 'PENDING')} ${page.replaceAll(email, 'EMAIL')}`,
      )
    }
    expect(seen.size).toBe(1)
  })

  it('asks for a password when it was asked for with nothing but an address', async () => {
    const email = newEmail()
    await running.person().register(email, OTHER)
    const person = running.person()
    await person.post('/users/confirm/resend', { email })
    expect(await (await person.openMailedLink(email)).text()).toContain('New password')
    expect((await person.post('/users/confirm/link', { password: PASSWORD })).status).toBe(303)
    expect((await running.person().logIn(email, OTHER)).status).toBe(422)
  })

  it('asks for a password with the code as well, so that nobody ends up confirmed and without one', async () => {
    const email = newEmail()
    await running.person().register(email, OTHER)
    const person = running.person()
    await person.post('/users/confirm/resend', { email })
    expect(await (await person.get('/users/confirm')).text()).toContain('New password')
    const missing = await person.confirmByCode(email)
    expect(missing.status).toBe(422)
    expect(await missing.text()).toContain('Use at least 15 characters')
    const code = mailedCode(await person.readMail(email))
    expect((await person.post('/users/confirm/code', { code, password: PASSWORD })).status).toBe(303)
    expect((await running.person().logIn(email, OTHER)).status).toBe(422)
    expect((await running.person().logIn(email, PASSWORD)).status).toBe(303)
  })

  it('stops at five mails an hour for one address, from whatever browser, and says when to come back', async () => {
    const email = newEmail()
    await running.person().register(email, PASSWORD)
    const statuses: number[] = []
    for (let index = 0; index < 6; index += 1)
      statuses.push((await running.person().post('/users/confirm/resend', { email })).status)
    expect(statuses).toEqual([303, 303, 303, 303, 303, 429])
    const refused = await running.person().post('/users/confirm/resend', { email })
    expect(refused.headers.get('retry-after')).toBe('3600')
    running.clock.advance(3600)
    expect((await running.person().post('/users/confirm/resend', { email })).status).toBe(303)
  })

  it('counts every act of one network', async () => {
    const limited = await startTestSigra({
      database,
      emailConfirmation: { perNetwork: { attempts: 2, windowSeconds: 60 } },
    })
    const person = limited.person()
    await person.post('/users/confirm/code', { code: '123456' })
    await person.post('/users/confirm/link', {})
    const refused = await person.post('/users/confirm/resend', {})
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('60')
    expect(await refused.text()).toContain('too_many_tries')
    await limited.close()
  })
})

describe('what the mail offers', () => {
  it('is only a link, or only a code, where the host says so, and the other way has no route', async () => {
    const byLink = await startTestSigra({ database, emailConfirmation: { by: 'link' } })
    const byCode = await startTestSigra({ database, emailConfirmation: { by: 'code' } })
    const [one, two] = [byLink.person(), byCode.person()]
    await one.register('l@example.com', PASSWORD)
    await two.register('c@example.com', PASSWORD)
    const [linkMail, codeMail] = [await one.readMail('l@example.com'), await two.readMail('c@example.com')]
    expect(linkMail.text).not.toMatch(/Code:/)
    expect(codeMail.text).not.toMatch(/https?:/)
    expect((await one.post('/users/confirm/code', { code: '123456' })).status).toBe(404)
    expect((await two.get('/users/confirm/open?secret=x')).status).toBe(404)
    expect((await one.confirmByLink('l@example.com')).status).toBe(303)
    expect((await two.confirmByCode('c@example.com')).status).toBe(303)
    await byLink.close()
    await byCode.close()
  })
})
