/** What leaves as mail, and who takes it. */

/** One mail, complete in both forms. */
export interface OutgoingMail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Takes mails; a throw means "try again later". */
export interface Mailer {
  send(mail: OutgoingMail): Promise<void>
  /** Present where mails are kept to be looked at during development. */
  readonly mailbox?: Mailbox
}

/** Mails that were kept instead of sent. */
export interface Mailbox {
  /** The latest first. */
  list(): readonly KeptMail[]
  find(id: string): KeptMail | null
}

/** A mail in a mailbox. */
export interface KeptMail extends OutgoingMail {
  readonly id: string
  readonly at: Date
}

/** What `smtpMailer` needs of nodemailer's transport. */
export interface MailTransport {
  sendMail(message: {
    from: string
    to: string
    subject: string
    text: string
    html: string
    headers: Record<string, string>
  }): Promise<unknown>
}

/** Sends through a transport of nodemailer: `smtpMailer(nodemailer.createTransport(url), { from: 'Notes <no-reply@example.com>' })`. */
export function smtpMailer(transport: MailTransport, options: { readonly from: string }): Mailer {
  return {
    async send(mail) {
      // Auto-Submitted keeps vacation answers from coming back (RFC 3834 §5).
      await transport.sendMail({ from: options.from, ...mail, headers: { 'Auto-Submitted': 'auto-generated' } })
    },
  }
}

/** Prints the text of every mail; for development without a browser. */
export function consoleMailer(write: (text: string) => void = (text) => process.stdout.write(text)): Mailer {
  return {
    async send(mail) {
      write(`\n--- mail to ${mail.to}: ${mail.subject}\n${mail.text}\n---\n`)
    },
  }
}
