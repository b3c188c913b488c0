/** What production must not have: demo users, demo clients, a mailbox page, keys made up at start. */
import { existsSync } from 'node:fs'
import path from 'node:path'

import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'

import { startHost } from './support/processes.js'
import { createStore, sharedKeys } from './support/stores.js'

const settings = {
  NODE_ENV: 'production',
  SMTP_URL: 'smtp://127.0.0.1:9',
  MAIL_FROM: 'Notes <no-reply@notes.example>',
}

describe('production', () => {
  test('starts without seed, mailbox page and demo password', async () => {
    const store = await createStore('postgres')
    onTestFinished(() => store.remove())
    const host = await startHost(store, {
      baseUrl: 'https://notes.example',
      environment: { ...settings, ...sharedKeys() },
    })
    const home = await fetch(host.url)
    expect(home.status).toBe(200)
    expect(await home.text()).not.toContain('correct horse')
    expect((await fetch(`${host.url}/dev/mailbox`)).status).toBe(404)
    expect(await host.stop()).toBe(0)
    expect(existsSync(path.join(store.dataDir, 'partner-client.json'))).toBe(false)
    expect(existsSync(path.join(store.dataDir, 'keys'))).toBe(false)
    const database = await store.open()
    const { rows } =
      await sql`select (select count(*) from sigra.users) as users, (select count(*) from lockspire.clients) as clients`.execute(
        database.view('sigra'),
      )
    await database.close()
    expect(rows).toEqual([{ users: 0, clients: 0 }])
  })

  test.each([
    ['without mail settings', { NODE_ENV: 'production' }, ['SMTP_URL']],
    ['without keys', settings, ['SIGRA_KEYS']],
    ['with wrong settings', { BASE_URL: 'notes.example', DATABASE_URL: 'mysql://x' }, ['BASE_URL', 'DATABASE_URL']],
  ])('refuses to start %s and says what to mend', async (_name, environment, names) => {
    const store = await createStore('postgres')
    onTestFinished(() => store.remove())
    const failure = await startHost(store, { baseUrl: 'https://notes.example', environment }).then(
      async (host) => {
        await host.stop()
        return ''
      },
      (error: unknown) => String(error),
    )
    for (const name of names) expect(failure).toContain(name)
  })
})
