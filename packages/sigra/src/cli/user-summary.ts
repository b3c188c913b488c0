/** What an operator may see of a user on a terminal; no secret, no hash. */
import { parseEmailAddress } from '../rules/email-address.js'
import type { SigraDb } from '../server.js'

/** A user as the terminal shows them, in the names it prints; times in ISO 8601. */
export interface UserSummary {
  readonly id: string
  readonly email: string
  readonly created_at: string
  readonly confirmed_at: string | null
  readonly disabled_at: string | null
  readonly has_password: boolean
  readonly live_sessions: number
}

/** Finds a user by address or id, disabled ones too; null for nobody. */
export async function userSummary(db: SigraDb, who: string, now: Date): Promise<UserSummary | null> {
  const email = parseEmailAddress(who)
  if (!email.ok && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(who)) return null
  const row = await db
    .selectFrom('users as u')
    .leftJoin('passwords as p', 'p.user_id', 'u.id')
    .select((select) => [
      'u.id',
      'u.email',
      'u.created_at',
      'u.confirmed_at',
      'u.disabled_at',
      'p.set_at',
      select
        .selectFrom('sessions as s')
        .select((count) => count.fn.countAll().as('live'))
        .whereRef('s.user_id', '=', 'u.id')
        .where('s.ended_at', 'is', null)
        .where('s.expires_at', '>', now)
        .where('s.idle_expires_at', '>', now)
        .as('live_sessions'),
    ])
    .where((where) => (email.ok ? where('u.email_key', '=', email.value.key) : where('u.id', '=', who)))
    .executeTakeFirst()
  if (!row) return null
  return {
    id: row.id,
    email: row.email,
    created_at: row.created_at.toISOString(),
    confirmed_at: row.confirmed_at?.toISOString() ?? null,
    disabled_at: row.disabled_at?.toISOString() ?? null,
    has_password: row.set_at !== null,
    live_sessions: Number(row.live_sessions),
  }
}
