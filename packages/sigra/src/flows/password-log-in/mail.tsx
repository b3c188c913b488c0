/** Mails about logging in with a password. */
import type { Config } from '../../config.js'
import { renderMail } from '../../mail/layout.js'
import type { OutgoingMail } from '../../mail/mailer.js'

/** Tells the owner that somebody keeps entering wrong passwords. */
export function slowedDownMail(config: Config, to: string, at: Date): OutgoingMail {
  const { name } = config.brand
  return renderMail(config, {
    to,
    subject: `Wrong passwords for your ${name} account`,
    opening: `Somebody entered a wrong password for your ${name} account several times. Nobody got in. From now on each try has to wait longer than the one before.`,
    action: { label: 'Log in', url: new URL('/users/log_in', config.baseUrl).href },
    at,
    closing: [
      'If this was you: browsers you logged in with before are not slowed down by the tries of others.',
      'If the wait is too long: on the log in page, ask for a link by mail. It lets your browser try again at once.',
      'If this was not you, there is nothing you must do. Your password still works and nothing was changed.',
    ],
  })
}
