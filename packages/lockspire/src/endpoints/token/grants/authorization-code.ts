/** Authorization code grant (RFC 6749 §4.1.3) with its proof key (RFC 7636 §4.5). */
import { secondsAfter } from '#base/clock.js'
import type { Form } from '#base/request.js'
import { exhaustive, ok, refuse, type Result } from '#base/result.js'
import { hashSecret } from '#base/secrets.js'

import type { CheckedClaims } from '../../../host.js'
import type { JsonErrorCode } from '../../../oauth-error.js'
import { recordEvent, type EventRecord } from '../../../records/audit/events.js'
import type { PresentedClient } from '../../../records/clients/authenticate-client.js'
import { issueTokens, type IssuedTokens, type TokenOrder } from '../../../records/tokens/issue-tokens.js'
import {
  burnCode,
  findPresentedCode,
  redeemCode,
  revokeReusedCode,
  type PresentedCode,
} from '../../../records/tokens/redeem-code.js'
import { newRefreshToken } from '../../../records/tokens/refresh-token.js'
import { verifierMatches } from '../../../rules/pkce.js'
import { narrowReach, type Bounds, type Reach } from '../../../rules/reach.js'
import { releasedClaims } from '../../../rules/released-claims.js'
import type { Server } from '../../../server.js'
import {
  acceptClient,
  recordRefusal,
  refusalEvent,
  sharedRefusals,
  type Grant,
  type SharedReason,
  type TokenRequest,
} from '../token-request.js'

type ParseReason = 'missing_code' | 'missing_redirect_uri' | 'missing_verifier'

type CodeReason =
  | 'unknown_code'
  | 'other_client'
  | 'spent'
  | 'expired'
  | 'consent_revoked'
  | 'wrong_verifier'
  | 'wrong_redirect_uri'
  | 'resource_widened'
  | 'scope_widened'
  | 'reused'
  | 'no_longer_valid'

type Reason = ParseReason | CodeReason | SharedReason

// 1. validated input
interface CodeRequest {
  readonly codeHash: Buffer
  readonly redirectUri: string
  readonly verifier: string
  readonly resources: readonly string[] | null
}

function parseCodeRequest(form: Form): Result<CodeRequest, ParseReason> {
  const code = form.get('code')
  const redirectUri = form.get('redirect_uri')
  const verifier = form.get('code_verifier')
  const resources = form.all('resource').filter((resource) => resource !== '')
  if (!code) return refuse('missing_code')
  if (!redirectUri) return refuse('missing_redirect_uri')
  if (!verifier) return refuse('missing_verifier')
  return ok({ codeHash: hashSecret(code), redirectUri, verifier, resources: resources.length === 0 ? null : resources })
}

// 2. domain decision: pure, ordered by what the caller has proven. Only the code's own client can spend it by a wrong
//    verifier, and only whoever also holds the verifier can make a redeemed grant die.
type Decision =
  | { readonly kind: 'refuse'; readonly reason: CodeReason }
  | { readonly kind: 'burn'; readonly code: PresentedCode }
  | { readonly kind: 'reuse'; readonly code: PresentedCode }
  | { readonly kind: 'redeem'; readonly code: PresentedCode; readonly reach: Reach }

/** Decides over a presented code. */
export function decideRedemption(
  code: PresentedCode | null,
  asked: Omit<CodeRequest, 'codeHash'>,
  client: Pick<PresentedClient, 'id'>,
  rest: { readonly bounds: Bounds; readonly now: Date },
): Decision {
  if (!code) return { kind: 'refuse', reason: 'unknown_code' }
  if (code.clientId !== client.id) return { kind: 'refuse', reason: 'other_client' }
  const isProven = verifierMatches(asked.verifier, code.codeChallenge)
  if (code.spentAt !== null) return isProven ? { kind: 'reuse', code } : { kind: 'refuse', reason: 'spent' }
  if (code.expiresAt <= rest.now) return { kind: 'refuse', reason: 'expired' }
  if (!isProven) return { kind: 'burn', code }
  if (asked.redirectUri !== code.redirectUri) return { kind: 'refuse', reason: 'wrong_redirect_uri' }
  if (code.isConsentRevoked) return { kind: 'refuse', reason: 'consent_revoked' }
  const reach = narrowReach(code, { scopes: null, resources: asked.resources }, rest.bounds)
  if (!reach.ok) return { kind: 'refuse', reason: reach.reason }
  return { kind: 'redeem', code, reach: reach.value }
}

// 3. one read, one write
async function exchange(server: Server, request: TokenRequest): Promise<Result<IssuedTokens, Reason>> {
  const asked = parseCodeRequest(request.form)
  if (!asked.ok) {
    await recordRefusal(server, request, { client: null, event: 'token_request.refused', reason: asked.reason })
    return asked
  }
  const { codeHash } = asked.value
  const read = await findPresentedCode(server, { clientId: request.credentials.clientId, codeHash })
  const accepted = await acceptClient(server, request, read.client)
  if (!accepted.ok) return accepted
  const client = accepted.value
  const bounds = { scopes: server.config.scopes, resources: server.config.resources, clientScopes: client.scopes }
  const decision = decideRedemption(read.code, asked.value, client, { bounds, now: request.now })

  switch (decision.kind) {
    case 'refuse':
      return refuseCode(server, request, { client, code: read.code, reason: decision.reason })
    case 'burn':
      return burn(server, request, { client, code: decision.code, reason: 'wrong_verifier' })
    case 'reuse':
      return revokeWinner(server, request, { client, code: decision.code })
    case 'redeem':
      return redeem(server, request, { client, activeKid: read.activeKid, code: decision.code, reach: decision.reach })
    default:
      return exhaustive(decision)
  }
}

