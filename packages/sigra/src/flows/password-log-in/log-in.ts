/** Logging in with address and password: one read, one count, one hash, one transaction. */
import { transaction } from '#base/database.js'
import { addressGroup } from '#base/client-address.js'
import { parseLocalPath, type LocalPath } from '#base/local-path.js'
import type { Form, RequestFacts } from '#base/request.js'
import { ok, refuse, type Result } from '#base/result.js'
import { hashSecret } from '#base/secrets.js'

import { queueMail, toNobody } from '../../mail/deliver-mail.js'
import { isOutdatedHash } from '../../password-hasher.js'
import { recordDecision } from '../../records/audit/record-decision.js'
import {
  completeLogIn,
  decideEntrance,
  type Browser,
  type LoggedIn,
  type LogInRefusal,
} from '../../records/log-ins/complete-log-in.js'
import { isPasswordUnchanged, upgradePassword } from '../../records/passwords/password.js'
import {
  forgetAttempts,
  giveBackAttempt,
  risingBucket,
  takeAttempt,
  windowBucket,
  type Bucket,
  type Taken,
} from '../../records/throttles/throttle.js'
import { findUserForLogIn, type UserForLogIn } from '../../records/users/user.js'
import { parseEmailAddress, type EmailAddress } from '../../rules/email-address.js'
import { isPasswordTooLong, normalizePassword, type NormalPassword } from '../../rules/password-policy.js'
import type { Server, SigraTx } from '../../server.js'
import { slowedDownMail } from './mail.js'

/** What the form asked for. */
export interface LogInRequest {
  readonly email: EmailAddress
  readonly password: NormalPassword
  readonly isRemembered: boolean
  readonly returnTo: LocalPath | null
}

/** Why nobody was logged in. */
export type LogInAnswer =
  | { readonly ok: true; readonly value: LoggedIn }
  | { readonly ok: false; readonly reason: 'wrong' | 'busy' }
  | { readonly ok: false; readonly reason: 'throttled'; readonly retryAfterSeconds: number }

/** Reads the form; an address or password that cannot be anybody's is refused like a wrong one. Refuses: malformed. */
export function parseLogIn(form: Form): Result<LogInRequest, 'malformed'> {
  const email = parseEmailAddress(form.get('email'))
  const password = form.get('password') ?? ''
  if (!email.ok || password === '' || isPasswordTooLong(password)) return refuse('malformed')
  return ok({
    email: email.value,
    password: normalizePassword(password),
    isRemembered: form.get('remember') === 'true',
    returnTo: parseLocalPath(form.get('return_to')),
  })
}

/** Logs somebody in, or answers in a way that does not tell whether the address is anybody's. */
export async function logIn(
  server: Server,
  asked: LogInRequest,
  { facts, browser }: { facts: RequestFacts; browser: Browser },
): Promise<LogInAnswer> {
  const deviceHash = browser.deviceSecret === undefined ? null : hashSecret(browser.deviceSecret)
  const found = await findUserForLogIn(server.db, asked.email, deviceHash)
  const buckets = attemptBuckets(server, asked.email, {
    network: addressGroup(facts.address),
    knownDevice: found?.isKnownDevice === true ? deviceHash : null,
  })
  const taken = await takeAttempt(server, buckets)
  if (!taken.ok) {
    await refuseLogIn(server, server.db, { found, reason: 'throttled', requestId: facts.requestId })
    return { ok: false, reason: 'throttled', retryAfterSeconds: taken.retryAfterSeconds }
  }
  const verified = await server.hasher.verify(found?.passwordHash ?? null, asked.password)
  if (!verified.ok) {
    await transaction(server.db, (tx) => giveBackAttempt(server, tx, buckets))
    await refuseLogIn(server, server.db, { found, reason: 'busy', requestId: facts.requestId })
    return { ok: false, reason: 'busy' }
  }
  // Whom the door would not let in takes the way of a wrong password, so that nothing tells them apart: strangers could
  // register an address and try the password they chose, to learn whether somebody had it before.
  const entrance = decideEntrance(found, server.config)
  if (!verified.value || found === null || found.passwordHash === null || entrance !== 'enter') {
    const proven = verified.value && entrance !== 'enter' ? entrance : 'wrong_password'
    const reason = found === null ? 'unknown_email' : proven
    return answerWrong(server, { email: asked.email, found, reason, taken, buckets, requestId: facts.requestId })
  }
  const upgraded = await outdatedHash(server, found.passwordHash, asked.password)
  const proven: Proven = { found, passwordHash: found.passwordHash, upgraded, buckets }
  return transaction(server.db, (tx) => enter(server, tx, { proven, asked, browser }))
}

