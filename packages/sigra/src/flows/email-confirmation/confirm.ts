/** Redeeming a mailed link or code: proves the address, voids what was set before the proof, and logs the person in. */
import { transaction } from '#base/database.js'
import type { LocalPath } from '#base/local-path.js'
import { ok, refuse, type Result } from '#base/result.js'
import { equalBytes, hashSecret } from '#base/secrets.js'

import { recordDecision } from '../../records/audit/record-decision.js'
import { completeLogIn, type Browser, type LoggedIn } from '../../records/log-ins/complete-log-in.js'
import {
  countCodeTry,
  findSecretOfBrowser,
  findSecretOfLink,
  isCodeOf,
  spendSecret,
  stateOf,
  type OneTimeSecret,
} from '../../records/one-time-secrets/one-time-secret.js'
import { proveAddress } from '../../records/one-time-secrets/prove-address.js'
import { hashNewPassword } from '../../records/passwords/hash-new-password.js'
import { passwordContext } from '../../records/passwords/password-context.js'
import { lockUser, type LockedUser } from '../../records/users/user.js'
import { parseEmailAddress } from '../../rules/email-address.js'
import { decidePassword, type PasswordReason } from '../../rules/password-policy.js'
import type { Server, SigraTx } from '../../server.js'

/** Why a link or code did not confirm anything. */
export type ConfirmReason = 'unknown' | 'expired' | 'spent' | 'superseded' | 'already_confirmed' | 'disabled'

/** Somebody confirmed and logged in, and where they were going. */
export interface Confirmed {
  readonly loggedIn: LoggedIn
  readonly returnTo: LocalPath | null
}

/** What a mailed link stands for, seen without spending it. */
export type LinkView =
  | { readonly kind: 'ready'; readonly secret: OneTimeSecret; readonly needsPassword: boolean }
  | { readonly kind: 'dead'; readonly reason: ConfirmReason }

/** The cookies a redemption comes with. */
export interface RedeemingBrowser extends Browser {
  readonly pendingSecret: string | undefined
}

/** Looks at a link; a password has to be chosen unless the browser that registered opens it. */
export async function viewLink(
  server: Server,
  link: { readonly secret: string | undefined; readonly pendingSecret: string | undefined },
): Promise<LinkView> {
  const secret = link.secret === undefined ? null : await findSecretOfLink(server.db, 'confirm_email', link.secret)
  if (secret === null) return { kind: 'dead', reason: 'unknown' }
  const state = stateOf(secret, server.clock.now())
  if (state !== 'live') return { kind: 'dead', reason: state }
  return {
    kind: 'ready',
    secret,
    needsPassword: secret.passwordHash === null || !isBrowserOf(secret, link.pendingSecret),
  }
}

/** Why a link was not redeemed; password reasons leave it live. */
export type LinkReason = ConfirmReason | 'busy' | PasswordReason

/** Redeems a link. The mailbox is proven by it, but not that its owner chose the password: another browser has to choose one. */
export async function confirmByLink(
  server: Server,
  asked: {
    readonly linkSecret: string | undefined
    readonly newPassword: string
    /** The address on the page that was filled in; undefined where it asked for nothing. */
    readonly shownTo: string | undefined
  },
  browser: RedeemingBrowser,
): Promise<Result<Confirmed, LinkReason>> {
  const view = await viewLink(server, { secret: asked.linkSecret, pendingSecret: browser.pendingSecret })
  if (view.kind === 'dead') return refuseConfirmation(server, { reason: view.reason, requestId: browser.requestId })
  // Another link, opened meanwhile, took the place of the one whose page this is: the password is not meant for it.
  if (asked.shownTo !== undefined && asked.shownTo !== view.secret.sentTo)
    return refuseConfirmation(server, { reason: 'superseded', requestId: browser.requestId })
  const hash = view.needsPassword
    ? await hashChosen(server, view.secret, { text: asked.newPassword, requestId: browser.requestId })
    : ok(view.secret.passwordHash ?? '')
  if (!hash.ok) return refusePassword(server, view.secret, { reason: hash.reason, requestId: browser.requestId })
  // Where it was going is only trusted from the browser that said so; another's owner may have been lured.
  const returnTo = view.needsPassword ? null : view.secret.returnTo
  return transaction(server.db, async (tx) => {
    const owner = view.secret.userId === null ? null : await lockUser(tx, view.secret.userId)
    return redeem(server, tx, { secret: view.secret, owner, passwordHash: hash.value, returnTo, browser })
  })
}

async function hashChosen(
  server: Server,
  secret: OneTimeSecret,
  { text, requestId }: { text: string; requestId: string },
): Promise<Result<string, PasswordReason | 'busy'>> {
  const email = parseEmailAddress(secret.sentTo)
  const password = decidePassword(
    text,
    server.config.password,
    email.ok ? passwordContext(server.config, email.value) : [],
  )
  return password.ok ? hashNewPassword(server, password.value, { requestId, subjectId: secret.userId }) : password
}

/** Why a code was not redeemed: `wrong_code` may be tried again, `dead` needs a new mail, the others cost the code nothing. */
export type CodeReason = 'wrong_code' | 'dead' | 'busy' | PasswordReason

