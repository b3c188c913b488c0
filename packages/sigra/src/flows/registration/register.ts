/** Registration: the same steps and the same answer whether the address is free, taken or waiting to be confirmed. */
import { addressGroup } from '#base/client-address.js'
import { transaction } from '#base/database.js'
import { parseLocalPath, type LocalPath } from '#base/local-path.js'
import type { Form, RequestFacts } from '#base/request.js'
import type { Secret } from '#base/secrets.js'

import { recordDecision } from '../../records/audit/record-decision.js'
import { issueConfirmation, registrationMailBucket } from '../../records/one-time-secrets/request-confirmation.js'
import { passwordContext } from '../../records/passwords/password-context.js'
import { hashNewPassword } from '../../records/passwords/hash-new-password.js'
import { insertFirstPassword } from '../../records/passwords/password.js'
import { giveBackAttempt, takeAttempt, windowBucket } from '../../records/throttles/throttle.js'
import { insertUser, type LockedUser } from '../../records/users/user.js'
import { parseEmailAddress, type EmailAddress, type EmailAddressReason } from '../../rules/email-address.js'
import { decidePassword, type NormalPassword, type PasswordReason } from '../../rules/password-policy.js'
import type { Server, SigraTx } from '../../server.js'

/** What the form asked for. */
export interface Registration {
  readonly email: EmailAddress
  readonly password: NormalPassword
  readonly returnTo: LocalPath | null
}

/** What is wrong with the form, by field. */
export interface RegistrationProblems {
  readonly email: EmailAddressReason | null
  readonly password: PasswordReason | null
}

/** What came of it; nothing in it depends on whose address it is. */
export type RegistrationAnswer =
  | { readonly ok: true; readonly browser: Secret }
  | { readonly ok: false; readonly reason: 'busy' | 'breached' }
  | { readonly ok: false; readonly reason: 'throttled'; readonly retryAfterSeconds: number }

/** Reads the form; every problem is told at once. */
export function parseRegistration(server: Server, form: Form): Registration | RegistrationProblems {
  const email = parseEmailAddress(form.get('email'))
  const password = decidePassword(
    form.get('password') ?? '',
    server.config.password,
    email.ok ? passwordContext(server.config, email.value) : [],
  )
  if (email.ok && password.ok)
    return { email: email.value, password: password.value, returnTo: parseLocalPath(form.get('return_to')) }
  return { email: email.ok ? null : email.reason, password: password.ok ? null : password.reason }
}

/** Registers somebody, as far as anybody can see; who owns the address learns by mail what happened. */
export async function register(server: Server, asked: Registration, facts: RequestFacts): Promise<RegistrationAnswer> {
  const mails = registrationMailBucket(server, asked.email)
  const taken = await takeAttempt(server, [
    windowBucket(server, ['registration/global'], server.config.logIn.global),
    windowBucket(server, ['registration/network', addressGroup(facts.address)], server.config.registration.perNetwork),
    mails,
  ])
  if (!taken.ok) {
    await recordDecision(server, server.db, {
      event: 'registration.refused',
      reason: 'throttled',
      requestId: facts.requestId,
    })
    return { ok: false, reason: 'throttled', retryAfterSeconds: taken.retryAfterSeconds }
  }
  const { requestId } = facts
  const hash = await hashNewPassword(server, asked.password, { requestId })
  if (!hash.ok) {
    const reason = hash.reason === 'busy' ? 'busy' : 'password_breached'
    await transaction(server.db, async (tx) => {
      // No mail goes out; whoever tries again must not run out of mails.
      await giveBackAttempt(server, tx, [mails])
      await recordDecision(server, tx, { event: 'registration.refused', reason, requestId })
    })
    return hash
  }
  const browser = await transaction(server.db, (tx) =>
    insertRegistration(server, tx, { asked, passwordHash: hash.value, requestId }),
  )
  server.wakeJobs()
  return { ok: true, browser }
}

async function insertRegistration(
  server: Server,
  tx: SigraTx,
  { asked, passwordHash, requestId }: { asked: Registration; passwordHash: string; requestId: string },
): Promise<Secret> {
  const now = server.clock.now()
  const owner = await insertUser(tx, { email: asked.email, confirmedAt: null, now })
  await insertFirstPassword(tx, owner.user.id, { hash: passwordHash, now })
  const subjectId = owner.user.id
  if (decideRegistration(owner) === 'taken')
    await recordDecision(server, tx, { event: 'registration.refused', reason: 'taken', subjectId, requestId })
  else await recordDecision(server, tx, { event: 'user.registered', subjectId, requestId })
  return issueConfirmation(server, tx, { email: asked.email, passwordHash, returnTo: asked.returnTo, requestId, owner })
}

/** Decides what registering means for the owner of the address; registering again before confirming is no refusal. */
export function decideRegistration(owner: LockedUser): 'registered' | 'taken' {
  return owner.isDisabled || owner.user.confirmedAt !== null ? 'taken' : 'registered'
}

/** Tells apart what `parseRegistration` answered. */
export function isRegistration(parsed: Registration | RegistrationProblems): parsed is Registration {
  return 'returnTo' in parsed
}
