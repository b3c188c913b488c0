/** The frame of the product's own pages. */
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { HtmlEscapedString } from 'hono/utils/html'
import { stylesheetPath } from './stylesheet.js'

/** What every page of the product knows about its visitor. */
export interface Visitor {
  /** Shown in the bar; null for nobody. */
  readonly email: string | null
  /** Development shows the way to the mailbox. */
  readonly production: boolean
}

/** Renders one whole page. */
export function renderPage(
  visitor: Visitor,
  title: string,
  children: Child,
): HtmlEscapedString | Promise<HtmlEscapedString> {
  return html`<!doctype html>${(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title === 'Notes' ? 'Notes' : `${title} · Notes`}</title>
        <link rel="stylesheet" href={stylesheetPath} />
        <link rel="icon" href="data:," />
      </head>
      <body>
        <header class="bar">
          <div class="bar-inner">
            <a class="product" href="/">
              Notes
            </a>
            <nav aria-label="Product">
              {visitor.production ? null : <a href="/dev/mailbox">Mailbox</a>}
              {visitor.email === null ? <LoggedOutLinks /> : <LoggedInLinks email={visitor.email} />}
            </nav>
          </div>
        </header>
        <main>{children}</main>
      </body>
    </html>
  )}`
}

function LoggedOutLinks() {
  return (
    <>
      <a href="/users/register">Create account</a>
      <a href="/users/log_in">Log in</a>
    </>
  )
}

function LoggedInLinks({ email }: { email: string }) {
  return (
    <>
      <a href="/notes">Your notes</a>
      <a class="person" href="/users/settings">
        {email}
      </a>
      <form method="post" action="/users/log_out">
        <button class="button quiet" type="submit">
          Log out
        </button>
      </form>
    </>
  )
}

/** The headers of every page: nothing but our own stylesheet, nothing kept by caches. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
  vary: 'Cookie',
}
