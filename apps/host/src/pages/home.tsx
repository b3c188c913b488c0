/** The home page: what the product is, and what one can try in development. */
import { Hono } from 'hono'
import type { SigraEnv } from 'sigra'
import { environment } from '../env.js'
import { demoUser } from '../demo-user.js'
import { pageHeaders, renderPage } from './layout.js'
import { stylesheet, stylesheetPath } from './stylesheet.js'

/** The routes of the home page and the stylesheet. */
export const homeRoutes = new Hono<SigraEnv>()

homeRoutes.get('/', (c) => {
  const user = c.var.currentScope?.user
  const visitor = { email: user?.email ?? null, production: environment.production }
  return c.html(renderPage(visitor, 'Notes', <Home loggedIn={user !== undefined} />), 200, pageHeaders)
})

homeRoutes.get(stylesheetPath, (c) =>
  c.body(stylesheet, 200, {
    'content-type': 'text/css; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
  }),
)

function Home({ loggedIn }: { loggedIn: boolean }) {
  return (
    <>
      <section class="stack">
        <h1>Short notes, kept where you find them</h1>
        <p class="lead">Write them here, and let other apps read them when you say so.</p>
        <div class="actions">
          {loggedIn ? (
            <a class="button" href="/notes">
              Open your notes
            </a>
          ) : (
            <>
              <a class="button" href="/users/log_in?return_to=%2Fnotes">
                Log in
              </a>
              <a class="button plain" href="/users/register?return_to=%2Fnotes">
                Create account
              </a>
            </>
          )}
        </div>
      </section>
      {environment.production ? null : <TryIt />}
    </>
  )
}

function TryIt() {
  return (
    <section class="card" aria-labelledby="try-it">
      <h2 id="try-it">Try it</h2>
      <p>
        This is a development server. Log in as Ada, or let a third-party app ask for Ada’s notes:{' '}
        <a href={environment.partnerOrigin.href}>open Notebook Reader</a>.
      </p>
      <dl class="facts">
        <dt>Email</dt>
        <dd>
          <code>{demoUser.email}</code>
        </dd>
        <dt>Password</dt>
        <dd>
          <code>{demoUser.password}</code>
        </dd>
      </dl>
      <p class="hint">
        Mail is not sent; it waits in the <a href="/dev/mailbox">mailbox</a>.
      </p>
    </section>
  )
}
