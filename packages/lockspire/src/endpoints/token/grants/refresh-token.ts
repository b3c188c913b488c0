/** Refresh token grant (RFC 6749 §6); rotation and reuse (RFC 9700 §4.14). */
import type { Form } from '#base/request.js'
import { exhaustive, ok, refuse, type Result } from '#base/result.js'
import { hashSecret } from '#base/secrets.js'

import type { JsonErrorCode } from '../../../oauth-error.js'
import type { PresentedClient } from '../../../records/clients/authenticate-client.js'
import { revokeGrant } from '../../../records/tokens/grant.js'
import { issueTokens, type IssuedTokens } from '../../../records/tokens/issue-tokens.js'
import {
  findPresentedRefreshToken,
  newRefreshToken,
  revokeReusedRefreshToken,
  rotateRefreshToken,
  type PresentedRefreshToken,
} from '../../../records/tokens/refresh-token.js'
import { narrowReach, type Bounds, type Reach } from '../../../rules/reach.js'
import { parseScope } from '../../../rules/scope.js'
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

type ParseReason = 'missing_token' | 'malformed_scope'

type TokenReason =
  | 'unknown_token'
  | 'other_client'
  | 'revoked'
  | 'expired'
  | 'consent_revoked'
  | 'reused'
  | 'no_longer_valid'
  | 'scope_widened'
  | 'resource_widened'

type Reason = ParseReason | TokenReason | SharedReason

// 1. validated input
interface RefreshRequest {
  readonly tokenHash: Buffer
  readonly scopes: readonly string[] | null
  readonly resources: readonly string[] | null
}

function parseRefreshRequest(form: Form): Result<RefreshRequest, ParseReason> {
  const token = form.get('refresh_token')
  const scope = form.get('scope')
  const resources = form.all('resource').filter((resource) => resource !== '')
  if (!token) return refuse('missing_token')
  const scopes = scope ? parseScope(scope) : null
  if (scopes && !scopes.ok) return refuse('malformed_scope')
  return ok({
    tokenHash: hashSecret(token),
    scopes: scopes?.value ?? null,
    resources: resources.length === 0 ? null : resources,
  })
}

// 2. domain decision: pure, ordered by what the caller has proven, so that only the token's own client can make a family die.
type Decision =
  | { readonly kind: 'refuse'; readonly reason: TokenReason }
  | { readonly kind: 'reuse'; readonly token: PresentedRefreshToken }
  | { readonly kind: 'rotate'; readonly token: PresentedRefreshToken; readonly reach: Reach }

/** Decides over a presented refresh token. */
export function decideRefresh(
  token: PresentedRefreshToken | null,
  asked: Omit<RefreshRequest, 'tokenHash'>,
  client: Pick<PresentedClient, 'id'>,
  rest: { readonly bounds: Bounds; readonly now: Date },
): Decision {
  if (!token) return { kind: 'refuse', reason: 'unknown_token' }
  const { grant } = token
  if (grant.clientId !== client.id) return { kind: 'refuse', reason: 'other_client' }
  if (grant.isRevoked) return { kind: 'refuse', reason: 'revoked' }
  // Before expiry: a spent token that comes back is a copy, however old it is.
  if (token.spentAt !== null) return { kind: 'reuse', token }
  if (token.expiresAt <= rest.now || grant.expiresAt <= rest.now) return { kind: 'refuse', reason: 'expired' }
  if (grant.isConsentRevoked) return { kind: 'refuse', reason: 'consent_revoked' }
  const reach = narrowReach(grant, asked, rest.bounds)
  if (!reach.ok) return { kind: 'refuse', reason: reach.reason }
  return { kind: 'rotate', token, reach: reach.value }
}

// 3. one read, one write
async function exchange(server: Server, request: TokenRequest): Promise<Result<IssuedTokens, Reason>> {
  const asked = parseRefreshRequest(request.form)
  if (!asked.ok) {
    await recordRefusal(server, request, { client: null, event: 'token_request.refused', reason: asked.reason })
    return asked
  }
  const { tokenHash } = asked.value
  const read = await findPresentedRefreshToken(server, { clientId: request.credentials.clientId, tokenHash })
  const accepted = await acceptClient(server, request, read.client)
  if (!accepted.ok) return accepted
  const client = accepted.value
  const bounds = { scopes: server.config.scopes, resources: server.config.resources, clientScopes: client.scopes }
  const decision = decideRefresh(read.token, asked.value, client, { bounds, now: request.now })

  switch (decision.kind) {
    case 'refuse':
      return refuseToken(server, request, { client, token: read.token, reason: decision.reason })
    case 'reuse':
      return revokeFamily(server, request, { client, token: decision.token })
    case 'rotate':
      return rotate(server, request, {
        client,
        activeKid: read.activeKid,
        token: decision.token,
        reach: decision.reach,
      })
    default:
      return exhaustive(decision)
  }
}

