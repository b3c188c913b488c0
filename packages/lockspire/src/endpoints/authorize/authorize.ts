/** An authorization request is answered now, sent to log in, sent to the consent page, or refused (OpenID Connect Core §3.1.2). */
import type { Form } from '#base/request.js'
import { hashSecret, type Secret } from '#base/secrets.js'

import { newBrowserSecret } from '../../browser-cookie.js'
import type { Connection, FoundAccount, ResolverContext } from '../../host.js'
import type { AuthorizationErrorCode } from '../../oauth-error.js'
import { recordEvent } from '../../records/audit/events.js'
import { findClient, type Client } from '../../records/clients/client.js'
import { mayRemember } from '../../records/consents/consent.js'
import {
  endInteraction,
  insertInteraction,
  newInteractionId,
  type AuthorizationRequest,
} from '../../records/interactions/interaction.js'
import { issueOnRememberedConsent } from '../../records/tokens/authorization-code.js'
import { verifyIdTokenHint } from '../../records/tokens/id-token-hint.js'
import { browserContext } from '../../resolver-context.js'
import type { ResponseTarget } from '../../respond.js'
import { authenticateAfter, isFresh } from '../../rules/prompt.js'
import type { Server } from '../../server.js'
import {
  parseAuthorizationRequest,
  parseIdentity,
  proveTarget,
  readIdTokenHint,
  readTarget,
  requestRefusals,
  type PageReason,
  type RequestReason,
} from './authorization-request.js'

/** Who asks, with what, from which browser. */
export interface AuthorizeCall {
  readonly form: Form
  readonly connection: Connection<unknown>
  /** The secret of the browser's cookie, if it has one. */
  readonly browser: Secret | null
  readonly requestId: string
}

/** What the browser gets. */
export type AuthorizeAnswer =
  | { readonly kind: 'page'; readonly reason: PageReason }
  | {
      readonly kind: 'error'
      readonly target: ResponseTarget
      readonly error: AuthorizationErrorCode
      readonly description?: string
    }
  | { readonly kind: 'code'; readonly target: ResponseTarget; readonly code: Secret }
  | {
      readonly kind: 'log_in'
      readonly client: Client
      readonly target: ResponseTarget
      readonly interactionId: string
      readonly context: ResolverContext
      readonly browser: Secret
    }
  | { readonly kind: 'consent'; readonly interactionId: string; readonly browser: Secret }

/** Why a valid request cannot be answered with a code. */
type RefusalReason = RequestReason | 'log_in_failed' | 'claims_failed' | 'login_required' | 'consent_required'

/** What to do for this account; the reasons to log in are the resolver's. */
export type AuthorizeDecision =
  | { readonly kind: 'refuse'; readonly reason: 'login_required' | 'consent_required' | 'claims_failed' }
  | { readonly kind: 'log_in'; readonly reason: 'unauthenticated' | 'reauthenticate' | 'other_account' }
  | { readonly kind: 'ask_consent' }
  | { readonly kind: 'use_remembered' }

type Found =
  | { readonly ok: true; readonly value: FoundAccount }
  | { readonly ok: false; readonly reason: 'unauthenticated' | 'claims_failed' }

/** Decides by who is logged in and what `prompt` and `max_age` ask; pure. */
export function decideAuthorize(
  request: AuthorizationRequest,
  seen: { readonly found: Found; readonly mayRemember: boolean },
  now: Date,
): AuthorizeDecision {
  const { found } = seen
  const isSilent = request.prompts.includes('none')
  if (!found.ok && found.reason === 'claims_failed') return { kind: 'refuse', reason: 'claims_failed' }
  if (!found.ok)
    return isSilent ? { kind: 'refuse', reason: 'login_required' } : { kind: 'log_in', reason: 'unauthenticated' }
  if (request.subjectHint !== null && request.subjectHint !== found.value.subject) {
    return isSilent ? { kind: 'refuse', reason: 'login_required' } : { kind: 'log_in', reason: 'other_account' }
  }
  // `login` wants an authentication after this request, which an account that is already here cannot have.
  const isStale =
    request.prompts.includes('login') || !isFresh(found.value.authentication, authenticateAfter(request, now))
  if (isStale)
    return isSilent ? { kind: 'refuse', reason: 'login_required' } : { kind: 'log_in', reason: 'reauthenticate' }
  const mustAsk = !seen.mayRemember || request.prompts.includes('consent') || request.prompts.includes('select_account')
  if (!mustAsk) return { kind: 'use_remembered' }
  return isSilent ? { kind: 'refuse', reason: 'consent_required' } : { kind: 'ask_consent' }
}

