/** Placeholder. */
import type { Secret } from '#base/secrets.js'
import type { LocalPath } from '#base/local-path.js'
import type { EmailAddress } from '../../rules/email-address.js'
import type { Server } from '../../server.js'
export async function requestConfirmation(_server: Server, _asked: { email: EmailAddress; passwordHash: string; returnTo: LocalPath | null; requestId: string }): Promise<Secret | null> { return null }
