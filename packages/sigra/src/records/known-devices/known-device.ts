/**
 * Known devices: browsers that logged in to a user before.
 *
 * (1) A device is known for one user only, by SHA-256 of a random secret in its cookie.
 * (2) Being known gives a bucket of attempts of its own, and nothing else: it is no credential.
 */
import { hashSecret } from '#base/secrets.js'

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

/** Forgets every device of a user. */
export async function forgetDevices(tx: SigraTx, userId: string): Promise<void> {
  await tx.deleteFrom('known_devices').where('user_id', '=', userId).execute()
}