interface Presented {
  readonly client: PresentedClient
  readonly code: PresentedCode
}

/** The event of a refusal of this code. */
function eventOf(
  request: TokenRequest,
  { client, code }: { readonly client: PresentedClient; readonly code: PresentedCode | null },
  event: 'authorization_code.refused' | 'authorization_code.reused',
  reason: Reason,
): EventRecord {
  return refusalEvent(request, { client, event, reason, subject: code?.subject, object: code?.id })
}

/** Refuses and changes nothing: the code stays as live as it was. */
async function refuseCode<Why extends Reason>(
  server: Server,
  request: TokenRequest,
  refused: { readonly client: PresentedClient; readonly code: PresentedCode | null; readonly reason: Why },
): Promise<Result<never, Why>> {
  await recordEvent(server, eventOf(request, refused, 'authorization_code.refused', refused.reason))
  return refuse(refused.reason)
}

/** Refuses and spends the code. */
async function burn<Why extends Reason>(
  server: Server,
  request: TokenRequest,
  refused: Presented & { readonly reason: Why },
): Promise<Result<never, Why>> {
  await burnCode(server, refused.code.id, eventOf(request, refused, 'authorization_code.refused', refused.reason))
  return refuse(refused.reason)
}

/** Somebody else redeemed this code: one of both is a thief, and nobody can tell which. */
async function revokeWinner(
  server: Server,
  request: TokenRequest,
  presented: Presented,
): Promise<Result<never, CodeReason>> {
  const event = eventOf(request, presented, 'authorization_code.reused', 'reused')
  if (await revokeReusedCode(server, presented.code.id, event)) return refuse('reused')
  // The code is not spent, so that no race was lost: its consent, client or lifetime ended after the read.
  return refuseCode(server, request, { ...presented, reason: 'no_longer_valid' })
}

interface Redeemable extends Presented {
  readonly reach: Reach
  readonly activeKid: string | null
}

async function redeem(
  server: Server,
  request: TokenRequest,
  redeemable: Redeemable,
): Promise<Result<IssuedTokens, Reason>> {
  const { client, code, reach } = redeemable
  const { now, requestId } = request
  const account = await server.accounts.byReference(code.subject, {
    issuer: server.config.issuer,
    purpose: 'code_exchange',
    returnTo: '',
    client: { id: client.clientId, name: client.name },
    ...reach,
  })
  if (!account.ok && account.reason === 'not_found') {
    return burn(server, request, { client, code, reason: 'account_gone' })
  }
  // The code stays live: the client may try again once the host is mended.
  if (!account.ok) return refuseCode(server, request, { client, code, reason: 'claims_failed' })
  // Signing comes before spending, so that a broken signer never costs a code.
  const key = await server.signingKeys.adopt(redeemable.activeKid)
  const order = orderOf(server, redeemable, account.value.claims, now)
  const issued = issueTokens(server, key, order, now)
  const isRedeemed = await redeemCode(server, {
    codeId: code.id,
    grantExpiresAt: order.grantExpiresAt,
    refreshToken: issued.refreshToken,
    accessToken: issued.storedAccessToken,
    event: {
      at: now,
      event: 'authorization_code.redeemed',
      outcome: 'ok',
      actor: { kind: 'client', id: client.clientId },
      subject: code.subject,
      object: code.id,
      requestId,
      fields: { grantId: code.grantId, ...reach },
    },
  })
  return isRedeemed ? ok(issued) : revokeWinner(server, request, { client, code })
}

function orderOf(server: Server, { client, code, reach }: Redeemable, claims: CheckedClaims, now: Date): TokenOrder {
  const { config } = server
  const mayRefresh = code.scopes.includes('offline_access') && client.grantTypes.includes('refresh_token')
  // Without a refresh token nothing of the grant outlives its one access token.
  const seconds = mayRefresh ? config.lifetimes.grantSeconds : config.lifetimes.accessTokenSeconds
  const grantExpiresAt = secondsAfter(now, seconds)
  const accountClaims = releasedClaims(claims, reach.scopes, config.scopes)
  return {
    ...reach,
    clientId: client.clientId,
    grantId: code.grantId,
    subject: code.subject,
    authentication: code.authentication,
    accessTokenFormat: client.accessTokenFormat,
    grantExpiresAt,
    refreshToken: mayRefresh ? newRefreshToken(server, now, grantExpiresAt) : null,
    idToken: reach.scopes.includes('openid') ? { nonce: code.nonce, sessionId: code.sessionId, accountClaims } : null,
  }
}

// 4. what the outside hears
const refusals = {
  ...sharedRefusals,
  missing_code: 'invalid_request',
  missing_redirect_uri: 'invalid_request',
  missing_verifier: 'invalid_request',
  unknown_code: 'invalid_grant',
  other_client: 'invalid_grant',
  spent: 'invalid_grant',
  expired: 'invalid_grant',
  consent_revoked: 'invalid_grant',
  wrong_verifier: 'invalid_grant',
  wrong_redirect_uri: 'invalid_grant',
  reused: 'invalid_grant',
  no_longer_valid: 'invalid_grant',
  resource_widened: 'invalid_target',
  scope_widened: 'invalid_scope',
} as const satisfies Record<Reason, JsonErrorCode>

/** Exchanges a code for tokens. */
export const authorizationCodeGrant = { type: 'authorization_code', exchange, refusals } satisfies Grant<Reason>
