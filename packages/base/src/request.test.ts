/** Requests are read within their limits, on node:http as in memory. */
import { connect } from 'node:net'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from './log.js'
import { serveNode, type RunningServer } from './node.js'
import { readForm, readJson, readQuery, requestFacts, type FormLimits } from './request.js'

const formType = 'application/x-www-form-urlencoded'

function post(
  body: string | Uint8Array<ArrayBuffer> | null,
  contentType: string | null = formType,
  headers: Record<string, string> = {},
): Request {
  const request = new Request('http://own.example/', { method: 'POST', body, headers })
  request.headers.delete('content-type')
  if (contentType !== null) request.headers.set('content-type', contentType)
  return request
}

async function formOf(request: Request, limits?: FormLimits): Promise<Record<string, string | undefined> | string> {
  const form = await readForm(request, limits)
  return form.ok ? Object.fromEntries(form.value.names().map((name) => [name, form.value.get(name)])) : form.reason
}

/** A body that tells no length and would never end. */
function endless(): { readonly body: ReadableStream<Uint8Array>; readonly taken: () => number } {
  let taken = 0
  const chunk = new TextEncoder().encode('a'.repeat(1024))
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      taken += chunk.length
      controller.enqueue(chunk)
    },
  })
  return { body, taken: () => taken }
}

function streamed(body: ReadableStream<Uint8Array>): Request {
  const init: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    body,
    duplex: 'half',
    headers: { 'content-type': formType },
  }
  return new Request('http://own.example/', init)
}

describe('reading a form', () => {
  it('reads fields', async () => {
    expect(await formOf(post('a=1&b=%C3%A9+x'))).toEqual({ a: '1', b: 'é x' })
    expect(await formOf(post('a=José'))).toEqual({ a: 'José' })
    expect(await formOf(post(null))).toEqual({})
    expect(await formOf(post(''))).toEqual({})
  })

  it.each([
    formType,
    'Application/X-WWW-Form-Urlencoded',
    `${formType};charset=utf-8`,
    `${formType}; charset=UTF-8`,
    `${formType} ; charset="utf-8"`,
    `${formType}; other=x`,
  ])('takes the media type %s', async (type) => {
    expect(await formOf(post('a=1', type))).toEqual({ a: '1' })
  })

  it.each([
    ['wrong_media_type', null],
    ['wrong_media_type', ''],
    ['wrong_media_type', 'text/plain'],
    ['wrong_media_type', 'multipart/form-data; boundary=x'],
    ['wrong_media_type', 'application/json'],
    ['wrong_media_type', `${formType}, text/plain`],
    ['wrong_media_type', `text/plain; ${formType}`],
    ['wrong_media_type', `${formType}x`],
    ['wrong_charset', `${formType}; charset=iso-8859-1`],
    ['wrong_charset', `${formType}; charset=utf-16`],
    ['wrong_charset', `${formType};charset=utf-7`],
    ['wrong_charset', `${formType}; charset=`],
    ['wrong_charset', `${formType}; charset=utf-8; charset=utf-7`],
    ['wrong_charset', `${formType}; x=y; CHARSET = "latin1"`],
  ])('refuses as %s: %s', async (reason, type) => {
    expect(await formOf(post('a=1', type))).toBe(reason)
  })

  it('refuses compressed bodies', async () => {
    expect(await formOf(post('a=1', formType, { 'content-encoding': 'gzip' }))).toBe('wrong_media_type')
    expect(await formOf(post('a=1', formType, { 'content-encoding': 'identity' }))).toEqual({ a: '1' })
  })

  it('refuses bytes that are not UTF-8', async () => {
    expect(await formOf(post(Buffer.from([0x61, 0x3d, 0xff])))).toBe('malformed')
    expect(await formOf(post(Buffer.from('a=é', 'latin1')))).toBe('malformed')
  })

  it('counts bytes, not characters', async () => {
    expect(await formOf(post('a=éé'), { maxBytes: 6 })).toEqual({ a: 'éé' })
    expect(await formOf(post('a=éé'), { maxBytes: 5 })).toBe('too_large')
  })

  it.each(['7', '-1', '1e9', 'NaN', '0x1', '  '])('does not trust the length %j', async (length) => {
    expect(await formOf(post('a=12345', formType, { 'content-length': length }), { maxBytes: 5 })).toBe('too_large')
  })

  it('stops reading a body that never ends', async () => {
    const { body, taken } = endless()
    expect(await formOf(streamed(body), { maxBytes: 10_000 })).toBe('too_large')
    expect(taken()).toBeLessThan(16_000)
  })

  it('answers an upload that breaks off as malformed', async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.error(new Error('gone'))
      },
    })
    expect(await formOf(streamed(body))).toBe('malformed')
  })

  it('faults where the body is gone, instead of seeing an empty form', async () => {
    const request = post('a=1')
    await request.text()
    await expect(readForm(request)).rejects.toThrow('before any body parser')
  })
})

describe('reading a query', () => {
  it.each([
    ['/p', {}],
    ['/p?', {}],
    ['/p?a=1&b=%20', { a: '1', b: ' ' }],
    ['https://own.example/p?a=1#b=2', { a: '1' }],
    ['/p?a=x?y=z', { a: 'x?y=z' }],
  ])('reads %s', (url, expected) => {
    const query = readQuery(url)
    if (!query.ok) throw new Error(query.reason)
    expect(Object.fromEntries(query.value.names().map((name) => [name, query.value.get(name)]))).toEqual(expected)
  })

  it.each([
    ['duplicate', '/p?a=1&a=2'],
    ['malformed', '/p?a=%ff'],
    ['nul', '/p?a=%00'],
    ['too_large', `/p?${'a'.repeat(65_537)}`],
  ])('refuses as %s', (reason, url) => {
    expect(readQuery(url)).toEqual({ ok: false, reason })
  })
})

