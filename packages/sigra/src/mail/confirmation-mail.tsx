/** The two mails an address can get when somebody asks to confirm it. */
import type { Config } from '../config.js'
import { renderMail } from './layout.js'
import type { OutgoingMail } from './mailer.js'

/** The secrets a confirmation mail carries. */
export interface ConfirmationSecrets {
  readonly link: string
  readonly code: string
}

/** Asks the owner of an address to confirm it, by link, code or both. */
export function confirmationMail(
  config: Config,
  to: string,
  secrets: ConfirmationSecrets & { readonly at: Date },
): OutgoingMail {
  const { name } = config.brand
  const { by, linkLifetimeSeconds, codeLifetimeSeconds } = config.emailConfirmation
  const withLink = by !== 'code'
  const withCode = by !== 'link'
  const lifetimes = [
    ...(withCode
      ? [`The code works for ${Math.round(codeLifetimeSeconds / 60)} minutes, in the browser where you asked for it.`]
      : []),
    ...(withLink ? [`The link works for ${Math.round(linkLifetimeSeconds / 3600)} hours.`] : []),
  ]
  return renderMail(config, {
    to,
    subject: `Confirm your email address for ${name}`,
    opening: `Somebody created a ${name} account with this email address. Confirm that it is yours to finish.`,
    ...(withCode ? { code: secrets.code } : {}),
    ...(withLink ? { action: { label: 'Confirm email address', url: linkAddress(config, secrets.link) } } : {}),
    at: secrets.at,
    closing: [
      lifetimes.join(' '),
      'If this was not you, ignore this mail. Without it nobody can use an account with your address.',
    ],
  })
}

/** Tells the owner of an account that somebody tried to make another one with the same address. */
export function alreadyRegisteredMail(config: Config, to: string, at: Date): OutgoingMail {
  const { name } = config.brand
  return renderMail(config, {
    to,
    subject: `You already have a ${name} account`,
    opening: `Somebody tried to create a ${name} account with this email address. You have one already, so nothing was changed.`,
    action: { label: 'Log in', url: new URL('/users/log_in', config.baseUrl).href },
    at,
    closing: [
      'If this was you, log in with the password you have.',
      'If this was not you, there is nothing you must do. Whoever tried did not learn that you have an account.',
    ],
  })
}

function linkAddress(config: Config, secret: string): string {
  return new URL(`/users/confirm/open?secret=${secret}`, config.baseUrl).href
}
