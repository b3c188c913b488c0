/** Asking for a link that lets a browser try again: the same rows, the same answer and the same cookie whoever has the address. */
import { addressGroup } from '#base/client-address.js'
import { transaction } from '#base/database.js'
import { parseLocalPath, type LocalPath } from '#base/local-path.js'
import type { Form, RequestFacts } from '#base/request.js'
import type { Result } from '#base/result.js'
import type { Secret } from '#base/secrets.js'

import type { Config } from '../../config.js'
import { queueMail, toNobody } from '../../mail/deliver-mail.js'
import { recordDecision } from '../../records/audit/record-decision.js'
import { decideEntrance } from '../../records/log-ins/complete-log-in.js'
import { issueSecret } from '../../records/one-time-secrets/one-time-secret.js'
import { takeAttempt, windowBucket, type Bucket } from '../../records/throttles/throttle.js'
import { lockUserByEmail, type LockedUser } from '../../records/users/user.js'
import { parseEmailAddress, type EmailAddress, type EmailAddressReason } from '../../rules/email-address.js'
import type { Server, SigraTx } from '../../server.js'
import { unlockMail } from './mail.js'

/** What the form asked for. */
export interface LinkRequest {
  readonly email: Result<EmailAddress, EmailAddressReason>
  readonly returnTo: LocalPath | null
}

/** What came of it; nothing in it depends on whose address it is. */
export type LinkAnswer =
  | { readonly ok: true; readonly browser: Secret }
  | { readonly ok: false; readonly reason: `email_${EmailAddressReason}` }
  | { readonly ok: false; readonly reason: 'throttled'; readonly retryAfterSeconds: number }

/** Reads the form. */
export function parseLinkRequest(form: Form): LinkRequest {
  return { email: parseEmailAddress(form.get('email')), returnTo: parseLocalPath(form.get('return_to')) }
}

/** Counts what one network does here, apart from everything else it does. */
export function unlockNetworkBucket(server: Server, facts: RequestFacts): Bucket {
  return windowBucket(server, ['unlock/network', addressGroup(facts.address)], server.config.unlock.perNetwork)
}

/** Decides whether an address is sent a link: only where a right password would let somebody in. */
export function decideUnlockMail(owner: LockedUser | null, config: Config): 'link' | 'nothing' {
  return decideEntrance(owner, config) === 'enter' ? 'link' : 'nothing'
}

/** Mails a link where the address has mails left. Refuses: throttled, email_…. */
export async function askForLink(server: Server, asked: LinkRequest, facts: RequestFacts): Promise<LinkAnswer> {
  const { email } = asked
  const mails = email.ok
    ? [windowBucket(server, ['unlock/mail', email.value.key], server.config.unlock.mailsPerAddress)]
    : []
  const taken = await takeAttempt(server, [unlockNetworkBucket(server, facts), ...mails])
  const { requestId } = facts
  if (!taken.ok) {
    await recordDecision(server, server.db, { event: 'unlock.refused', reason: 'throttled', requestId })
    return { ok: false, reason: 'throttled', retryAfterSeconds: taken.retryAfterSeconds }
  }
  if (!email.ok) {
    const reason = `email_${email.reason}` as const
    await recordDecision(server, server.db, { event: 'unlock.refused', reason, requestId })
    return { ok: false, reason }
  }
  const browser = await transaction(server.db, (tx) =>
    issueLink(server, tx, { email: email.value, returnTo: asked.returnTo, requestId }),
  )
  server.wakeJobs()
  return { ok: true, browser }
}

async function issueLink(
  server: Server,
  tx: SigraTx,
  asked: { readonly email: EmailAddress; readonly returnTo: LocalPath | null; readonly requestId: string },
): Promise<Secret> {
  const now = server.clock.now()
  const owner = await lockUserByEmail(tx, asked.email)
  const decision = decideUnlockMail(owner, server.config)
  // The spelling that was proven leads to the owner's mailbox; the one that was typed may lead to another.
  const to = owner?.user.email ?? asked.email.text
  const issued = await issueSecret(server, tx, {
    purpose: 'unlock',
    email: { text: to, key: asked.email.key },
    userId: owner?.user.id ?? null,
    isDecoy: decision === 'nothing',
    passwordHash: null,
    returnTo: asked.returnTo,
    now,
  })
  const mail = unlockMail(server.config, to, { secret: issued.link.reveal(), at: now })
  await queueMail(server, tx, decision === 'nothing' ? toNobody(mail) : mail)
  await recordDecision(server, tx, {
    event: 'unlock.requested',
    subjectId: owner?.user.id ?? null,
    requestId: asked.requestId,
  })
  return issued.browser
}
