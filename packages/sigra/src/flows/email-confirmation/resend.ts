/** Asking for another confirmation mail, from the browser that registered or with nothing but an address. */
import { findSecretOfBrowser } from '../../records/one-time-secrets/one-time-secret.js'
import { requestConfirmation, type RequestedConfirmation } from '../../records/one-time-secrets/request-confirmation.js'
import { parseEmailAddress, type EmailAddressReason } from '../../rules/email-address.js'
import type { Server } from '../../server.js'

/** What came of it; nothing in it depends on whose address it is. */
export type ResendAnswer =
  | RequestedConfirmation
  | { readonly ok: false; readonly reason: `email_${EmailAddressReason}` }

/** Sends the mail again; what the browser chose when it registered stays with it. Refuses: throttled, email_…. */
export async function resend(
  server: Server,
  asked: { readonly pendingSecret: string | undefined; readonly email: string | undefined; readonly requestId: string },
): Promise<ResendAnswer> {
  const pending =
    asked.email === undefined && asked.pendingSecret !== undefined
      ? await findSecretOfBrowser(server.db, asked.pendingSecret)
      : null
  const email = parseEmailAddress(pending?.sentTo ?? asked.email)
  if (!email.ok) return { ok: false, reason: `email_${email.reason}` }
  return requestConfirmation(server, {
    email: email.value,
    passwordHash: pending?.passwordHash ?? null,
    returnTo: pending?.returnTo ?? null,
    requestId: asked.requestId,
  })
}
