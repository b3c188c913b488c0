/** The mail with the link that lets a browser try again. */
import type { Config } from '../../config.js'
import { renderMail } from '../../mail/layout.js'
import type { OutgoingMail } from '../../mail/mailer.js'

/** Gives the owner of an address a link that marks the browser it is opened in as theirs. */
export function unlockMail(
  config: Config,
  to: string,
  link: { readonly secret: string; readonly at: Date },
): OutgoingMail {
  const { name } = config.brand
  return renderMail(config, {
    to,
    subject: `Try again to log in to ${name}`,
    opening: `Somebody asked for a link because logging in to your ${name} account is slowed down. It lets the browser you open it in try again at once.`,
    action: {
      label: 'Let this browser try',
      url: new URL(`/users/unlock/open?secret=${link.secret}`, config.baseUrl).href,
    },
    at: link.at,
    closing: [
      `The link works once, for ${Math.max(1, Math.round(config.unlock.linkLifetimeSeconds / 60))} minutes, and logs nobody in: you still need your password.`,
      'If this was not you, ignore this mail. Do not open the link for anybody else, nor send it to them.',
    ],
  })
}
