/** The three pages of this app: not connected, connected, and what went wrong. */
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Connection, Note } from './provider.js'
import { stylesheetPath } from './stylesheet.js'

/** One rendered page. */
export type RenderedPage = HtmlEscapedString | Promise<HtmlEscapedString>

function renderPage(title: string, children: Child): RenderedPage {
  return html`<!doctype html>${(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Notebook Reader`}</title>
        <link rel="stylesheet" href={stylesheetPath} />
        <link rel="icon" href="data:," />
      </head>
      <body>
        <header class="bar">
          <a href="/">Notebook Reader</a>
        </header>
        <main>{children}</main>
      </body>
    </html>
  )}`
}

/** The page before a connection. */
export function homePage(notice: string | null): RenderedPage {
  return renderPage(
    'Connect',
    <>
      {notice === null ? null : (
        <p class="notice" role="status">
          {notice}
        </p>
      )}
      <h1>Read your notes somewhere quieter</h1>
      <p class="lead">
        Notebook Reader shows the notes you keep in Notes and can add new ones. You log in at Notes; your password never
        comes here.
      </p>
      <form class="actions" method="post" action="/connect">
        <button class="button" type="submit">
          Connect to Notes
        </button>
      </form>
    </>,
  )
}

/** The page of a connected person. */
export function connectedPage(connection: Connection, notes: readonly Note[], notice: string | null): RenderedPage {
  return renderPage(
    'Your notes',
    <>
      {notice === null ? null : (
        <p class="notice" role="status">
          {notice}
        </p>
      )}
      <h1>Your notes</h1>
      <section class="card" aria-label="Notes">
        {notes.length === 0 ? (
          <p class="hint">Notes holds no note of yours yet. Add the first one below.</p>
        ) : (
          <ul class="notes">
            {notes.map((note) => (
              <li>{note.text}</li>
            ))}
          </ul>
        )}
      </section>
      <form class="card" method="post" action="/notes">
        <div>
          <label for="text">New note</label>
          <input id="text" name="text" maxlength={2000} required autocomplete="off" />
        </div>
        <div class="actions">
          <button class="button" type="submit">
            Add note
          </button>
        </div>
      </form>
      <section class="card" aria-labelledby="connection">
        <h2 id="connection">Connection</h2>
        <ConnectionFacts connection={connection} />
        <div class="actions">
          <form method="post" action="/refresh">
            <button class="button plain" type="submit">
              Refresh now
            </button>
          </form>
          <form method="post" action="/connect">
            <button class="button plain" type="submit">
              Connect again
            </button>
          </form>
          <form method="post" action="/disconnect">
            <button class="button plain" type="submit">
              Disconnect
            </button>
          </form>
        </div>
        <p class="hint">
          Disconnecting makes this app forget its tokens. Notes has no address yet where an app can hand them back, so
          they also stay valid there until they end by themselves.
        </p>
      </section>
    </>,
  )
}

function ConnectionFacts({ connection }: { connection: Connection }) {
  const until = new Date(connection.expiresAt)
  return (
    <dl>
      <dt>Account</dt>
      <dd>{connection.email ?? 'not told'}</dd>
      <dt>Access until</dt>
      <dd>
        <time datetime={until.toISOString()}>{`${until.toISOString().slice(11, 19)} UTC`}</time>, then it is renewed
      </dd>
      <dt>Renewed</dt>
      <dd id="refreshes">{connection.refreshes === 1 ? '1 time' : `${connection.refreshes} times`}</dd>
      <dt>Allowed</dt>
      <dd>
        <code>{connection.scope}</code>
      </dd>
    </dl>
  )
}

/** Nothing lives at this address. */
export function notFoundPage(): RenderedPage {
  return renderPage(
    'There is no such page',
    <>
      <h1>There is no such page</h1>
      <p class="lead">Check the address, or go back to the start.</p>
      <p class="actions">
        <a class="button plain" href="/">
          Back to the start
        </a>
      </p>
    </>,
  )
}

/** What went wrong, in words, with the provider's own code below. */
export function problemPage(code: string, detail: string): RenderedPage {
  const words = problemWords[code] ?? { title: 'The connection did not work', advice: 'Try again in a moment.' }
  return renderPage(
    words.title,
    <>
      <div class="notice error" role="alert">
        <h1>{words.title}</h1>
        <p>{words.advice}</p>
      </div>
      <form class="actions" method="post" action="/connect">
        <button class="button" type="submit">
          Connect to Notes
        </button>
        <a class="button plain" href="/">
          Back to the start
        </a>
      </form>
      <dl class="hint">
        <dt>Code</dt>
        <dd>
          <code>{code}</code>
        </dd>
        <dt>Detail</dt>
        <dd>{detail}</dd>
      </dl>
    </>,
  )
}

const problemWords: Readonly<Record<string, { title: string; advice: string }>> = {
  access_denied: { title: 'You did not allow access', advice: 'Nothing was shared. Connect again whenever you like.' },
  invalid_grant: {
    title: 'The connection has ended',
    advice: 'Notes no longer accepts this app’s tokens. Connect again.',
  },
  invalid_token: {
    title: 'The connection has ended',
    advice: 'Notes no longer accepts this app’s tokens. Connect again.',
  },
  insufficient_scope: {
    title: 'That was not allowed',
    advice: 'You did not allow this app to do that. Connect again to change it.',
  },
  unknown_attempt: {
    title: 'This answer belongs to no request',
    advice: 'It was used already, or began in another browser. Connect again.',
  },
  client_missing: { title: 'Notebook Reader is not set up yet', advice: 'It waits for Notes to register it.' },
  provider_unreachable: { title: 'Notes does not answer', advice: 'Look whether it is running, then try again.' },
}
