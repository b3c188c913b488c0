/** One HTTP/1.1 connection on a bare socket, kept alive, one request at a time: as little load generator as possible. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** An answer with its head as text, since most scenarios look at one header or none. */
export interface Answer {
  readonly status: number
  readonly body: string
  /** The first header of that name (lower case); undefined when there is none. */
  header(name: string): string | undefined
  /** Every `Set-Cookie` as `name=value`. */
  cookies(): string[]
}

/** A request whose text was made before the clock started. */
export type PreparedRequest = string

/** A connection to one server. */
export interface Connection {
  readonly host: string
  send(request: PreparedRequest): Promise<Answer>
  close(): void
}

/** Writes a request down; the body is sent with its length and the given media type. */
export function prepareRequest(
  host: string,
  line: `${'GET' | 'POST'} ${string}`,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): PreparedRequest {
  const lines = [`${line} HTTP/1.1`, `Host: ${host}`]
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body)}`)
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`
}

/** Writes a form post down. */
export function prepareForm(
  host: string,
  path: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): PreparedRequest {
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' }
  return prepareRequest(host, `POST ${path}`, { ...type, ...headers }, new URLSearchParams(fields).toString())
}

/** Opens a connection to a server on the loopback interface; a server that closes it is connected to again. */
export function openConnection(origin: string): Connection {
  const { hostname, port, host } = new URL(origin)
  let socket: Socket | null = null
  let received: Buffer = Buffer.alloc(0)
  let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null

  const fail = (error: Error): void => {
    socket?.destroy()
    socket = null
    const one = waiting
    waiting = null
    one?.reject(error)
  }
  const take = (bytes: Buffer): void => {
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes])
    const parsed = parseAnswer(received)
    if (!parsed) return
    received = Buffer.alloc(0)
    const one = waiting
    waiting = null
    if (parsed.closes) {
      socket?.destroy()
      socket = null
    }
    one?.resolve(parsed.answer)
  }
  const open = (): Socket => {
    const made = connect({ host: hostname, port: Number(port), noDelay: true })
    received = Buffer.alloc(0)
    made.on('data', take)
    made.on('error', fail)
    made.on('close', () => {
      if (socket === made) fail(new Error(`the server at ${host} closed the connection`))
    })
    return made
  }

  return {
    host,
    send(request) {
      return new Promise((resolve, reject) => {
        if (waiting) {
          reject(new Error('a connection carries one request at a time'))
          return
        }
        waiting = { resolve, reject }
        socket ??= open()
        socket.write(request)
      })
    },
    close() {
      const open = socket
      socket = null
      open?.destroy()
    },
  }
}

function parseAnswer(bytes: Buffer): { answer: Answer; closes: boolean } | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = bytes.toString('latin1', 0, end)
  const lower = head.toLowerCase()
  const body = parseBody(lower, bytes, end + 4)
  if (body === null) return null
  const header = (name: string): string | undefined => {
    const at = lower.indexOf(`\r\n${name}:`)
    if (at < 0) return undefined
    const from = at + name.length + 3
    const to = head.indexOf('\r\n', from)
    return head.slice(from, to < 0 ? undefined : to).trim()
  }
  const cookies = (): string[] =>
    head
      .split('\r\n')
      .filter((line) => line.toLowerCase().startsWith('set-cookie:'))
      .map((line) => line.slice('set-cookie:'.length).split(';')[0]?.trim() ?? '')
  const answer = { status: Number(head.slice(9, 12)), body, header, cookies }
  return { answer, closes: lower.includes('\r\nconnection: close') }
}

function parseBody(lowerHead: string, bytes: Buffer, from: number): string | null {
  const length = /\r\ncontent-length: *(\d+)/.exec(lowerHead)
  if (length) {
    const to = from + Number(length[1])
    return bytes.length < to ? null : bytes.toString('utf8', from, to)
  }
  if (lowerHead.includes('\r\ntransfer-encoding: chunked')) return parseChunks(bytes, from)
  return ''
}

function parseChunks(bytes: Buffer, from: number): string | null {
  const parts: Buffer[] = []
  let at = from
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return null
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    const to = lineEnd + 2 + size
    if (bytes.length < to + 2) return null
    if (size === 0) return Buffer.concat(parts).toString('utf8')
    parts.push(bytes.subarray(lineEnd + 2, to))
    at = to + 2
  }
}