interface Proven {
  readonly found: UserForLogIn
  readonly passwordHash: string
  readonly upgraded: string | null
  readonly buckets: readonly Bucket[]
}

async function enter(
  server: Server,
  tx: SigraTx,
  { proven, asked, browser }: { proven: Proven; asked: LogInRequest; browser: Browser },
): Promise<LogInAnswer> {
  const { user } = proven.found
  // Between reading the hash and now the password may have been changed; the old one must not open a session.
  if (!(await isPasswordUnchanged(tx, user.id, proven.passwordHash))) {
    await recordDecision(server, tx, {
      event: 'log_in.refused',
      reason: 'wrong_password',
      subjectId: user.id,
      requestId: browser.requestId,
      fields: { method: 'password' },
    })
    return { ok: false, reason: 'wrong' }
  }
  if (
    proven.upgraded !== null &&
    (await upgradePassword(tx, user.id, { from: proven.passwordHash, to: proven.upgraded }))
  ) {
    await recordDecision(server, tx, { event: 'password.upgraded', subjectId: user.id, requestId: browser.requestId })
  }
  // The password was right, whatever the door says next.
  await forgetAttempts(server, tx, proven.buckets)
  const answer = await completeLogIn(server, tx, {
    userId: user.id,
    method: 'password',
    isRemembered: asked.isRemembered && server.config.session.offerRemember,
    browser,
  })
  return answer.ok ? ok(answer.value) : { ok: false, reason: 'wrong' }
}

/** Buckets in their fixed order. A browser that was here before has one of its own, which strangers cannot fill. */
function attemptBuckets(
  server: Server,
  email: EmailAddress,
  who: { network: string; knownDevice: Buffer | null },
): readonly Bucket[] {
  const { logIn: limits } = server.config
  if (who.knownDevice !== null)
    return [
      // Whoever has an account can make known browsers of it without end; together they get no more turns at once than a network.
      windowBucket(server, ['log_in/devices', email.key], limits.perNetwork),
      risingBucket(server, ['log_in/device', who.knownDevice.toString('hex'), email.key], limits.lockout),
    ]
  return [
    windowBucket(server, ['log_in/global'], limits.global),
    windowBucket(server, ['log_in/network', who.network], limits.perNetwork),
    risingBucket(server, ['log_in/address', email.key], limits.lockout),
  ]
}

async function outdatedHash(server: Server, stored: string, password: NormalPassword): Promise<string | null> {
  if (!isOutdatedHash(stored)) return null
  const made = await server.hasher.hash(password)
  // Too busy to make it stronger now; the next log in will.
  return made.ok ? made.value : null
}

interface WrongAttempt {
  readonly email: EmailAddress
  readonly found: UserForLogIn | null
  readonly taken: Taken & { readonly ok: true }
  readonly reason: 'unknown_email' | 'wrong_password' | LogInRefusal
  readonly buckets: readonly Bucket[]
  readonly requestId: string
}

async function answerWrong(
  server: Server,
  { email, found, reason, taken, buckets, requestId }: WrongAttempt,
): Promise<LogInAnswer> {
  const lastFree = taken.hits === buckets.at(-1)?.limit
  await transaction(server.db, async (tx) => {
    await refuseLogIn(server, tx, { found, reason, requestId })
    if (!lastFree) return
    await recordDecision(server, tx, {
      event: 'log_in.slowed_down',
      subjectId: found?.user.id ?? null,
      requestId,
      fields: { count: taken.hits },
    })
    const mail = slowedDownMail(server.config, found?.user.email ?? email.text, server.clock.now())
    await queueMail(server, tx, found === null || found.isDisabled ? toNobody(mail) : mail)
  })
  if (lastFree) server.wakeJobs()
  return { ok: false, reason: 'wrong' }
}

async function refuseLogIn(
  server: Server,
  tx: Parameters<typeof recordDecision>[1],
  refusal: { found: UserForLogIn | null; reason: WrongAttempt['reason'] | 'throttled' | 'busy'; requestId: string },
): Promise<void> {
  await recordDecision(server, tx, {
    event: 'log_in.refused',
    reason: refusal.reason,
    subjectId: refusal.found?.user.id ?? null,
    requestId: refusal.requestId,
    fields: { method: 'password' },
  })
}
