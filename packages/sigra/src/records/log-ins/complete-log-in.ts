/**
 * The one door after every proof of who somebody is: whether they may enter, the session, the device mark, the audit row.
 *
 * (1) Every entrance passes here, whatever its method, and inside its own transaction.
 * (2) The user is locked and looked at again here: who was disabled since the proof does not get in.
 * (3) The browser's earlier session ends; the new one has a new secret.
 */
import { exhaustive, ok, refuse, type Result } from '#base/result.js'
import { randomSecret, secret, type Secret } from '#base/secrets.js'

import type { Config } from '../../config.js'
import { secretPrefixes } from '../../cookies.js'
import type { Server, SigraTx } from '../../server.js'
import { recordDecision } from '../audit/record-decision.js'
import { endSession, issueSession } from '../sessions/session.js'
import { lockUser, type LockedUser, type User } from '../users/user.js'
import { rememberDevice } from '../known-devices/known-device.js'

/** How somebody proved who they are; the values that `amr` carries (RFC 8176). */
export type LogInMethod = 'password' | 'mailed_secret'

/** The browser that logs in, as far as the door must know it. */
export interface Browser {
  /** The session it had, whoever's. */
  readonly sessionSecret: string | undefined
  /** Its device mark from an earlier log in. */
  readonly deviceSecret: string | undefined
  readonly userAgent: string
  readonly requestId: string
}

/** Somebody at the door. */
export interface Arrival {
  readonly userId: string
  readonly method: LogInMethod
  readonly isRemembered: boolean
  readonly browser: Browser
}

/** Somebody who is in; kinds grow when a second factor can still be asked for. */
export interface LoggedIn {
  readonly kind: 'session'
  readonly user: User
  readonly sessionId: string
  readonly sessionSecret: Secret
  readonly deviceSecret: Secret
  /** Seconds the browser keeps the cookie; undefined ends it with the browser. */
  readonly cookieSeconds: number | undefined
}

/** Why the door stayed closed. */
export type LogInRefusal = 'disabled' | 'unconfirmed'

/** Decides whether a user whose proof was right may enter. */
export function decideEntrance(
  user: Pick<LockedUser, 'user' | 'isDisabled'> | null,
  config: Config,
): 'enter' | LogInRefusal {
  if (user === null || user.isDisabled) return 'disabled'
  if (user.user.confirmedAt === null && config.emailConfirmation.unconfirmedAccess === 'refuse') return 'unconfirmed'
  return 'enter'
}

/** Lets somebody in, or says why not; either is recorded. Refuses: disabled, unconfirmed. */
export async function completeLogIn(
  server: Server,
  tx: SigraTx,
  arrival: Arrival,
): Promise<Result<LoggedIn, LogInRefusal>> {
  const now = server.clock.now()
  const locked = await lockUser(tx, arrival.userId)
  const decision = decideEntrance(locked, server.config)
  const { requestId } = arrival.browser
  if (decision !== 'enter' || locked === null) {
    const reason = decision === 'enter' ? 'disabled' : decision
    await recordDecision(server, tx, {
      event: 'log_in.refused',
      reason,
      subjectId: arrival.userId,
      requestId,
      fields: { method: arrival.method },
    })
    return refuse(reason)
  }
  const limits = arrival.isRemembered ? server.config.session.remembered : server.config.session.standard
  if (arrival.browser.sessionSecret !== undefined)
    await replaceSession(server, tx, { secret: arrival.browser.sessionSecret, requestId, now })
  const methods = methodValues(arrival.method)
  const session = await issueSession(tx, {
    userId: locked.user.id,
    methods,
    isRemembered: arrival.isRemembered,
    limits,
    userAgent: arrival.browser.userAgent,
    now,
  })
  const deviceSecret = arrival.browser.deviceSecret ?? randomSecret(secretPrefixes.device).reveal()
  await rememberDevice(tx, locked.user.id, { secret: deviceSecret, now })
  await recordDecision(server, tx, {
    event: 'log_in.completed',
    actor: { kind: 'user', id: locked.user.id },
    subjectId: locked.user.id,
    objectId: session.id,
    requestId,
    fields: { method: arrival.method },
  })
  return ok({
    kind: 'session',
    user: locked.user,
    sessionId: session.id,
    sessionSecret: session.secret,
    deviceSecret: secret(deviceSecret),
    cookieSeconds: arrival.isRemembered ? limits.absoluteSeconds : undefined,
  })
}

async function replaceSession(
  server: Server,
  tx: SigraTx,
  old: { secret: string; requestId: string; now: Date },
): Promise<void> {
  const ended = await endSession(tx, old.secret, { reason: 'replaced', now: old.now })
  if (ended === null) return
  await recordDecision(server, tx, {
    event: 'session.ended',
    actor: { kind: 'user', id: ended.userId },
    subjectId: ended.userId,
    objectId: ended.id,
    requestId: old.requestId,
    fields: { endReason: 'replaced' },
  })
}

function methodValues(method: LogInMethod): readonly string[] {
  switch (method) {
    case 'password':
      return ['pwd']
    case 'mailed_secret':
      return ['otp']
    default:
      return exhaustive(method)
  }
}
