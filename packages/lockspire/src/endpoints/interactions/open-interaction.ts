/** Finds the interaction of a request and decides whether this browser and this account may go on with it. */
import { equalBytes, hmac, type Secret } from '#base/secrets.js'

import { isSameBrowser } from '../../browser-cookie.js'
import type { Connection, FoundAccount, ResolverContext } from '../../host.js'
import { findInteraction, type Interaction } from '../../records/interactions/interaction.js'
import { browserContext } from '../../resolver-context.js'
import { isRegisteredRedirectUri } from '../../rules/redirect-uri.js'
import { isFresh } from '../../rules/prompt.js'
import type { Server } from '../../server.js'

/** Which interaction, from which browser. */
export interface InteractionCall {
  readonly interactionId: string
  readonly connection: Connection<unknown>
  readonly browser: Secret | null
  readonly requestId: string
}

/** Why an interaction cannot go on at all. */
export type ClosedReason = 'unknown' | 'expired' | 'ended' | 'client_gone'

/** Why it cannot go on for who is logged in now. */
export type AccountDecision =
  | { readonly kind: 'ready'; readonly account: FoundAccount }
  | { readonly kind: 'log_in'; readonly reason: 'unauthenticated' | 'reauthenticate' | 'other_account' }
  | { readonly kind: 'fail'; readonly reason: 'claims_failed' | 'login_required' }
  | { readonly kind: 'other_account' }

/** What a call found. */
export type OpenInteraction =
  | { readonly kind: 'closed'; readonly reason: ClosedReason }
  | {
      readonly kind: 'open'
      readonly interaction: Interaction
      readonly context: ResolverContext
      readonly decision: AccountDecision
    }

/** Whether an interaction is open for this browser; whoever is not that browser learns nothing about it. */
export function decideOpen(interaction: Interaction | null, browser: Secret | null, now: Date): ClosedReason | null {
  if (interaction === null || !isSameBrowser(browser, interaction.browserHash)) return 'unknown'
  if (interaction.endedAt !== null) return 'ended'
  if (interaction.expiresAt.getTime() <= now.getTime()) return 'expired'
  const { client, request } = interaction
  const isGone = client.disabledAt !== null || !isRegisteredRedirectUri(client.redirectUris, request.redirectUri)
  return isGone ? 'client_gone' : null
}

/** How often a browser may come back from the log in page as it went, before the host is taken for unable to log in. */
const MOST_LOG_INS = 10
const MOST_REAUTHENTICATIONS = 3

type Found =
  | { readonly ok: true; readonly value: FoundAccount }
  | { readonly ok: false; readonly reason: 'unauthenticated' | 'claims_failed' }

/** Decides by who is logged in now; pure. */
export function decideAccount(interaction: Interaction, found: Found): AccountDecision {
  if (!found.ok && found.reason === 'claims_failed') return { kind: 'fail', reason: 'claims_failed' }
  if (!found.ok) {
    return interaction.logInRedirects >= MOST_LOG_INS
      ? { kind: 'fail', reason: 'login_required' }
      : { kind: 'log_in', reason: 'unauthenticated' }
  }
  const account = found.value
  const { subjectHint } = interaction.request
  if (subjectHint !== null && subjectHint !== account.subject) {
    return interaction.logInRedirects >= MOST_REAUTHENTICATIONS
      ? { kind: 'fail', reason: 'login_required' }
      : { kind: 'log_in', reason: 'other_account' }
  }
  if (!isFresh(account.authentication, interaction.authenticateAfter)) {
    // A host that does not tell when somebody authenticated cannot prove it by asking again.
    const isHopeless = account.authentication === null && interaction.logInRedirects > 0
    return isHopeless || interaction.logInRedirects >= MOST_REAUTHENTICATIONS
      ? { kind: 'fail', reason: 'login_required' }
      : { kind: 'log_in', reason: 'reauthenticate' }
  }
  if (interaction.subject !== null && interaction.subject !== account.subject) return { kind: 'other_account' }
  return { kind: 'ready', account }
}

/** Reads the interaction and asks the host who is logged in; changes nothing. */
export async function openInteraction(server: Server, call: InteractionCall): Promise<OpenInteraction> {
  const interaction = isInteractionId(call.interactionId) ? await findInteraction(server, call.interactionId) : null
  const closed = decideOpen(interaction, call.browser, server.clock.now())
  if (closed !== null || interaction === null) return { kind: 'closed', reason: closed ?? 'unknown' }
  const { client, request } = interaction
  const context = browserContext(server, { purpose: 'consent', interactionId: interaction.id, client, request })
  const found = await server.accounts.current(call.connection, context)
  return { kind: 'open', interaction, context, decision: decideAccount(interaction, found) }
}

/** Whether a text can name an interaction. */
export function isInteractionId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}

/** Ties a consent page to the account it was shown to, so that another one, logged in meanwhile in another tab, does not answer it. */
export function accountMark(server: Server, interactionId: string, subject: string): string {
  return hmac(server.keys.hmacKey('consent-page'), interactionId, subject).toString('base64url')
}

/** Whether a page was shown to this account. */
export function isShownTo(
  server: Server,
  mark: string | undefined,
  shown: { readonly interactionId: string; readonly subject: string },
): boolean {
  const own = accountMark(server, shown.interactionId, shown.subject)
  return mark !== undefined && equalBytes(Buffer.from(mark, 'utf8'), Buffer.from(own, 'utf8'))
}
