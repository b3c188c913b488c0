/** Serving on node:http: listening, and stopping without cutting anyone off. */
import { serve, type ServerType } from '@hono/node-server'
import { Server } from 'node:http'
import { Fault } from './fault.js'
import type { Logger } from './log.js'

/** A server that listens; `close` lets running requests finish for up to 10 seconds. */
export interface RunningServer {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** What is served, and where; port 0 takes a free one, the host name is `localhost` unless told. */
export interface ServeOptions {
  readonly fetch: (request: Request, env: object) => Response | Promise<Response>
  readonly port: number
  readonly hostname?: string | undefined
  readonly log: Logger
  /**
   * Lets the adapter replace the process's `Request` and `Response` by its own, which make no stream of a text body, so
   * that an answer costs about a third of the processor time; what `fetch` answers is then no `instanceof Response`.
   * Default false: the globals are the host's.
   */
  readonly replaceGlobals?: boolean
}

const drainMilliseconds = 10_000
// Longer than load balancers keep an idle connection, so that they never send into one that is just being closed.
const keepAliveMilliseconds = 72_000
// A body that trickles in must not hold its connection for minutes.
const requestMilliseconds = 60_000

/** Serves a fetch handler on node:http and answers once it listens. Faults where the port cannot be taken. */
export async function serveNode(options: ServeOptions): Promise<RunningServer> {
  const hostname = options.hostname ?? 'localhost'
  const server = await listen(options, hostname)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Fault('the server listens on no port')
  const shown = hostname.includes(':') ? `[${hostname}]` : hostname
  options.log.info({ port: address.port }, 'listening')
  let closing: Promise<void> | undefined
  return {
    url: `http://${shown}:${address.port}`,
    port: address.port,
    close: () => (closing ??= drain(server, options.log)),
  }
}

function listen(options: ServeOptions, hostname: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server: ServerType = serve(
      {
        fetch: options.fetch,
        port: options.port,
        hostname,
        overrideGlobalObjects: options.replaceGlobals ?? false,
        serverOptions: { keepAliveTimeout: keepAliveMilliseconds, requestTimeout: requestMilliseconds },
      },
      () => {
        if (server instanceof Server) resolve(server)
      },
    )
    server.once('error', (cause: Error) => {
      reject(new Fault(`cannot listen on port ${options.port}: ${cause.message}`, { cause }))
    })
  })
}

/** Refuses new connections, drops idle ones, waits for running requests, and cuts what is left after the limit. */
function drain(server: Server, log: Logger): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      log.warn({}, 'requests were still running after ten seconds and were cut off')
      server.closeAllConnections()
    }, drainMilliseconds)
    // A connection that becomes idle while we wait would otherwise be kept open by its client.
    const sweep = setInterval(() => {
      server.closeIdleConnections()
    }, 100)
    server.close(() => {
      clearTimeout(cut)
      clearInterval(sweep)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/** Anything that is closed at the end of the process. */
export interface Closer {
  close(): Promise<void>
}

/**
 * Ends the process on SIGTERM or SIGINT after closing everything in the order given; servers come first, the database last.
 * A second signal ends it at once. Answers a function that takes the listeners away again.
 */
export function closeOnSignals(log: Logger, ...closers: readonly Closer[]): () => void {
  let stopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1)
    stopping = true
    log.info({ event: signal }, 'stopping')
    void closeAll(log, closers).then((clean) => process.exit(clean ? 0 : 1))
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  return () => {
    process.off('SIGTERM', stop)
    process.off('SIGINT', stop)
  }
}

async function closeAll(log: Logger, closers: readonly Closer[]): Promise<boolean> {
  let clean = true
  for (const closer of closers) {
    try {
      await closer.close()
    } catch (error) {
      clean = false
      log.error({ error }, 'something could not be closed')
    }
  }
  return clean
}
