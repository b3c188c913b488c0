/** What an answer costs, counted: the same statements and hashes whoever has the address, so that its time tells nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Database } from '#base/database.js'
import { openTestDatabase } from '#base/testing/store.js'

import { startTestSigra } from './testing/test-server.js'

const PASSWORD = 'correct horse battery staple'
const WRONG = 'incorrect horse battery staple'

let database: Database
let running: Awaited<ReturnType<typeof startTestSigra>>
beforeAll(async () => {
  database = await openTestDatabase()
  running = await startTestSigra({ database })
  // Nobody else asks the database meanwhile.
  Object.assign(running.server, { wakeJobs: () => {} })
})
afterAll(async () => {
  await running.close()
  await database.close()
})

const owners = {
  nobody: async () => {},
  'somebody who confirmed': async (email: string) => {
    await running.sigra.users.create({ email, password: PASSWORD, confirmed: true })
  },
  'somebody who did not confirm yet': async (email: string) => {
    await running.sigra.users.create({ email, password: PASSWORD })
  },
  'somebody who is disabled': async (email: string) => {
    await running.sigra.users.create({ email, password: PASSWORD, confirmed: true })
    await running.server.db
      .updateTable('users')
      .set({ disabled_at: running.clock.now() })
      .where('email', '=', email)
      .execute()
  },
}

let count = 0
async function costs(act: (email: string) => Promise<void>): Promise<Record<string, string>> {
  const seen: Record<string, string> = {}
  for (const [owner, make] of Object.entries(owners)) {
    count += 1
    const email = `cost${count}@example.com`
    await make(email)
    const { counters } = running.server.database
    const before = { ...counters, hashes: running.server.hasher.computed }
    await act(email)
    const hashes = running.server.hasher.computed - before.hashes
    seen[owner] =
      `${counters.statements - before.statements} statements, ${counters.commits - before.commits} commits, ${hashes} hashes`
  }
  return seen
}

describe('the cost of an answer is the same for everybody who may have the address', () => {
  it.each([
    ['registering', async (email: string) => void (await running.person().register(email, WRONG))],
    [
      'asking for a mail',
      async (email: string) => void (await running.person().post('/users/confirm/resend', { email })),
    ],
    [
      'asking for a link until there are no more',
      async (email: string) => {
        for (let index = 0; index < 4; index += 1) await running.person().post('/users/unlock', { email })
      },
    ],
    ['logging in with a wrong password', async (email: string) => void (await running.person().logIn(email, WRONG))],
    [
      'failing until delays begin, and once more',
      async (email: string) => {
        for (let index = 0; index < 11; index += 1) await running.person().logIn(email, WRONG)
      },
    ],
  ])('when %s', async (_name, act) => {
    const seen = await costs(act)
    expect(new Set(Object.values(seen)).size, JSON.stringify(seen)).toBe(1)
  })

  it('and a mail to nobody is never sent', async () => {
    await running.person().post('/users/confirm/resend', { email: 'nobody.at.all@example.com' })
    await running.person().post('/users/unlock', { email: 'nobody.at.all@example.com' })
    expect(await running.server.db.selectFrom('jobs').select('id').execute()).not.toEqual([])
    await running.sigra.deliverMail()
    expect(await running.server.db.selectFrom('jobs').select('id').execute()).toEqual([])
    expect(running.mailbox.list().filter((mail) => ['', 'nobody.at.all@example.com'].includes(mail.to))).toEqual([])
  })
})
