/** What the proof of an address changes: the user is confirmed, and whatever was set before the proof is void. */
import type { SigraTx } from '../../server.js'
import { forgetDevices } from '../known-devices/known-device.js'
import { setPassword } from '../passwords/password.js'
import { endSessionsOf } from '../sessions/session.js'
import { confirmUser, type User } from '../users/user.js'

/**
 * Confirms a user, for the first time.
 *
 * Somebody else may have registered the address before its owner did. Their spelling, password, sessions and device marks end here;
 * what holds is the password that came with the proof. The caller holds the user's lock.
 */
export async function proveAddress(
  tx: SigraTx,
  user: User,
  proof: { readonly sentTo: string; readonly passwordHash: string; readonly now: Date },
): Promise<void> {
  await confirmUser(tx, user, { email: proof.sentTo, now: proof.now })
  await setPassword(tx, user.id, proof.passwordHash, proof.now)
  await endSessionsOf(tx, user.id, { reason: 'address_proven', now: proof.now })
  await forgetDevices(tx, user.id)
}
