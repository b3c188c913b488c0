/** How mail leaves: over SMTP where the environment names a server, otherwise into the development mailbox. */
import { createTransport } from 'nodemailer'
import { developmentMailbox, type Mailer, smtpMailer } from 'sigra'
import { environment } from './env.js'

/** The product's mailer; production always has a server, because `env.ts` asks for one. */
export const mailer: Mailer =
  environment.smtp === null
    ? developmentMailbox()
    : smtpMailer(createTransport(environment.smtp.url), { from: environment.smtp.from })
