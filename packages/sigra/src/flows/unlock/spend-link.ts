/** Spending a mailed link: the browser becomes known for the user. Nobody is logged in, and nobody else's attempts are forgotten. */
import { transaction } from '#base/database.js'
import type { LocalPath } from '#base/local-path.js'
import { ok, refuse, type Result } from '#base/result.js'
import { equalBytes, hashSecret, type Secret } from '#base/secrets.js'

import type { Config } from '../../config.js'
import { recordDecision } from '../../records/audit/record-decision.js'
import { knowBrowser } from '../../records/known-devices/known-device.js'
import { decideEntrance, type LogInRefusal } from '../../records/log-ins/complete-log-in.js'
import {
  findSecretOfLink,
  spendSecret,
  stateOf,
  type OneTimeSecret,
  type SecretState,
} from '../../records/one-time-secrets/one-time-secret.js'
import { lockUser, type LockedUser } from '../../records/users/user.js'
import type { Server, SigraTx } from '../../server.js'

/** Why a link let no browser try. */
export type LinkReason = 'unknown' | Exclude<SecretState, 'live'> | LogInRefusal

/** The cookies a browser spends a link with. */
export interface SpendingBrowser {
  readonly linkSecret: string | undefined
  /** What it was given when it asked for a link. */
  readonly askedSecret: string | undefined
  readonly deviceSecret: string | undefined
  readonly requestId: string
}

/** A browser that is known now, and where it was going. */
export interface Unlocked {
  readonly deviceSecret: Secret
  /** Null from a browser that did not ask: its owner may have been lured. */
  readonly returnTo: LocalPath | null
}

/** Looks at a link without spending it. Refuses: unknown, spent, superseded, expired. */
export async function viewLink(
  server: Server,
  linkSecret: string | undefined,
): Promise<Result<OneTimeSecret, 'unknown' | Exclude<SecretState, 'live'>>> {
  const secret = linkSecret === undefined ? null : await findSecretOfLink(server.db, 'unlock', linkSecret)
  if (secret === null) return refuse('unknown')
  const state = stateOf(secret, server.clock.now())
  return state === 'live' ? ok(secret) : refuse(state)
}

/** Decides whether a link that was found still lets a browser try. */
export function decideUnlock(
  secret: OneTimeSecret,
  owner: LockedUser | null,
  { config, now }: { readonly config: Config; readonly now: Date },
): 'unlock' | LinkReason {
  const state = stateOf(secret, now)
  if (state !== 'live') return state
  if (owner === null || secret.isDecoy) return 'unknown'
  if (owner.emailKey !== secret.emailKey) return 'superseded'
  const entrance = decideEntrance(owner, config)
  return entrance === 'enter' ? 'unlock' : entrance
}

/** Spends a link and makes the browser known. */
export async function spendLink(server: Server, browser: SpendingBrowser): Promise<Result<Unlocked, LinkReason>> {
  const view = await viewLink(server, browser.linkSecret)
  if (!view.ok) {
    const { requestId } = browser
    await recordDecision(server, server.db, { event: 'unlock.refused', reason: view.reason, requestId })
    return view
  }
  return transaction(server.db, (tx) => unlock(server, tx, { secret: view.value, browser }))
}

async function unlock(
  server: Server,
  tx: SigraTx,
  { secret, browser }: { secret: OneTimeSecret; browser: SpendingBrowser },
): Promise<Result<Unlocked, LinkReason>> {
  const now = server.clock.now()
  const owner = secret.userId === null ? null : await lockUser(tx, secret.userId)
  const decision = decideUnlock(secret, owner, { config: server.config, now })
  const told = { subjectId: secret.userId, objectId: secret.id, requestId: browser.requestId }
  const isSpent = decision === 'unlock' && (await spendSecret(tx, secret.id, now))
  if (owner === null || decision !== 'unlock' || !isSpent) {
    // Whoever came between has spent it; the lock made them take turns.
    const reason = decision === 'unlock' ? 'spent' : decision
    await recordDecision(server, tx, { event: 'unlock.refused', reason, ...told })
    return refuse(reason)
  }
  const deviceSecret = await knowBrowser(tx, owner.user.id, { secret: browser.deviceSecret, now })
  await recordDecision(server, tx, { event: 'unlock.completed', ...told })
  return ok({ deviceSecret, returnTo: isBrowserOf(secret, browser.askedSecret) ? secret.returnTo : null })
}

function isBrowserOf(secret: OneTimeSecret, askedSecret: string | undefined): boolean {
  return askedSecret !== undefined && equalBytes(hashSecret(askedSecret), secret.browserHash)
}
