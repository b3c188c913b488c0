/** Notebook Reader: a third-party app that reads a person's notes with their permission. */
import { serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { environment } from './env.js'
import { connectedPage, homePage, notFoundPage, problemPage, type RenderedPage } from './pages.js'
import {
  addNote,
  beginConnection,
  completeConnection,
  listNotes,
  ProviderProblem,
  refreshConnection,
} from './provider.js'
import {
  beginSession,
  endSession,
  findSession,
  rememberAttempt,
  type Session,
  sessionCookie,
  takeAttempt,
} from './sessions.js'
import { stylesheet, stylesheetPath } from './stylesheet.js'

const app = new Hono()
const headers = {
  // Chrome applies form-action to the whole redirect chain, which goes through the provider.
  'content-security-policy': `default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self' ${environment.issuer.origin}; frame-ancestors 'none'; base-uri 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

app.use(async (c, next) => {
  if (c.req.method !== 'GET' && c.req.method !== 'HEAD' && !isSameOrigin(c))
    return c.text('Refused: this form was not sent from this app.', 403)
  return next()
})

app.get('/healthz', (c) => c.json({ status: 'ok' }))

app.get(stylesheetPath, (c) =>
  c.body(stylesheet, 200, {
    'content-type': 'text/css; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
  }),
)

app.get('/', async (c) => {
  const session = findSession(c.req.header('cookie'))
  const notice = session?.notice ?? null
  if (session) session.notice = null
  if (!session?.connection) return page(c, homePage(notice))
  try {
    return await page(c, connectedPage(session.connection, await listNotes(session.connection), notice))
  } catch (error) {
    return problem(c, error, session)
  }
})

app.post('/connect', async (c) => {
  const session = findSession(c.req.header('cookie')) ?? beginSession()
  try {
    const { location, state, attempt } = await beginConnection()
    rememberAttempt(session, state, attempt)
    return c.body(null, 303, { location: location.href, 'set-cookie': cookieOf(session), 'cache-control': 'no-store' })
  } catch (error) {
    return problem(c, error, session)
  }
})

app.get('/callback', async (c) => {
  const session = findSession(c.req.header('cookie'))
  const query = new URL(c.req.url).search
  const state = new URLSearchParams(query).get('state')
  const attempt = session === null ? null : takeAttempt(session, state)
  if (session === null || state === null || attempt === null) {
    return page(c, problemPage('unknown_attempt', 'No connection was waiting for this answer.'), 400)
  }
  try {
    const connection = await completeConnection(query, state, attempt)
    // A new cookie, so that nobody who knew the old one is connected too.
    endSession(session)
    const connected = beginSession()
    connected.connection = connection
    connected.notice = 'Connected to Notes.'
    return c.body(null, 303, { location: '/', 'set-cookie': cookieOf(connected), 'cache-control': 'no-store' })
  } catch (error) {
    return problem(c, error, session)
  }
})

app.post('/refresh', (c) =>
  connected(c, async (session, connection) => {
    await refreshConnection(connection)
    session.notice = 'The tokens are new.'
  }),
)

app.post('/notes', (c) =>
  connected(c, async (session, connection) => {
    const text = await readText(c.req.raw)
    if (text === '') return
    await addNote(connection, text)
    session.notice = 'Note added.'
  }),
)

app.post('/disconnect', (c) =>
  connected(c, async (session) => {
    session.connection = null
    session.notice = 'Disconnected. This app has forgotten its tokens.'
  }),
)

async function connected(
  c: Context,
  work: (session: Session, connection: NonNullable<Session['connection']>) => Promise<void>,
): Promise<Response> {
  const session = findSession(c.req.header('cookie'))
  if (!session?.connection) return c.redirect('/', 303)
  try {
    await work(session, session.connection)
    return c.redirect('/', 303)
  } catch (error) {
    return problem(c, error, session)
  }
}

const maxFormBytes = 32 * 1024

/** The text field of a posted form; nothing of a body that grows too large. */
async function readText(request: Request): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  const body: ReadableStream<Uint8Array> | null = request.body
  for await (const chunk of body ?? []) {
    length += chunk.byteLength
    if (length > maxFormBytes) return ''
    chunks.push(chunk)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString()).get('text')?.trim() ?? ''
}

function isSameOrigin(c: Context): boolean {
  const site = c.req.header('sec-fetch-site')
  return site === undefined ? c.req.header('origin') === environment.origin.origin : site === 'same-origin'
}

function cookieOf(session: Session): string {
  return sessionCookie(session, environment.origin.protocol === 'https:')
}

async function page(c: Context, rendered: RenderedPage, status: 200 | 400 | 404 | 502 = 200): Promise<Response> {
  return c.html(await rendered, status, headers)
}

const ended = ['invalid_grant', 'invalid_token', 'no_refresh_token']

function problem(c: Context, error: unknown, session: Session | null): Promise<Response> {
  if (error instanceof ProviderProblem) {
    if (session && ended.includes(error.code)) session.connection = null
    return page(c, problemPage(error.code, error.message), 400)
  }
  process.stderr.write(
    `${JSON.stringify({ level: 'error', message: error instanceof Error ? error.message : 'unknown fault' })}\n`,
  )
  return page(c, problemPage('provider_unreachable', 'The request to Notes failed.'), 502)
}

app.notFound((c) => page(c, notFoundPage(), 404))

const server = serve({ fetch: app.fetch, port: environment.port, overrideGlobalObjects: false }, () => {
  process.stdout.write(`Notebook Reader listens on ${environment.origin.origin}\n`)
})

server.once('error', (error: Error) => {
  process.stderr.write(`Notebook Reader cannot listen on port ${environment.port}: ${error.message}\n`)
  process.exit(1)
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close(() => process.exit(0))
    if ('closeIdleConnections' in server) server.closeIdleConnections()
    setTimeout(() => process.exit(0), 5_000).unref()
  })
}
