/** The product's own API: what it refuses, and that a refusal leaves nothing behind. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { HttpBrowser } from './support/http-browser.js'
import {
  authorizationUrl,
  type ClientCredentials,
  obtainCode,
  redeem,
  seededClient,
  textOf,
} from './support/oauth-client.js'
import { goAlong } from './support/person.js'
import { freePort, type Program, startHost } from './support/processes.js'
import { createStore, type Store } from './support/stores.js'

const json = { 'content-type': 'application/json' }

describe('the API of the host', () => {
  let store: Store
  let host: Program
  let client: ClientCredentials
  let accessToken: string

  beforeAll(async () => {
    store = await createStore('postgres')
    const partnerPort = await freePort()
    host = await startHost(store, { partnerPort })
    client = await seededClient(store, partnerPort)
    const browser = new HttpBrowser(client.redirectUri)
    accessToken = textOf(
      await redeem(host.url, client, await obtainCode(browser, host.url, client, goAlong(browser))),
      'access_token',
    )
  })

  afterAll(async () => {
    await host.stop()
    await store.remove()
  })

  const call = (method: string, headers: Readonly<Record<string, string>>, body?: string | Uint8Array<ArrayBuffer>) =>
    fetch(`${host.url}/api/notes`, {
      method,
      headers: { authorization: `Bearer ${accessToken}`, ...headers },
      ...(body === undefined ? {} : { body }),
    })

  const listed = async () => {
    const answer = (await (await call('GET', {})).json()) as { notes: { text: string }[] }
    return answer.notes.map((note) => note.text)
  }

  test('keeps a note and answers it', async () => {
    const answer = await call('POST', json, JSON.stringify({ text: '  Sharpen the pencils 😀 ' }))
    expect(answer.status).toBe(201)
    expect(await answer.json()).toMatchObject({ text: 'Sharpen the pencils 😀' })
    expect(await listed()).toContain('Sharpen the pencils 😀')
  })

  test.each([
    ['no body', json, undefined, 400, 'malformed'],
    ['broken JSON', json, '{"text":', 400, 'malformed'],
    ['text that is not UTF-8', json, new Uint8Array([0x22, 0xff, 0x22]), 400, 'malformed'],
    ['another media type', { 'content-type': 'text/plain' }, '{"text":"x"}', 415, 'unsupported_media_type'],
    [
      'another charset',
      { 'content-type': 'application/json; charset=latin1' },
      '{"text":"x"}',
      415,
      'unsupported_media_type',
    ],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'text=x', 415, 'unsupported_media_type'],
    ['null', json, 'null', 422, 'invalid_note'],
    ['a list', json, '["x"]', 422, 'invalid_note'],
    ['a number as text', json, '{"text":1}', 422, 'invalid_note'],
    ['nothing but spaces', json, '{"text":"  "}', 422, 'invalid_note'],
    ['a NUL', json, String.raw`{"text":"a\u0000b"}`, 422, 'invalid_note'],
    ['half a character', json, String.raw`{"text":"\ud800"}`, 422, 'invalid_note'],
    ['too long a text', json, JSON.stringify({ text: 'x'.repeat(2001) }), 422, 'invalid_note'],
    ['a field that is not known', json, '{"text":"x","user_id":"y"}', 422, 'invalid_note'],
    ['a prototype', json, '{"text":"x","__proto__":{}}', 422, 'invalid_note'],
    ['too large a body', json, JSON.stringify({ text: 'x'.repeat(40_000) }), 413, 'too_large'],
  ] as const)('refuses %s and keeps nothing', async (_name, headers, body, status, error) => {
    const before = await listed()
    const answer = await call('POST', headers, body)
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ error })
    expect(await listed()).toEqual(before)
  })

  test('refuses too large a body that does not say its length', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (let chunk = 0; chunk < 10; chunk += 1) controller.enqueue(new TextEncoder().encode(' '.repeat(10_000)))
        controller.close()
      },
    })
    const chunked = {
      method: 'POST',
      body,
      duplex: 'half',
      headers: { ...json, authorization: `Bearer ${accessToken}` },
    }
    const answer = await fetch(`${host.url}/api/notes`, chunked)
    expect(answer.status).toBe(413)
  })

  test.each([
    ['another scheme', { authorization: 'Basic eDp5' }, 401],
    ['a made-up token', { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }, 401],
  ])('refuses %s', async (_name, headers, status) => {
    const answer = await call('GET', headers)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /)
  })

  test('refuses no token, naming the scope that is needed', async () => {
    const answer = await fetch(`${host.url}/api/notes`)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer .*scope="notes:read"/)
  })

  test('refuses a token that may only read to write, and an ID token to do anything', async () => {
    const browser = new HttpBrowser(client.redirectUri)
    const { url, codeVerifier } = authorizationUrl(host.url, client, { scope: 'openid notes:read' })
    let page = await browser.get(url)
    for (let pages = 0; pages < 4 && !page.url.href.startsWith(client.redirectUri); pages += 1)
      page = await goAlong(browser)(page)
    const tokens = await redeem(host.url, client, { code: page.url.searchParams.get('code') ?? '', codeVerifier })
    const narrow = { authorization: `Bearer ${textOf(tokens, 'access_token')}` }
    expect((await call('GET', narrow)).status).toBe(200)
    const answer = await call('POST', { ...narrow, ...json }, '{"text":"x"}')
    expect(answer.status).toBe(403)
    expect(answer.headers.get('www-authenticate')).toContain('insufficient_scope')
    expect((await call('GET', { authorization: `Bearer ${textOf(tokens, 'id_token')}` })).status).toBe(401)
  })

  test('shows nobody the notes of another user', async () => {
    const browser = new HttpBrowser()
    const page = await goAlong(browser)(await browser.get(`${host.url}/notes`))
    const [path = ''] = page.body.match(/\/notes\/[0-9a-f-]{36}\/delete/) ?? []
    const stranger = new HttpBrowser()
    const answer = await stranger.submit({ ...page, url: new URL(host.url) }, /^Delete$/)
    expect(path).not.toBe('')
    expect(answer.url.pathname).toBe('/users/log_in')
  })
})
