/** /dev/mailbox, only in development and only with a mailer that keeps its mails. */
import { noStore } from '#base/headers.js'

import { errorAnswer, pageAnswer } from '../respond.js'
import type { Exchange, Route } from '../route.js'
import type { Server } from '../server.js'
import type { KeptMail, Mailbox } from '../mail/mailer.js'
import { mailboxPage, mailPage } from './pages.js'

/** The routes of the development mailbox; none in production. */
export function mailboxRoutes(server: Server): readonly Route[] {
  const { mailbox } = server.mailer
  if (server.config.production || mailbox === undefined) return []
  return [
    {
      method: 'GET',
      path: '/dev/mailbox',
      authority: 'public',
      handle: () => pageAnswer(mailboxPage(server, mailbox.list())),
    },
    {
      method: 'GET',
      path: '/dev/mailbox/:id',
      authority: 'public',
      handle: (exchange) => withMail(server, mailbox, exchange, (mail) => pageAnswer(mailPage(server, mail))),
    },
    {
      method: 'GET',
      path: '/dev/mailbox/:id/html',
      authority: 'public',
      handle: (exchange) => withMail(server, mailbox, exchange, mailHtml),
    },
  ]
}

function withMail(
  server: Server,
  mailbox: Mailbox,
  exchange: Exchange,
  render: (mail: KeptMail) => Response,
): Response {
  const mail = mailbox.find(exchange.facts.path.split('/')[3] ?? '')
  return mail === null ? errorAnswer(server, 'not_found', { requestId: exchange.facts.requestId }) : render(mail)
}

/** Mails style themselves, which our own pages never may. */
function mailHtml(mail: KeptMail): Response {
  return new Response(mail.html, {
    headers: {
      ...noStore,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy':
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    },
  })
}
