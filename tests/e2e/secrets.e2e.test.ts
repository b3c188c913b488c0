/** No secret of a whole journey may be found afterwards: not in the database, not in what the programs printed. */
import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'

import { type BrowserPage, HttpBrowser } from './support/http-browser.js'
import { readMail } from './support/mailbox.js'
import { authorizationUrl, obtainCode, redeem, refresh, seededClient, textOf } from './support/oauth-client.js'
import { ada, goAlong } from './support/person.js'
import { freePort, type Program, startHost, startPartner } from './support/processes.js'
import { dumpDatabase, type KnownSecret, secretsIn } from './support/secret-search.js'
import { createStore, type Store, type StoreKind } from './support/stores.js'

const kinds: readonly StoreKind[] = ['pglite', 'postgres']

/** Collects secrets under names that may be printed. */
class Collection {
  readonly secrets: KnownSecret[] = []

  keep(name: string, text: string): string {
    this.secrets.push({ name, text })
    return text
  }
}

describe.each(kinds)('secrets on %s', (kind) => {
  test('leave no trace in the database nor in any log', async () => {
    const store = await createStore(kind)
    onTestFinished(() => store.remove())
    const partnerPort = await freePort()
    const host = await startHost(store, { partnerPort })
    const partner = await startPartner(store, host.url, partnerPort)
    const found = new Collection()
    await useTokens(store, host, partnerPort, found)
    await usePartner(partner, found)
    await registerSomebody(host, found)
    await beRefused(host, found)
    await partner.stop()
    await host.stop()

    expect(found.secrets.length).toBeGreaterThan(30)
    const output = host.output() + partner.output()
    expect(secretsIn(output, found.secrets)).toEqual([])
    const database = await store.open()
    const dump = await dumpDatabase(database)
    // The search itself must be able to find something.
    const { rows } = await sql<{ id: string }>`select id::text as id from sigra.users limit 1`.execute(
      database.view('sigra'),
    )
    await database.close()
    expect(dump.cells.some((cell) => secretsIn(cell.text, [{ name: 'an id', text: rows[0]!.id }]).length > 0)).toBe(
      true,
    )
    expect(dump.tables).toBeGreaterThan(12)
    const places = dump.cells.flatMap((cell) =>
      secretsIn(cell.text, found.secrets).map((name) => `${name} in ${cell.place}`),
    )
    expect([...new Set(places)]).toEqual([])
  })
})

/** Codes, access, refresh and ID tokens, of a client that reads every answer. */
async function useTokens(store: Store, host: Program, partnerPort: number, found: Collection): Promise<void> {
  const client = await seededClient(store, partnerPort)
  found.keep('client secret', client.clientSecret)
  found.keep('password', ada.password)
  const browser = new HttpBrowser(client.redirectUri)
  for (const turn of [1, 2]) {
    const issued = await obtainCode(browser, host.url, client, goAlong(browser))
    found.keep(`code ${turn}`, issued.code)
    found.keep(`code verifier ${turn}`, issued.codeVerifier)
    let answer = await redeem(host.url, client, issued)
    for (const generation of [0, 1, 2]) {
      const refreshToken = found.keep(`refresh token ${turn}.${generation}`, textOf(answer, 'refresh_token'))
      const accessToken = found.keep(`access token ${turn}.${generation}`, textOf(answer, 'access_token'))
      if (generation === 0) found.keep(`ID token ${turn}`, textOf(answer, 'id_token'))
      for (const path of ['/api/notes', '/oauth/userinfo', `/api/notes?access_token=${accessToken}`]) {
        await (await fetch(host.url + path, { headers: { authorization: `Bearer ${accessToken}` } })).text()
      }
      answer = await refresh(host.url, client, refreshToken)
    }
    found.keep(`last refresh token ${turn}`, textOf(answer, 'refresh_token'))
    // Both kinds of reuse, for what they write.
    await redeem(host.url, client, issued)
    await refresh(host.url, client, found.secrets.find((secret) => secret.name === `refresh token ${turn}.0`)!.text)
    // A waiting code and an open question stay in the database.
    found.keep(`waiting code ${turn}`, (await obtainCode(browser, host.url, client, goAlong(browser))).code)
    await browser.get(authorizationUrl(host.url, client, { prompt: 'consent' }).url)
  }
  keepCookies(browser, 'cookie', found)
}

/** The partner app with its own cookies and tokens, which only its memory may hold. */
async function usePartner(partner: Program, found: Collection): Promise<void> {
  const browser = new HttpBrowser()
  let page: BrowserPage = await browser.get(partner.url)
  page = await browser.submit(page, /^Connect/)
  for (let pages = 0; pages < 4 && page.url.origin !== partner.url; pages += 1) page = await goAlong(browser)(page)
  page = await browser.submit(page, /^Add note$/, { text: 'A note by way of the partner' })
  page = await browser.submit(page, /^Refresh now$/)
  await browser.submit(page, /^Disconnect$/)
  keepCookies(browser, 'partner browser cookie', found)
}

/** Registration by code and by link, and a mail that nobody used. */
async function registerSomebody(host: Program, found: Collection): Promise<void> {
  for (const by of ['code', 'link', 'neither'] as const) {
    const browser = new HttpBrowser()
    const email = `${by}@example.com`
    const password = found.keep(`password of ${by}`, `a long enough password ${by}`)
    let page = await browser.get(`${host.url}/users/register`)
    page = await browser.submit(page, /^Create account$/, { email, password })
    const mail = await readMail(host.url, email, /confirm/i)
    const code = found.keep(`mailed code of ${by}`, mail.code ?? '')
    const token = [
      ...mail.link!.pathname.split('/'),
      ...mail.link!.searchParams.values(),
      mail.link!.hash.slice(1),
    ].toSorted((a, b) => b.length - a.length)[0]!
    found.keep(`mailed link of ${by}`, token)
    if (by === 'code') await browser.submit(page, /^Confirm/, { code })
    if (by === 'link') await browser.submit(await browser.get(mail.link!), /^Confirm/)
    keepCookies(browser, `cookie of ${by}`, found)
  }
}

/** Wrong answers, which often end up in logs. */
async function beRefused(host: Program, found: Collection): Promise<void> {
  const browser = new HttpBrowser()
  const password = found.keep('mistyped password', 'correct horse battery stapel')
  const page = await browser.submit(await browser.get(`${host.url}/users/log_in`), /^Log in$/, {
    email: ada.email,
    password,
  })
  expect(page.status).toBe(422)
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: found.keep('made-up code', 'lsac_TWFkZS11cC1jb2RlLU1hZGUtdXAtY29kZS1NYWRlLXVw'),
    client_secret: found.keep('wrong client secret', 'lscs_TWFkZS11cC1zZWNyZXQtTWFkZS11cC1zZWNyZXQtTWE'),
    client_id: '00000000-0000-4000-8000-000000000000',
    redirect_uri: 'http://localhost/callback',
    code_verifier: found.keep('made-up verifier', 'TWFkZS11cC12ZXJpZmllci1NYWRlLXVwLXZlcmlmaWVyLU0'),
  })
  expect((await fetch(`${host.url}/oauth/token`, { method: 'POST', body })).status).toBe(401)
}

function keepCookies(browser: HttpBrowser, name: string, found: Collection): void {
  for (const [index, value] of browser.cookiesSeen.entries()) {
    if (value.length >= 20) found.keep(`${name} ${index}`, value)
  }
}