/** Answers one authorization request; writes exactly what the answer needs, in one statement. */
export async function authorize(server: Server, call: AuthorizeCall): Promise<AuthorizeAnswer> {
  const identity = parseIdentity(call.form)
  if (!identity.ok) return refuseWithPage(server, call, { reason: identity.reason, clientId: null })
  const client = await findClient(server, identity.value.clientId)
  const proven = proveTarget(client, identity.value.redirectUri)
  if (!proven.ok) return refuseWithPage(server, call, { reason: proven.reason, clientId: client?.clientId ?? null })

  const target = readTarget(call.form, identity.value.redirectUri)
  const parsed = parseAuthorizationRequest(call.form, { client: proven.value, target }, server.config)
  if (!parsed.ok) return refuseToClient(server, call, { client: proven.value, target, reason: parsed.reason })
  const hint = readIdTokenHint(call.form)
  const subject = hint === null ? null : await verifyIdTokenHint(server, hint, proven.value.clientId)
  if (subject?.ok === false)
    return refuseToClient(server, call, { client: proven.value, target, reason: 'id_token_hint_not_ours' })
  const request = subject === null ? parsed.value : { ...parsed.value, subjectHint: subject.value }
  return continueFor(server, call, { client: proven.value, target, request })
}

interface Proven {
  readonly client: Client
  readonly target: ResponseTarget
  readonly request: AuthorizationRequest
}

async function continueFor(server: Server, call: AuthorizeCall, proven: Proven): Promise<AuthorizeAnswer> {
  const { client, target, request } = proven
  const interactionId = newInteractionId()
  const context = browserContext(server, { purpose: 'authorize', interactionId, client, request })
  const found = await server.accounts.current(call.connection, context)
  const decision = decideAuthorize(
    request,
    { found, mayRemember: mayRemember(client, request.redirectUri) },
    server.clock.now(),
  )
  if (decision.kind === 'refuse') return refuseToClient(server, call, { client, target, reason: decision.reason })
  if (decision.kind === 'log_in') {
    const browser = await startInteraction(server, call, { ...proven, interactionId, subject: null })
    return { kind: 'log_in', client, target, interactionId, context: { ...context, reason: decision.reason }, browser }
  }
  const account = found.ok ? found.value : null
  if (decision.kind === 'use_remembered' && account) {
    const code = await issueOnRememberedConsent(server, { client, request, account, requestId: call.requestId })
    if (code) return { kind: 'code', target, code }
    if (request.prompts.includes('none'))
      return refuseToClient(server, call, { client, target, reason: 'consent_required' })
  }
  const browser = await startInteraction(server, call, { ...proven, interactionId, subject: account?.subject ?? null })
  return { kind: 'consent', interactionId, browser }
}

/** Ends the interaction of a person whom the host could not send to log in, and tells the client. */
export async function abandonLogIn(
  server: Server,
  requestId: string,
  begun: { readonly client: Client; readonly target: ResponseTarget; readonly interactionId: string },
): Promise<AuthorizeAnswer> {
  const { client, target, interactionId } = begun
  await endInteraction(
    server,
    { id: interactionId },
    {
      outcome: 'failed',
      subject: null,
      event: {
        at: server.clock.now(),
        event: 'interaction.refused',
        outcome: 'refused',
        reason: 'log_in_failed',
        actor: { kind: 'client', id: client.clientId },
        object: interactionId,
        requestId,
        fields: { client: client.clientId, error: refusals.log_in_failed.error },
      },
    },
  )
  return { kind: 'error', target, ...refusals.log_in_failed }
}

async function startInteraction(
  server: Server,
  call: AuthorizeCall,
  started: Proven & { readonly interactionId: string; readonly subject: string | null },
): Promise<Secret> {
  const browser = call.browser ?? newBrowserSecret()
  await insertInteraction(server, {
    id: started.interactionId,
    browserHash: hashSecret(browser.reveal()),
    client: started.client,
    request: started.request,
    subject: started.subject,
    // Whoever is asked for consent right now was fresh enough a moment ago, and stays so for this interaction.
    authenticateAfter: authenticateAfter(started.request, server.clock.now()),
    requestId: call.requestId,
  })
  return browser
}

async function refuseWithPage(
  server: Server,
  call: AuthorizeCall,
  refused: { readonly reason: PageReason; readonly clientId: string | null },
): Promise<AuthorizeAnswer> {
  await recordEvent(server, {
    at: server.clock.now(),
    event: 'authorization_request.refused',
    outcome: 'refused',
    reason: refused.reason,
    actor: refused.clientId === null ? { kind: 'anonymous' } : { kind: 'client', id: refused.clientId },
    requestId: call.requestId,
  })
  return { kind: 'page', reason: refused.reason }
}

async function refuseToClient(
  server: Server,
  call: AuthorizeCall,
  refused: { readonly client: Client; readonly target: ResponseTarget; readonly reason: RefusalReason },
): Promise<AuthorizeAnswer> {
  const answer = refusals[refused.reason]
  await recordEvent(server, {
    at: server.clock.now(),
    event: 'authorization_request.refused',
    outcome: 'refused',
    reason: refused.reason,
    actor: { kind: 'client', id: refused.client.clientId },
    requestId: call.requestId,
    fields: { error: answer.error },
  })
  return { kind: 'error', target: refused.target, ...answer }
}

/** What the client hears. */
const refusals = {
  ...requestRefusals,
  log_in_failed: { error: 'server_error', description: 'log in is not available' },
  claims_failed: { error: 'server_error', description: 'the account could not be read' },
  login_required: { error: 'login_required', description: 'the person has to log in' },
  consent_required: { error: 'consent_required', description: 'the person has to allow this' },
} satisfies Record<RefusalReason, { readonly error: AuthorizationErrorCode; readonly description: string }>
