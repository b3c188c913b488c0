/** The partner app when things do not go well: ended connections, answers nobody asked for, a provider that is away. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type BrowserPage, HttpBrowser } from './support/http-browser.js'
import { goAlong } from './support/person.js'
import { freePort, type Program, startHost, startPartner } from './support/processes.js'
import { createStore, type Store } from './support/stores.js'

describe('the partner app', () => {
  let store: Store
  let host: Program
  let partner: Program

  beforeAll(async () => {
    store = await createStore('postgres')
    const partnerPort = await freePort()
    host = await startHost(store, { partnerPort })
    partner = await startPartner(store, host.url, partnerPort)
  })

  afterAll(async () => {
    await partner.stop()
    await host.stop()
    await store.remove()
  })

  async function connect(browser: HttpBrowser): Promise<BrowserPage> {
    let page = await browser.submit(await browser.get(partner.url), /^Connect to Notes$/)
    for (let pages = 0; pages < 4 && page.url.origin !== partner.url; pages += 1) page = await goAlong(browser)(page)
    expect(page.body).toContain('Connected to Notes.')
    return page
  }

  test('says that the connection has ended when its tokens were revoked, and begins again', async () => {
    const browser = new HttpBrowser()
    const page = await connect(browser)
    const database = await store.open()
    await sql`update lockspire.grants set revoked_at = now(), revoked_reason = 'test'`.execute(
      database.view('lockspire'),
    )
    await database.close()
    const ended = await browser.submit(page, /^Refresh now$/)
    expect(ended.body).toContain('The connection has ended')
    expect(ended.body).toContain('invalid_grant')
    expect((await browser.get(partner.url)).body).toContain('Connect to Notes')
    await connect(browser)
  })

  test('exchanges a refresh token once when two tabs ask at the same time', async () => {
    const browser = new HttpBrowser()
    const page = await connect(browser)
    await Promise.all([1, 2, 3, 4].map(() => browser.submit(page, /^Refresh now$/)))
    const after = await browser.submit(page, /^Refresh now$/)
    expect(after.status).toBe(200)
    expect(after.body).toContain('The tokens are new.')
  })

  test('ignores answers that it did not ask for', async () => {
    const browser = new HttpBrowser()
    await connect(browser)
    const callback = `${partner.url}/callback?code=made-up&state=made-up&iss=${encodeURIComponent(host.url)}`
    expect(await browser.get(callback)).toMatchObject({ status: 400 })
    expect((await browser.get(partner.url)).body).toContain('Your notes')
  })

  test('refuses forms of other sites', async () => {
    for (const path of ['/connect', '/refresh', '/notes', '/disconnect']) {
      const answer = await fetch(partner.url + path, { method: 'POST', headers: { origin: 'https://evil.example' } })
      expect(answer.status).toBe(403)
    }
  })

  test('says so when the provider is away', async () => {
    const browser = new HttpBrowser()
    await connect(browser)
    await host.stop()
    const page = await browser.get(partner.url)
    expect(page.status).toBe(502)
    expect(page.body).toContain('Notes does not answer')
  })
})
