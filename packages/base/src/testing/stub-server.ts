/** A server on this machine that stands in for somebody else's: answers as the test says and keeps what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import { Fault } from '../fault.js'

/** One request as it came in. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A running stub. */
export interface StubServer {
  /** Its origin, without a slash at the end. */
  readonly url: string
  /** Every request so far, the first one first. */
  readonly seen: SeenRequest[]
  /** What it does with the next requests. */
  answer: (response: ServerResponse, request: SeenRequest) => void
  close(): Promise<void>
}

/** Starts a stub on a free port; it answers 200 and nothing until told. */
export async function startStubServer(): Promise<StubServer> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const seen = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(parts).toString('utf8'),
      }
      stub.seen.push(seen)
      stub.answer(response, seen)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Fault('the stub listens on no port')
  const stub: StubServer = {
    url: `http://127.0.0.1:${address.port}`,
    seen: [],
    answer: (response) => response.end(),
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  return stub
}
