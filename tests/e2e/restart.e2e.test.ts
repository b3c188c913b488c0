/** What a restart must keep, and what two processes must share. */
import { decodeProtectedHeader } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'

import { HttpBrowser } from './support/http-browser.js'
import { authorizationUrl, obtainCode, redeem, refresh, seededClient, textOf } from './support/oauth-client.js'
import { ada, goAlong } from './support/person.js'
import { freePort, startHost } from './support/processes.js'
import { besides, createStore, sharedKeys, type StoreKind } from './support/stores.js'

const kinds: readonly StoreKind[] = ['pglite', 'postgres']

describe.each(kinds)('restart on %s', (kind) => {
  test('keeps sessions, codes, tokens, keys and the partner’s client', async () => {
    const store = await createStore(kind)
    onTestFinished(() => store.remove())
    const [port, partnerPort] = [await freePort(), await freePort()]
    const before = await startHost(store, { port, partnerPort })
    const client = await seededClient(store, partnerPort)
    const browser = new HttpBrowser(client.redirectUri)
    const tokens = await redeem(before.url, client, await obtainCode(browser, before.url, client, goAlong(browser)))
    const waiting = await obtainCode(browser, before.url, client, goAlong(browser))
    const keys = await publishedKeys(before.url)
    expect(await before.stop()).toBe(0)

    const after = await startHost(store, { port, partnerPort })
    onTestFinished(async () => void (await after.stop()))
    expect(await publishedKeys(after.url)).toEqual(keys)
    expect(keys).toContain(decodeProtectedHeader(textOf(tokens, 'id_token')).kid)
    expect(await seededClient(store, partnerPort)).toEqual(client)
    expect(await apiStatus(after.url, textOf(tokens, 'access_token'))).toBe(200)
    expect((await refresh(after.url, client, textOf(tokens, 'refresh_token'))).status).toBe(200)
    expect((await redeem(after.url, client, waiting)).status).toBe(200)
    const page = await browser.get(`${after.url}/notes`)
    expect(page).toMatchObject({ status: 200, url: { pathname: '/notes' } })
    expect(page.body).toContain(ada.email)
    const again = await browser.get(authorizationUrl(after.url, client).url)
    expect(again.url.searchParams.get('code')).not.toBeNull()
  })
})

describe('two processes on one PostgreSQL', () => {
  test('serve one flow half each', async () => {
    const store = await createStore('postgres')
    const second = await besides(store)
    onTestFinished(async () => {
      await second.remove()
      await store.remove()
    })
    const partnerPort = await freePort()
    const environment = sharedKeys()
    const one = await startHost(store, { partnerPort, environment })
    const other = await startHost(second, { partnerPort, environment, baseUrl: one.url })
    onTestFinished(async () => void (await Promise.all([one.stop(), other.stop()])))
    const client = await seededClient(store, partnerPort)
    const browser = new HttpBrowser(client.redirectUri)

    const { url, codeVerifier } = authorizationUrl(one.url, client)
    let page = await browser.get(url)
    let turn = 0
    // Every page that one process showed is answered at the other.
    while (!page.url.href.startsWith(client.redirectUri) && turn < 6) {
      turn += 1
      const host = turn % 2 === 1 ? other : one
      page = await goAlong(browser)({ ...page, url: new URL(page.url.pathname + page.url.search, host.url) })
    }
    const code = page.url.searchParams.get('code')
    expect(code).not.toBeNull()
    const tokens = await redeem(other.url, client, { code: code!, codeVerifier })
    expect(tokens.status).toBe(200)
    expect(await apiStatus(one.url, textOf(tokens, 'access_token'))).toBe(200)
    expect((await refresh(one.url, client, textOf(tokens, 'refresh_token'))).status).toBe(200)
    expect(await publishedKeys(one.url)).toEqual(await publishedKeys(other.url))
  })
})

async function publishedKeys(host: string): Promise<string[]> {
  const response = await fetch(new URL('/oauth/jwks', host))
  const body = (await response.json()) as { keys: { kid: string }[] }
  return body.keys.map((key) => key.kid)
}

async function apiStatus(host: string, accessToken: string): Promise<number> {
  const response = await fetch(new URL('/api/notes', host), { headers: { authorization: `Bearer ${accessToken}` } })
  await response.body?.cancel()
  return response.status
}