describe('reading JSON', () => {
  const json = 'application/json'
  it('reads values and refuses what is not strict', async () => {
    expect(await readJson(post('{"a":[1]}', json), { maxBytes: 100 })).toEqual({ ok: true, value: { a: [1] } })
    expect(await readJson(post('{"a":1}', `${json}; charset=utf-8`))).toEqual({ ok: true, value: { a: 1 } })
    const reason = async (request: Request, limits?: { maxBytes: number }) => {
      const answer = await readJson(request, limits)
      return answer.ok ? answer.value : answer.reason
    }
    expect(await reason(post('{}', 'text/json'))).toBe('wrong_media_type')
    expect(await reason(post('{}', formType))).toBe('wrong_media_type')
    expect(await reason(post('{}', `${json}; charset=utf-16`))).toBe('wrong_charset')
    expect(await reason(post('{"a":1,"a":2}', json))).toBe('duplicate')
    expect(await reason(post('{"__proto__":1}', json))).toBe('forbidden_key')
    expect(await reason(post('['.repeat(10_000), json))).toBe('too_deep')
    expect(await reason(post(Buffer.from([0x22, 0xff, 0x22]), json))).toBe('malformed')
    expect(await reason(post('', json))).toBe('malformed')
    expect(await reason(post(`"${'x'.repeat(1_048_576)}"`, json))).toBe('too_large')
    expect(await reason(post('[1,2]', json), { maxBytes: 4 })).toBe('too_large')
  })
})

describe('on node:http', () => {
  let server: RunningServer
  const app = new Hono()
  app.post('/form', async (c) => {
    const answer = await formOf(c.req.raw, { maxBytes: 1000 })
    return c.json({ answer })
  })
  app.post('/twice', async (c) => {
    await c.req.text()
    return c.json(await formOf(c.req.raw))
  })
  app.onError((error, c) => c.text(error.message, 500))
  app.get('/facts', (c) => c.json(requestFacts(c, 0)))

  beforeAll(async () => {
    server = await serveNode({ fetch: app.fetch, port: 0, hostname: '127.0.0.1', log: silentLogger })
  })
  afterAll(() => server.close())

  /** Sends raw bytes, and whatever `more` writes, and answers with what came back first. */
  function raw(head: string, more?: (write: (text: string) => void) => void): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(server.port, '127.0.0.1', () => {
        socket.write(head)
        more?.((text) => socket.write(text))
      })
      socket.on('data', (bytes) => {
        resolve(bytes.toString('utf8'))
        socket.destroy()
      })
      socket.on('error', reject)
      socket.on('close', () => {
        resolve('')
      })
    })
  }

  const head = (path: string, ...lines: string[]) =>
    `POST ${path} HTTP/1.1\r\nHost: own.example\r\n${lines.join('\r\n')}\r\n\r\n`

  it('reads bodies with a length and in chunks', async () => {
    const sized = await raw(
      head('/form', `Content-Type: ${formType}`, 'Content-Length: 3', 'Connection: close') + 'a=1',
    )
    expect(sized).toContain('{"answer":{"a":"1"}}')
    const chunked = await raw(
      head('/form', `Content-Type: ${formType}`, 'Transfer-Encoding: chunked') +
        '2\r\na=\r\n2\r\n%c\r\n2\r\n3%\r\n2\r\na9\r\n0\r\n\r\n',
    )
    expect(chunked).toContain('{"answer":{"a":"é"}}')
    expect(await raw(head('/form', `Content-Type: ${formType}`, 'Content-Length: 0'))).toContain('{"answer":{}}')
  })

  it('refuses a declared length unread, and an endless upload at the limit', async () => {
    expect(await raw(head('/form', `Content-Type: ${formType}`, 'Content-Length: 1000001'))).toContain(
      '{"answer":"too_large"}',
    )
    const answer = await raw(head('/form', `Content-Type: ${formType}`, 'Transfer-Encoding: chunked'), (write) => {
      write(`400\r\n${'a'.repeat(1024)}\r\n`)
    })
    expect(answer).toContain('{"answer":"too_large"}')
  })

  it('refuses a second content type', async () => {
    const answer = await raw(
      head('/form', `Content-Type: ${formType}`, 'Content-Type: text/plain', 'Content-Length: 3') + 'a=1',
    )
    expect(answer).toContain('{"answer":"wrong_media_type"}')
  })

  it('says so where a middleware took the body', async () => {
    const answer = await raw(head('/twice', `Content-Type: ${formType}`, 'Content-Length: 3') + 'a=1')
    expect(answer).toContain('before any body parser')
  })

  it('tells the facts, and makes the request id itself', async () => {
    const agent = 'x'.repeat(600)
    const answer = await fetch(`${server.url}/facts?secret=1`, {
      headers: {
        'user-agent': agent,
        'x-request-id': 'forged',
        'x-forwarded-for': '6.6.6.6',
        origin: 'https://a.example',
      },
    })
    const facts: unknown = await answer.json()
    expect(facts).toMatchObject({
      method: 'GET',
      path: '/facts',
      address: '127.0.0.1',
      origin: 'https://a.example',
      userAgent: agent.slice(0, 512),
    })
    expect(facts).toHaveProperty('requestId', expect.stringMatching(/^[0-9a-f-]{36}$/))
  })
})