interface Presented {
  readonly client: PresentedClient
  readonly token: PresentedRefreshToken
}

/** Refuses and changes nothing: the token stays as live as it was. */
async function refuseToken<Why extends Reason>(
  server: Server,
  request: TokenRequest,
  refused: { readonly client: PresentedClient; readonly token: PresentedRefreshToken | null; readonly reason: Why },
): Promise<Result<never, Why>> {
  const { client, token, reason } = refused
  const about = { client, subject: token?.grant.subject, object: token?.id }
  await recordRefusal(server, request, { ...about, event: 'refresh_token.refused', reason })
  return refuse(reason)
}

/** A token that was already exchanged came back: its owner or a thief has the child, and nobody can tell which. */
async function revokeFamily(
  server: Server,
  request: TokenRequest,
  { client, token }: Presented,
): Promise<Result<never, TokenReason>> {
  const about = { client, subject: token.grant.subject, object: token.id }
  const event = refusalEvent(request, { ...about, event: 'refresh_token.reused', reason: 'reused' })
  if (await revokeReusedRefreshToken(server, token.id, event)) return refuse('reused')
  // The token is not spent, so that no race was lost: its grant, consent or client ended after the read.
  return refuseToken(server, request, { client, token, reason: 'no_longer_valid' })
}

interface Rotatable extends Presented {
  readonly reach: Reach
  readonly activeKid: string | null
}

async function rotate(
  server: Server,
  request: TokenRequest,
  { client, token, reach, activeKid }: Rotatable,
): Promise<Result<IssuedTokens, Reason>> {
  const { now, requestId } = request
  const { grant } = token
  const account = await server.accounts.byReference(grant.subject, {
    issuer: server.config.issuer,
    purpose: 'refresh',
    returnTo: '',
    client: { id: client.clientId, name: client.name },
    ...reach,
  })
  if (!account.ok && account.reason === 'not_found') {
    const about = { client, subject: grant.subject, object: grant.id }
    const event = refusalEvent(request, { ...about, event: 'grant.revoked', reason: 'account_gone' })
    await revokeGrant(server, grant.id, 'account_gone', event)
    return refuse('account_gone')
  }
  // The token stays live: the client may try again once the host is mended.
  if (!account.ok) return refuseToken(server, request, { client, token, reason: 'claims_failed' })
  // Signing comes before spending, so that a broken signer never costs a refresh token.
  const key = await server.signingKeys.adopt(activeKid)
  const child = newRefreshToken(server, now, grant.expiresAt)
  const order = {
    ...reach,
    clientId: client.clientId,
    grantId: grant.id,
    subject: grant.subject,
    authentication: grant.authentication,
    accessTokenFormat: client.accessTokenFormat,
    grantExpiresAt: grant.expiresAt,
    refreshToken: child,
    idToken: null,
  }
  const issued = issueTokens(server, key, order, now)
  const isRotated = await rotateRefreshToken(server, {
    tokenId: token.id,
    grantId: grant.id,
    child,
    accessToken: issued.storedAccessToken,
    event: {
      at: now,
      event: 'refresh_token.rotated',
      outcome: 'ok',
      actor: { kind: 'client', id: client.clientId },
      subject: grant.subject,
      object: token.id,
      requestId,
      fields: { grantId: grant.id, generation: token.generation + 1, scopes: reach.scopes, resources: reach.resources },
    },
  })
  return isRotated ? ok(issued) : revokeFamily(server, request, { client, token })
}

// 4. what the outside hears
const refusals = {
  ...sharedRefusals,
  missing_token: 'invalid_request',
  malformed_scope: 'invalid_scope',
  unknown_token: 'invalid_grant',
  other_client: 'invalid_grant',
  revoked: 'invalid_grant',
  expired: 'invalid_grant',
  consent_revoked: 'invalid_grant',
  reused: 'invalid_grant',
  no_longer_valid: 'invalid_grant',
  scope_widened: 'invalid_scope',
  resource_widened: 'invalid_target',
} as const satisfies Record<Reason, JsonErrorCode>

/** Exchanges a refresh token for its child and a new access token. */
export const refreshTokenGrant = { type: 'refresh_token', exchange, refusals } satisfies Grant<Reason>
