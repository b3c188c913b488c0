/**
 * Sessions: a browser's proof of having logged in.
 *
 * A session is "live" if it has not ended and neither deadline has passed; only live sessions make a `currentScope`.
 *
 * (1) The table holds SHA-256 of the secret; the secret itself exists only in one Set-Cookie and the browser.
 * (2) `id` is public and proves nothing.
 * (3) Every log in makes a new session with a new secret and ends the one the browser had.
 * (4) An ended session is never live again.
 * (5) A session never outlives `expires_at`; being seen moves only `idle_expires_at`.
 *
 * state   becomes   by
 * live    ended     endSession, endSessionsOf
 * live    expired   time
 */
import { hashSecret, randomId, randomSecret, type Secret } from '#base/secrets.js'
import { statement } from '#base/statement.js'

import { secretPrefixes } from '../../cookies.js'
import { perSchema } from '../../per-schema.js'
import { sessionDeadlines, type SessionLimits } from '../../rules/session-lifetime.js'
import type { Server, SigraTx } from '../../server.js'

/** A session as the host sees it. */
export interface Session {
  /** Public id, the right value for `sid`. */
  readonly id: string
  readonly createdAt: Date
  readonly lastSeenAt: Date
  /** When it ends at the latest. */
  readonly expiresAt: Date
  /** Whether the person asked to stay logged in. */
  readonly isRemembered: boolean
}

/** Why a session ended. */
export type SessionEndReason = 'logged_out' | 'replaced' | 'ended_elsewhere' | 'address_proven'

/** A session with its user, as the one read of a request finds them. */
export interface SessionRow {
  readonly id: string
  readonly methods: readonly string[]
  readonly level: string | null
  readonly remembered: boolean
  readonly authenticated_at: Date
  readonly created_at: Date
  readonly last_seen_at: Date
  readonly idle_expires_at: Date
  readonly expires_at: Date
  readonly user_id: string
  readonly email: string
  readonly confirmed_at: Date | null
  readonly user_created_at: Date
}

const findBySecret = perSchema((schema) =>
  statement<SessionRow>(
    `select s.id, s.methods, s.level, s.remembered, s.authenticated_at, s.created_at, s.last_seen_at, s.idle_expires_at, s.expires_at,
            u.id as user_id, u.email, u.confirmed_at, u.created_at as user_created_at
       from ${schema}.sessions s join ${schema}.users u on u.id = s.user_id
      where s.secret_hash = $1 and s.ended_at is null and u.disabled_at is null`,
  ),
)

const touch = perSchema((schema) =>
  statement(
    `update ${schema}.sessions set last_seen_at = $2, idle_expires_at = $3
      where id = $1 and ended_at is null and last_seen_at = $4`,
  ),
)

/** Finds a session that has not ended, with a user who is not disabled; one read by a unique index. */
export async function findSession(server: Server, secretText: string): Promise<SessionRow | null> {
  const [row] = await findBySecret(server.config.quotedSchema)(server.db, [hashSecret(secretText)])
  return row ?? null
}

/** Writes that a session was seen; of several requests at once only one writes. */
export async function touchSession(
  server: Server,
  row: SessionRow,
  seen: { readonly now: Date; readonly idleExpiresAt: Date },
): Promise<void> {
  await touch(server.config.quotedSchema)(server.db, [row.id, seen.now, seen.idleExpiresAt, row.last_seen_at])
}

/** What a new session is made of. */
export interface NewSession {
  readonly userId: string
  readonly methods: readonly string[]
  readonly isRemembered: boolean
  readonly limits: SessionLimits
  readonly userAgent: string
  readonly now: Date
}

/** Issues a session; the secret leaves only in the answer's cookie. */
export async function issueSession(
  tx: SigraTx,
  session: NewSession,
): Promise<{ readonly id: string; readonly secret: Secret }> {
  const id = randomId()
  const secret = randomSecret(secretPrefixes.session)
  const { idleExpiresAt, expiresAt } = sessionDeadlines(session.limits, session.now)
  await tx
    .insertInto('sessions')
    .values({
      id,
      secret_hash: hashSecret(secret.reveal()),
      user_id: session.userId,
      methods: [...session.methods],
      level: null,
      remembered: session.isRemembered,
      authenticated_at: session.now,
      created_at: session.now,
      last_seen_at: session.now,
      idle_expires_at: idleExpiresAt,
      expires_at: expiresAt,
      ended_at: null,
      end_reason: null,
      user_agent: session.userAgent === '' ? null : session.userAgent,
    })
    .execute()
  return { id, secret }
}

/** Ends the session of a secret; answers whose it was, or null where it had ended already. */
export async function endSession(
  tx: SigraTx,
  secretText: string,
  end: { readonly reason: SessionEndReason; readonly now: Date },
): Promise<{ readonly id: string; readonly userId: string } | null> {
  const row = await tx
    .updateTable('sessions')
    .set({ ended_at: end.now, end_reason: end.reason })
    .where('secret_hash', '=', hashSecret(secretText))
    .where('ended_at', 'is', null)
    .returning(['id', 'user_id'])
    .executeTakeFirst()
  return row ? { id: row.id, userId: row.user_id } : null
}

/** Ends every session of a user but one, or all; answers how many. */
export async function endSessionsOf(
  tx: SigraTx,
  userId: string,
  end: { readonly reason: SessionEndReason; readonly now: Date; readonly exceptId?: string },
): Promise<number> {
  let query = tx
    .updateTable('sessions')
    .set({ ended_at: end.now, end_reason: end.reason })
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
  if (end.exceptId !== undefined) query = query.where('id', '<>', end.exceptId)
  const result = await query.executeTakeFirst()
  return Number(result.numUpdatedRows)
}
