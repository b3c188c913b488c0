/**
 * Known devices: browsers that logged in to a user before, or whose person opened a link mailed to the user.
 *
 * (1) A device is known for one user only, by SHA-256 of a random secret in its cookie.
 * (2) Being known gives a bucket of attempts of its own, and nothing else: it is no credential.
 */
import { hashSecret, randomSecret, secret, type Secret } from '#base/secrets.js'

import { secretPrefixes } from '../../cookies.js'
import type { SigraTx } from '../../server.js'

/** Remembers that this browser logged in to this user. */
export async function rememberDevice(
  tx: SigraTx,
  userId: string,
  device: { readonly secret: string; readonly now: Date },
): Promise<void> {
  await tx
    .insertInto('known_devices')
    .values({
      user_id: userId,
      device_hash: hashSecret(device.secret),
      first_seen_at: device.now,
      last_seen_at: device.now,
    })
    .onConflict((conflict) => conflict.columns(['user_id', 'device_hash']).doUpdateSet({ last_seen_at: device.now }))
    .execute()
}

/**
 * Makes a browser known to a user without a log in; answers the secret of its mark.
 *
 * A browser that is known already is marked anew, because what stopped it are the attempts counted on its old mark.
 */
export async function knowBrowser(
  tx: SigraTx,
  userId: string,
  browser: { readonly secret: string | undefined; readonly now: Date },
): Promise<Secret> {
  const fresh = randomSecret(secretPrefixes.device)
  const known =
    browser.secret === undefined
      ? undefined
      : await tx
          .selectFrom('known_devices')
          .select('user_id')
          .where('user_id', '=', userId)
          .where('device_hash', '=', hashSecret(browser.secret))
          .executeTakeFirst()
  const mark = browser.secret === undefined || known !== undefined ? fresh : secret(browser.secret)
  await rememberDevice(tx, userId, { secret: mark.reveal(), now: browser.now })
  return mark
}

/** Forgets every device of a user. */
export async function forgetDevices(tx: SigraTx, userId: string): Promise<void> {
  await tx.deleteFrom('known_devices').where('user_id', '=', userId).execute()
}
