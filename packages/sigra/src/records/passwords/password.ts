/**
 * Passwords: at most one hash a user, apart from the user so that reading users never reads hashes.
 *
 * (1) Only PHC strings that carry algorithm, parameters and salt are stored.
 * (2) Before the address is confirmed, the hash only proves that somebody registered; confirming replaces it.
 */
import type { SigraTx } from '../../server.js'

/** Sets the password, whatever was there. */
export async function setPassword(tx: SigraTx, userId: string, hash: string, now: Date): Promise<void> {
  await tx
    .insertInto('passwords')
    .values({ user_id: userId, hash, set_at: now })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ hash, set_at: now }))
    .execute()
}

/** Sets the password only where there is none and the address is not confirmed; registering again changes nothing. */
export async function insertFirstPassword(
  tx: SigraTx,
  userId: string,
  first: { readonly hash: string; readonly now: Date },
): Promise<void> {
  await tx
    .insertInto('passwords')
    .columns(['user_id', 'hash', 'set_at'])
    .expression((builder) =>
      builder
        .selectFrom('users')
        .select((select) => [
          'id as user_id',
          select.val(first.hash).as('hash'),
          select.cast<Date>(select.val(first.now), 'timestamptz').as('set_at'),
        ])
        .where('id', '=', userId)
        .where('confirmed_at', 'is', null)
        .where('disabled_at', 'is', null),
    )
    .onConflict((conflict) => conflict.column('user_id').doNothing())
    .execute()
}

/** Replaces a weaker hash of the same password, unless the password was changed meanwhile. */
export async function upgradePassword(
  tx: SigraTx,
  userId: string,
  hashes: { readonly from: string; readonly to: string },
): Promise<boolean> {
  const result = await tx
    .updateTable('passwords')
    .set({ hash: hashes.to })
    .where('user_id', '=', userId)
    .where('hash', '=', hashes.from)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Locks and reads the hash a log in was decided by; null where it changed or went away meanwhile. */
export async function isPasswordUnchanged(tx: SigraTx, userId: string, hash: string): Promise<boolean> {
  const row = await tx
    .selectFrom('passwords')
    .select('user_id')
    .where('user_id', '=', userId)
    .where('hash', '=', hash)
    .forShare()
    .executeTakeFirst()
  return row !== undefined
}
