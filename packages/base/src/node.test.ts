/** The server stops without cutting anyone off, and no malformed head breaks it. */
import { Agent, get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { silentLogger } from './log.js'
import { closeOnSignals, serveNode, type RunningServer } from './node.js'

const running: RunningServer[] = []

async function serve(fetch: () => Response | Promise<Response>, port = 0): Promise<RunningServer> {
  const server = await serveNode({ fetch, port, hostname: '127.0.0.1', log: silentLogger })
  running.push(server)
  return server
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
  vi.restoreAllMocks()
})

function firstLine(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (data) => {
      resolve(data.toString('latin1').split('\r\n')[0] ?? '')
      socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => {
      resolve('')
    })
  })
}

describe('serving', () => {
  it('tells its address and leaves the global objects alone', async () => {
    const before = [globalThis.Request, globalThis.Response]
    const server = await serve(() => new Response('hello'))
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`)
    expect(await (await fetch(server.url)).text()).toBe('hello')
    expect([globalThis.Request, globalThis.Response]).toEqual(before)
  })

  it('faults where the port is taken', async () => {
    const server = await serve(() => new Response(''))
    await expect(serve(() => new Response(''), server.port)).rejects.toThrow(`cannot listen on port ${server.port}`)
  })

  it.each([
    'Host: \r\n',
    'Host: [\r\n',
    'Host: [::1\r\n',
    'Host: a b\r\n',
    'Host: a:99999\r\n',
    'Host: %\r\n',
    'Host: a/b\r\n',
    'Host: a@b\r\n',
    'Host: é\r\n',
    'Host: a?b\r\n',
    'Host: a\r\nHost: b\r\n',
    'Host: http://a\r\n',
    'Host: :\r\n',
    'Host: ..\r\n',
    'Host: a#b\r\n',
    '',
  ])('answers %j without breaking', async (host) => {
    const server = await serve(() => new Response('ok'))
    expect(await firstLine(server.port, `GET / HTTP/1.1\r\n${host}\r\n`)).toMatch(/^HTTP\/1\.1 (?:200|400)/)
    expect((await fetch(server.url)).status).toBe(200)
  })

  it.each([
    '/%',
    '/\\',
    '/%00',
    '//',
    '/?%',
    '*',
    'http://',
    'http://[',
    '/a b',
    '/é',
    '/..%2f',
    `/${'a'.repeat(8000)}`,
  ])('answers the target %j without breaking', async (target) => {
    const server = await serve(() => new Response('ok'))
    expect(await firstLine(server.port, `GET ${target} HTTP/1.1\r\nHost: own.example\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 (?:200|400|404)/,
    )
  })
})

describe('closing', () => {
  function ask(port: number, agent: Agent): Promise<{ message: IncomingMessage; text: string }> {
    return new Promise((resolve, reject) => {
      get({ port, host: '127.0.0.1', agent }, (message) => {
        let text = ''
        message.setEncoding('utf8')
        message.on('data', (chunk: string) => (text += chunk))
        message.on('end', () => {
          resolve({ message, text })
        })
      }).on('error', reject)
    })
  }

  it('waits for running requests, drops idle connections and takes no new ones', async () => {
    let release = (): void => undefined
    let arrived = (): void => undefined
    const started = new Promise<void>((resolve) => (arrived = resolve))
    const held = new Promise<void>((resolve) => (release = resolve))
    let calls = 0
    const server = await serve(async () => {
      calls += 1
      if (calls === 2) {
        arrived()
        await held
      }
      return new Response(`answer ${calls}`)
    })
    const idle = new Agent({ keepAlive: true })
    const busy = new Agent({ keepAlive: true })
    await ask(server.port, idle)
    const pending = ask(server.port, busy)
    await started
    let closed = false
    const closing = server.close().then(() => (closed = true))
    await expect(ask(server.port, new Agent())).rejects.toThrow('ECONNREFUSED')
    expect(closed).toBe(false)
    release()
    expect((await pending).text).toBe('answer 2')
    await closing
    expect(server.close()).toBeInstanceOf(Promise)
    idle.destroy()
    busy.destroy()
  })
})

describe('signals', () => {
  function watch(...closers: { close(): Promise<void> }[]) {
    const listeners = new Map<string | symbol, (signal: string) => void>()
    vi.spyOn(process, 'on').mockImplementation((event, listener) => {
      listeners.set(event, listener)
      return process
    })
    const exits: (number | string | null | undefined)[] = []
    vi.spyOn(process, 'exit').mockImplementation((code) => {
      exits.push(code)
      return undefined as never
    })
    closeOnSignals(silentLogger, ...closers)
    return { send: (signal: string) => listeners.get(signal)?.(signal), exits }
  }

  it('closes in order and ends with 0', async () => {
    const order: string[] = []
    const slow = {
      close: async () => void (await new Promise((resolve) => setTimeout(resolve, 20)), order.push('server')),
    }
    const last = { close: async () => void (await Promise.resolve(), order.push('database')) }
    const { send, exits } = watch(slow, last)
    send('SIGTERM')
    await vi.waitFor(() => {
      expect(exits).toEqual([0])
    })
    expect(order).toEqual(['server', 'database'])
  })

  it('closes the rest where one fails, and ends with 1', async () => {
    const order: string[] = []
    const { send, exits } = watch(
      { close: () => Promise.reject(new Error('broken')) },
      { close: async () => void (await Promise.resolve(), order.push('database')) },
    )
    send('SIGINT')
    await vi.waitFor(() => {
      expect(exits).toEqual([1])
    })
    expect(order).toEqual(['database'])
  })

  it('ends at once at the second signal', () => {
    const { send, exits } = watch({ close: () => new Promise(() => undefined) })
    send('SIGINT')
    expect(exits).toEqual([])
    send('SIGTERM')
    expect(exits).toEqual([1])
  })
})
