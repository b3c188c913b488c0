/** Asking for a confirmation mail: the same rows, the same answer and the same browser cookie whoever has the address. */
import { transaction } from '#base/database.js'
import type { LocalPath } from '#base/local-path.js'
import type { Secret } from '#base/secrets.js'

import { alreadyRegisteredMail, confirmationMail } from '../../mail/confirmation-mail.js'
import { queueMail, toNobody } from '../../mail/deliver-mail.js'
import type { EmailAddress } from '../../rules/email-address.js'
import type { Server, SigraTx } from '../../server.js'
import { recordDecision } from '../audit/record-decision.js'
import { takeAttempt, windowBucket, type Bucket } from '../throttles/throttle.js'
import { lockUserByEmail, type LockedUser } from '../users/user.js'
import { issueSecret } from './one-time-secret.js'

/** What is asked for. */
export interface ConfirmationRequest {
  readonly email: EmailAddress
  /** The password to set when the same browser confirms; null asks for one then. */
  readonly passwordHash: string | null
  readonly returnTo: LocalPath | null
  readonly requestId: string
}

/** Counts the mails one address is sent for registering, apart from those below: who asks again uses up nobody's registration. */
export function registrationMailBucket(server: Server, email: EmailAddress): Bucket {
  return windowBucket(server, ['registration_mail', email.key], server.config.emailConfirmation.mailsPerAddress)
}

/** Counts the mails one address is sent for asking again, whoever asks. */
function confirmationMailBucket(server: Server, email: EmailAddress): Bucket {
  return windowBucket(server, ['confirmation_mail', email.key], server.config.emailConfirmation.mailsPerAddress)
}

/** Decides what an address is sent when somebody asks to confirm it. */
export function decideConfirmationMail(owner: LockedUser | null): 'confirmation' | 'already_registered' | 'nothing' {
  if (owner === null || owner.isDisabled) return 'nothing'
  return owner.user.confirmedAt === null ? 'confirmation' : 'already_registered'
}

/** Issues a secret, or a decoy, and queues the mail; answers the secret of the browser's cookie. */
export async function issueConfirmation(
  server: Server,
  tx: SigraTx,
  asked: ConfirmationRequest & { readonly owner: LockedUser | null },
): Promise<Secret> {
  const { owner, email } = asked
  const now = server.clock.now()
  const decision = decideConfirmationMail(owner)
  const issued = await issueSecret(server, tx, {
    purpose: 'confirm_email',
    email,
    userId: owner?.user.id ?? null,
    isDecoy: decision !== 'confirmation',
    passwordHash: asked.passwordHash,
    returnTo: asked.returnTo,
    now,
  })
  // Before the proof the spelling that is asked for counts: somebody else's may lead to another mailbox.
  const mail =
    owner !== null && decision === 'already_registered'
      ? alreadyRegisteredMail(server.config, owner.user.email, now)
      : confirmationMail(server.config, email.text, { link: issued.link.reveal(), code: issued.code, at: now })
  await queueMail(server, tx, decision === 'nothing' ? toNobody(mail) : mail)
  await recordDecision(server, tx, {
    event: 'confirmation.requested',
    subjectId: owner?.user.id ?? null,
    requestId: asked.requestId,
  })
  return issued.browser
}

/** The secret for the browser's cookie, or how long the address has to wait for its next mail; the earlier one still holds. */
export type RequestedConfirmation =
  | { readonly ok: true; readonly browser: Secret }
  | { readonly ok: false; readonly reason: 'throttled'; readonly retryAfterSeconds: number }

/** Sends a confirmation where the address has mails left. Refuses: throttled. */
export async function requestConfirmation(server: Server, asked: ConfirmationRequest): Promise<RequestedConfirmation> {
  const taken = await takeAttempt(server, [confirmationMailBucket(server, asked.email)])
  if (!taken.ok) return { ok: false, reason: 'throttled', retryAfterSeconds: taken.retryAfterSeconds }
  const browser = await transaction(server.db, async (tx) =>
    issueConfirmation(server, tx, { ...asked, owner: await lockUserByEmail(tx, asked.email) }),
  )
  server.wakeJobs()
  return { ok: true, browser }
}
