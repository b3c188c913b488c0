/**
 * Users: the people who have an account.
 *
 * (1) One address, one user, whatever its spelling: `email_key` is unique.
 * (2) An id never changes and is never used again.
 * (3) A user counts as confirmed only after somebody proved to read the address's mail.
 *
 * state        becomes      by
 * unconfirmed  confirmed    confirmUser
 * any          disabled     setting disabled_at
 */
import { Fault } from '#base/fault.js'
import { randomId } from '#base/secrets.js'
import { statement } from '#base/statement.js'

import { perSchema } from '../../per-schema.js'
import type { EmailAddress } from '../../rules/email-address.js'
import type { Server, SigraDb, SigraTx } from '../../server.js'

/** A user as the host sees it; `id` is a UUID as text and the right value for `sub`. */
export interface User {
  readonly id: string
  readonly email: string
  /** When the address was proven; null before. */
  readonly confirmedAt: Date | null
  readonly createdAt: Date
}

/** The columns that make a `User`. */
export interface UserColumns {
  readonly id: string
  readonly email: string
  readonly confirmed_at: Date | null
  readonly created_at: Date
}

/** What logging in needs to know of a user, in one read. */
export interface UserForLogIn {
  readonly user: User
  readonly isDisabled: boolean
  readonly passwordHash: string | null
  /** Whether the browser that asks has logged in to this user before. */
  readonly isKnownDevice: boolean
}

const USER_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

const findById = perSchema((schema) =>
  statement<UserColumns>(
    `select id, email, confirmed_at, created_at from ${schema}.users where id = $1 and disabled_at is null`,
  ),
)

/** Makes a `User` of its columns. */
export function userOf(columns: UserColumns): User {
  return { id: columns.id, email: columns.email, confirmedAt: columns.confirmed_at, createdAt: columns.created_at }
}

/** Finds a user who may use the product by id; disabled users and texts that are no id are null. */
export async function findUser(server: Server, id: string): Promise<User | null> {
  if (!USER_ID.test(id)) return null
  const [row] = await findById(server.config.quotedSchema)(server.db, [id])
  return row ? userOf(row) : null
}

/** Finds a user who may use the product by address. */
export async function findUserByEmail(db: SigraDb, email: EmailAddress): Promise<User | null> {
  const row = await db
    .selectFrom('users')
    .select(['id', 'email', 'confirmed_at', 'created_at'])
    .where('email_key', '=', email.key)
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
  return row ? userOf(row) : null
}

/** Finds the user behind an address with password and device mark, in one read; null where nobody has the address. */
export async function findUserForLogIn(
  db: SigraDb,
  email: EmailAddress,
  deviceHash: Buffer | null,
): Promise<UserForLogIn | null> {
  const row = await db
    .selectFrom('users as u')
    .leftJoin('passwords as p', 'p.user_id', 'u.id')
    .leftJoin('known_devices as d', (join) => join.onRef('d.user_id', '=', 'u.id').on('d.device_hash', '=', deviceHash))
    .select([
      'u.id',
      'u.email',
      'u.confirmed_at',
      'u.created_at',
      'u.disabled_at',
      'p.hash',
      'd.first_seen_at as device_since',
    ])
    .where('u.email_key', '=', email.key)
    .executeTakeFirst()
  if (!row) return null
  return {
    user: userOf(row),
    isDisabled: row.disabled_at !== null,
    passwordHash: row.hash,
    isKnownDevice: row.device_since !== null,
  }
}

/** Inserts a user unless somebody has the address, and locks whichever it is. Races end at the unique key. */
export async function insertUser(
  tx: SigraTx,
  user: { readonly email: EmailAddress; readonly confirmedAt: Date | null; readonly now: Date },
): Promise<LockedUser & { readonly isNew: boolean }> {
  const inserted = await tx
    .insertInto('users')
    .values({
      id: randomId(),
      email: user.email.text,
      email_key: user.email.key,
      confirmed_at: user.confirmedAt,
      disabled_at: null,
      created_at: user.now,
    })
    .onConflict((conflict) => conflict.column('email_key').doNothing())
    .returning('id')
    .executeTakeFirst()
  // Read in both cases: a taken address must not cost another number of statements than a free one.
  const locked = await lockUserByEmail(tx, user.email)
  if (locked === null) throw new Fault('a user was neither inserted nor found')
  return { ...locked, isNew: inserted !== undefined }
}

/** A user whose row stays locked until the transaction ends. */
export interface LockedUser {
  readonly user: User
  readonly isDisabled: boolean
  readonly emailKey: string
}

const LOCKED = ['id', 'email', 'email_key', 'confirmed_at', 'created_at', 'disabled_at'] as const

/** Locks a user, so that confirming, disabling and logging in take turns. */
export async function lockUser(tx: SigraTx, id: string): Promise<LockedUser | null> {
  const row = await tx.selectFrom('users').select(LOCKED).where('id', '=', id).forUpdate().executeTakeFirst()
  return row ? { user: userOf(row), isDisabled: row.disabled_at !== null, emailKey: row.email_key } : null
}

/** Locks the user behind an address. */
export async function lockUserByEmail(tx: SigraTx, email: EmailAddress): Promise<LockedUser | null> {
  const row = await tx
    .selectFrom('users')
    .select(LOCKED)
    .where('email_key', '=', email.key)
    .forUpdate()
    .executeTakeFirst()
  return row ? { user: userOf(row), isDisabled: row.disabled_at !== null, emailKey: row.email_key } : null
}

/** Marks the address as proven, in the spelling that was; the caller holds the lock. */
export async function confirmUser(
  tx: SigraTx,
  user: User,
  proof: { readonly email: string; readonly now: Date },
): Promise<void> {
  await tx
    .updateTable('users')
    .set({ confirmed_at: proof.now, email: proof.email })
    .where('id', '=', user.id)
    .where('confirmed_at', 'is', null)
    .execute()
}