/** Redeems a code typed into the browser that asked for it; a decoy answers like a real row with a wrong code. */
export async function confirmByCode(
  server: Server,
  asked: { readonly code: string; readonly newPassword: string },
  browser: RedeemingBrowser,
): Promise<Result<Confirmed, CodeReason>> {
  const pending =
    browser.pendingSecret === undefined ? null : await findSecretOfBrowser(server.db, browser.pendingSecret)
  if (pending === null) {
    await refuseConfirmation(server, { reason: 'unknown', requestId: browser.requestId })
    return refuse('dead')
  }
  // Who asked with nothing but an address has chosen no password yet, and without one nobody could log in again.
  const isToChoose = pending.passwordHash === null && stateOf(pending, server.clock.now()) === 'live'
  const hash = isToChoose
    ? await hashChosen(server, pending, { text: asked.newPassword, requestId: browser.requestId })
    : ok(pending.passwordHash ?? '')
  if (!hash.ok) return refusePassword(server, pending, { reason: hash.reason, requestId: browser.requestId })
  return transaction(server.db, async (tx) => {
    const owner = pending.userId === null ? null : await lockUser(tx, pending.userId)
    const counted = await countCodeTry(server, tx, pending.id)
    if (counted === null || !isCodeOf(server, counted, asked.code)) {
      const reason = counted === null ? deadReason(server, pending) : 'wrong_code'
      await recordDecision(server, tx, {
        event: 'confirmation.refused',
        reason,
        subjectId: pending.userId,
        objectId: pending.id,
        requestId: browser.requestId,
      })
      return refuse(counted === null ? 'dead' : 'wrong_code')
    }
    const answer = await redeem(server, tx, {
      secret: counted,
      owner,
      passwordHash: hash.value,
      returnTo: counted.returnTo,
      browser,
    })
    return answer.ok ? answer : refuse('dead')
  })
}

function deadReason(server: Server, pending: OneTimeSecret): 'spent' | 'superseded' | 'expired' | 'too_many_attempts' {
  const state = stateOf(pending, server.clock.now())
  if (state !== 'live') return state
  return server.clock.now() < pending.codeExpiresAt ? 'too_many_attempts' : 'expired'
}

interface Redemption {
  readonly secret: OneTimeSecret
  readonly owner: LockedUser | null
  /** The password that holds from now on. */
  readonly passwordHash: string
  readonly returnTo: LocalPath | null
  readonly browser: RedeemingBrowser
}

/** Decides whether a secret that was matched still confirms anything. */
export function decideRedemption(secret: OneTimeSecret, owner: LockedUser | null, now: Date): 'redeem' | ConfirmReason {
  const state = stateOf(secret, now)
  if (state !== 'live') return state
  if (owner === null || secret.isDecoy) return 'unknown'
  if (owner.isDisabled) return 'disabled'
  if (owner.emailKey !== secret.emailKey) return 'superseded'
  return owner.user.confirmedAt === null ? 'redeem' : 'already_confirmed'
}

async function redeem(
  server: Server,
  tx: SigraTx,
  { secret, owner, passwordHash, returnTo, browser }: Redemption,
): Promise<Result<Confirmed, ConfirmReason>> {
  const now = server.clock.now()
  const decision = decideRedemption(secret, owner, now)
  const { requestId } = browser
  const isSpent = decision === 'redeem' && (await spendSecret(tx, secret.id, now))
  if (owner === null || decision !== 'redeem' || !isSpent) {
    const reason = decision === 'redeem' ? 'spent' : decision
    await recordDecision(server, tx, {
      event: 'confirmation.refused',
      reason,
      subjectId: secret.userId,
      objectId: secret.id,
      requestId,
    })
    return refuse(reason)
  }
  await proveAddress(tx, owner.user, { sentTo: secret.sentTo, passwordHash, now })
  await recordDecision(server, tx, {
    event: 'email.confirmed',
    actor: { kind: 'user', id: owner.user.id },
    subjectId: owner.user.id,
    objectId: secret.id,
    requestId,
  })
  const loggedIn = await completeLogIn(server, tx, {
    userId: owner.user.id,
    method: 'mailed_secret',
    isRemembered: false,
    browser,
  })
  if (!loggedIn.ok) return refuse('disabled')
  return ok({ loggedIn: loggedIn.value, returnTo })
}

function isBrowserOf(secret: OneTimeSecret, pendingSecret: string | undefined): boolean {
  return pendingSecret !== undefined && equalBytes(hashSecret(pendingSecret), secret.browserHash)
}

/** The password that came along will not do; the secret stays as it was. */
async function refusePassword(
  server: Server,
  secret: OneTimeSecret,
  { reason, requestId }: { reason: PasswordReason | 'busy'; requestId: string },
): Promise<Result<never, PasswordReason | 'busy'>> {
  await recordDecision(server, server.db, {
    event: 'confirmation.refused',
    reason: reason === 'busy' ? 'busy' : `password_${reason}`,
    subjectId: secret.userId,
    requestId,
  })
  return refuse(reason)
}

async function refuseConfirmation<Reason extends ConfirmReason>(
  server: Server,
  { reason, requestId }: { reason: Reason; requestId: string },
): Promise<Result<never, Reason>> {
  await recordDecision(server, server.db, { event: 'confirmation.refused', reason, requestId })
  return refuse(reason)
}
