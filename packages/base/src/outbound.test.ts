/** The way out: what is taken, what is not, and that nobody can make us wait or read for long. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { getText, isOutboundUrl } from './outbound.js'
import { startStubServer, type StubServer } from './testing/stub-server.js'

let stub: StubServer
beforeAll(async () => {
  stub = await startStubServer()
})
afterAll(() => stub.close())

const limits = { timeoutSeconds: 5, maxBytes: 1000 }
const ask = (more: Partial<typeof limits> = {}) => getText(new URL('/text', stub.url), { ...limits, ...more })

describe('the way out', () => {
  it('asks with the headers it was given and answers the text', async () => {
    stub.answer = (response) => response.end('grüße')
    const answer = await getText(new URL('/text', stub.url), { ...limits, headers: { 'X-Why': 'test' } })
    expect(answer).toEqual({ ok: true, value: 'grüße' })
    expect(stub.seen.at(-1)).toMatchObject({ method: 'GET', path: '/text', body: '', headers: { 'x-why': 'test' } })
  })

  it.each([201, 204, 301, 302, 307, 404, 429, 500])('takes no status %d', async (status) => {
    stub.answer = (response) => response.writeHead(status, { Location: '/elsewhere' }).end()
    const before = stub.seen.length
    expect(await ask()).toEqual({ ok: false, reason: 'bad_answer' })
    expect(stub.seen.length - before).toBe(1)
  })

  it('takes a text of exactly the limit and none that is longer', async () => {
    stub.answer = (response) => response.end('a'.repeat(1000))
    expect((await ask()).ok).toBe(true)
    stub.answer = (response) => response.end('a'.repeat(1001))
    expect(await ask()).toEqual({ ok: false, reason: 'bad_answer' })
  })

  it('stops reading an answer that never ends', async () => {
    stub.answer = (response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('a'.repeat(10_000)));
        response.once('drain', more)
      }
      more()
    }
    expect(await ask()).toEqual({ ok: false, reason: 'bad_answer' })
  })

  it('waits no longer than told, for the head or for the rest', async () => {
    stub.answer = () => {}
    expect(await ask({ timeoutSeconds: 1 })).toEqual({ ok: false, reason: 'timeout' })
    stub.answer = (response) => response.write('a')
    expect(await ask({ timeoutSeconds: 1 })).toEqual({ ok: false, reason: 'timeout' })
  })

  it('says that nobody is there', async () => {
    const gone = await startStubServer()
    await gone.close()
    expect(await getText(new URL(gone.url), limits)).toEqual({ ok: false, reason: 'unreachable' })
    stub.answer = (response) => response.destroy()
    expect(await ask()).toEqual({ ok: false, reason: 'unreachable' })
  })

  it.each([
    ['https://api.example.com/', true],
    ['http://localhost:3000/', true],
    ['http://127.0.0.1/', true],
    ['http://api.example.com/', false],
    ['http://127.0.0.1.example.com/', false],
    ['https://a:b@api.example.com/', false],
    ['file:///etc/passwd', false],
  ])('may call %s: %s', async (text, may) => {
    expect(isOutboundUrl(new URL(text))).toBe(may)
    if (!may) await expect(getText(new URL(text), limits)).rejects.toThrow('must go to https')
  })
})
