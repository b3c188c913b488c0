/** The same product without a framework: `fetch` of both libraries behind a plain node:http server. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { Hono } from 'hono'
import type { CurrentScope, SigraEnv } from 'sigra'
import { lockspire, sigra } from './product.js'

const baseUrl = process.env['BASE_URL'] ?? 'http://localhost:4000'

// region dispatch
/** Sends each request to whoever answers its path; `remoteAddress` is what throttles count by. */
async function answer(request: Request, remoteAddress: string | undefined): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (/^\/(users|dev)\//.test(pathname)) return sigra.fetch(request, { remoteAddress })
  if (/^\/(oauth|\.well-known)\//.test(pathname)) {
    return lockspire.fetch(request, { assigns: { currentScope: await currentScope(request) } })
  }
  const scope = await currentScope(request)
  return new Response(`Hello ${scope?.user.email ?? 'stranger'}`)
}
// endregion dispatch

// region scope
/** Runs sigra's middleware on one request and keeps what it found. */
const found = new WeakMap<Request, CurrentScope | null>()
const reader = new Hono<SigraEnv>().use(sigra.middleware(), async (c) => {
  found.set(c.req.raw, c.var.currentScope)
  return c.body(null)
})

async function currentScope(request: Request): Promise<CurrentScope | null> {
  await reader.fetch(request)
  return found.get(request) ?? null
}
// endregion scope

// region server
/** The server; a request that is no request gets 400. */
export const server = createServer((incoming, outgoing) => {
  const request = webRequest(incoming)
  if (request === null) return outgoing.writeHead(400).end()
  return void answer(request, incoming.socket.remoteAddress)
    .then((response) => send(outgoing, response))
    .catch(() => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(500).end()))
})

/** The address is made of the configured origin and the path, never of the Host header. */
function webRequest(incoming: IncomingMessage): Request | null {
  const { method = 'GET', url = '' } = incoming
  if (!url.startsWith('/') || !URL.canParse(baseUrl + url)) return null
  const headers = new Headers()
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value)
  }
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const body = hasBody ? { body: Readable.toWeb(incoming) as BodyInit, duplex: 'half' } : {}
  return new Request(baseUrl + url, { method, headers, ...body })
}

async function send(outgoing: ServerResponse, response: Response): Promise<void> {
  outgoing.statusCode = response.status
  for (const [name, value] of response.headers) if (name !== 'set-cookie') outgoing.setHeader(name, value)
  outgoing.setHeader('set-cookie', response.headers.getSetCookie())
  outgoing.end(Buffer.from(await response.arrayBuffer()))
}
// endregion server
