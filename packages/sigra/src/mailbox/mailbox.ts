/** A mailer for development that keeps the latest mails in memory, where a page shows them. */
import { systemClock, type Clock } from '#base/clock.js'
import { randomId } from '#base/secrets.js'

import type { KeptMail, Mailbox, Mailer } from '../mail/mailer.js'

const KEPT = 200

/** Keeps the latest 200 mails in this process and gives them a page at /dev/mailbox; refused in production. */
export function developmentMailbox(clock: Clock = systemClock): Mailer & { readonly mailbox: Mailbox } {
  const mails: KeptMail[] = []
  return {
    async send(mail) {
      mails.unshift({ ...mail, id: randomId(), at: clock.now() })
      mails.length = Math.min(mails.length, KEPT)
    },
    mailbox: {
      list: () => mails,
      find: (id) => mails.find((mail) => mail.id === id) ?? null,
    },
  }
}
