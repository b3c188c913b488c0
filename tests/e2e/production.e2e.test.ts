/** What production must not have (demo users, demo clients, a mailbox page, keys made up at start), and development must. */
import { existsSync } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import path from 'node:path'

import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'

import { HttpBrowser } from './support/http-browser.js'
import { obtainCode, redeem, seededClient } from './support/oauth-client.js'
import { goAlong } from './support/person.js'
import { freePort, startHost } from './support/processes.js'
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

describe('development', () => {
  test('seeds once, and makes the partner a new client when its secret is lost', async () => {
    const store = await createStore('postgres')
    onTestFinished(() => store.remove())
    const file = path.join(store.dataDir, 'partner-client.json')
    const partnerPort = await freePort()
    const first = await startHost(store, { partnerPort })
    const before = await seededClient(store, partnerPort)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await first.stop()
    await rm(file)
    const second = await startHost(store, { partnerPort })
    onTestFinished(async () => void (await second.stop()))
    const after = await seededClient(store, partnerPort)
    expect(after.clientId).not.toBe(before.clientId)
    const browser = new HttpBrowser(after.redirectUri)
    const issued = await obtainCode(browser, second.url, after, goAlong(browser))
    expect((await redeem(second.url, after, issued)).status).toBe(200)
    const database = await store.open()
    const { rows } =
      await sql`select (select count(*) from sigra.users) as users, (select count(*) from notes.notes) as notes`.execute(
        database.view('sigra'),
      )
    await database.close()
    expect(rows).toEqual([{ users: 1, notes: 2 }])
  })
})
