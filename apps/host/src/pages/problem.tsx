/** What a person sees when there is nothing here, or when something broke. */
import { randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import type { SigraEnv } from 'sigra'
import { environment } from '../env.js'
import { log } from '../log.js'
import { pageHeaders, renderPage } from './layout.js'

type HostContext = Context<SigraEnv>

/** Nothing lives at this address. */
export async function answerNotFound(c: HostContext): Promise<Response> {
  if (c.req.path.startsWith('/api/')) return c.json({ error: 'not_found' }, 404)
  return c.html(
    await problemPage(c, 'There is no such page', 'Check the address, or go back to the start.', 'not_found'),
    404,
    pageHeaders,
  )
}

/** Something broke: the log knows what, the page only names the request. */
export async function answerFault(error: Error, c: HostContext): Promise<Response> {
  const requestId = randomUUID()
  log.error({ requestId, method: c.req.method, path: c.req.path, error }, 'a request failed')
  if (c.req.path.startsWith('/api/')) return c.json({ error: 'server_error', request_id: requestId }, 500)
  return c.html(
    await problemPage(
      c,
      'Something broke on our side',
      'Nothing was changed. Try again in a moment.',
      `server_error ${requestId}`,
    ),
    500,
    pageHeaders,
  )
}

function problemPage(c: HostContext, title: string, advice: string, code: string) {
  const visitor = { email: c.var.currentScope?.user.email ?? null, production: environment.production }
  return renderPage(
    visitor,
    title,
    <section class="stack">
      <h1>{title}</h1>
      <p>{advice}</p>
      <p>
        <a href="/">Go to the start</a>
      </p>
      <p class="hint">
        Code: <code>{code}</code>
      </p>
    </section>,
  )
}
