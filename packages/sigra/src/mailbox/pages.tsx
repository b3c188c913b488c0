/** The pages of the development mailbox. */
import { Card, KeyValues, Table, TextLink } from '#base/page.js'

import type { KeptMail } from '../mail/mailer.js'
import { momentText } from '../moment.js'
import { renderSigraPage } from '../pages.js'
import type { Server } from '../server.js'

/** The list of kept mails. */
export function mailboxPage(server: Server, mails: readonly KeptMail[]): string {
  return renderSigraPage(server, {
    title: 'Development mailbox',
    lead: 'Mails this process would have sent, the latest first. This page does not exist in production.',
    wide: true,
    below: <TextLink href={server.config.landingPath}>Back to {server.config.brand.name}</TextLink>,
    children: (
      <Table
        caption="Mails"
        hideCaption
        columns={[{ label: 'Subject' }, { label: 'To' }, { label: 'Time' }]}
        rows={mails.map((mail) => [
          <TextLink href={`/dev/mailbox/${mail.id}`}>{mail.subject}</TextLink>,
          mail.to,
          `${mail.at.toISOString().slice(11, 19)} UTC`,
        ])}
        empty="No mail yet. Register somebody, then look again."
      />
    ),
  })
}

/** One mail: its text with working links, and the way to its HTML twin. */
export function mailPage(server: Server, mail: KeptMail): string {
  return renderSigraPage(server, {
    title: mail.subject,
    wide: true,
    below: <TextLink href="/dev/mailbox">All mails</TextLink>,
    children: (
      <>
        <Card>
          <KeyValues
            items={[
              { key: 'To', value: mail.to },
              { key: 'Time', value: momentText(mail.at) },
              { key: 'HTML', value: <TextLink href={`/dev/mailbox/${mail.id}/html`}>Open as HTML</TextLink> },
            ]}
          />
        </Card>
        <Card title="Text">{paragraphs(mail.text)}</Card>
      </>
    ),
  })
}

function paragraphs(text: string) {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => <p>{/^https?:\/\/\S+$/.test(line) ? <TextLink href={line}>{line}</TextLink> : line}</p>)
}
