/** What userinfo tells (OpenID Connect Core §5.3): the account's claims that the token's scopes release, while its grant stands. */
import { ok, refuse, type Result } from '#base/result.js'

import { recordEvent } from '../../records/audit/events.js'
import {
  liveGrantOf,
  verifyAccessToken,
  type AccessTokenReason,
  type VerifiedAccessToken,
} from '../../records/tokens/access-token.js'
import type { LiveGrant } from '../../records/tokens/grant.js'
import { releasedClaims } from '../../rules/released-claims.js'
import type { Server } from '../../server.js'

/** Why nothing is told. */
export type UserinfoReason = AccessTokenReason | 'insufficient_scope' | 'grant_ended' | 'account_gone' | 'claims_failed'

/** The claims as they go over the wire; `sub` is always among them. */
export type Userinfo = { readonly sub: string } & Readonly<Record<string, unknown>>

/** Verifies the token, asks the store once whether its grant stands and the host who it is. */
export async function userinfo(
  server: Server,
  token: string,
  requestId: string,
): Promise<Result<Userinfo, UserinfoReason>> {
  const now = server.clock.now()
  const verified = await verifyAccessToken(server, token, now)
  // What is not even ours leaves no trace: anybody may send anything here.
  if (!verified.ok) return verified
  const answer = await tell(server, verified.value, now)
  if (answer.ok) return answer
  await recordEvent(server, {
    at: now,
    event: 'userinfo.refused',
    outcome: 'refused',
    reason: answer.reason,
    actor: { kind: 'client', id: verified.value.clientId },
    subject: verified.value.subject,
    object: verified.value.grantId,
    requestId,
  })
  return answer
}

async function tell(server: Server, token: VerifiedAccessToken, now: Date): Promise<Result<Userinfo, UserinfoReason>> {
  if (!token.scopes.includes('openid')) return refuse('insufficient_scope')
  const grant = await liveGrantOf(server, token, now)
  if (!grant) return refuse('grant_ended')
  const account = await server.accounts.byReference(grant.subject, contextOf(server, token, grant))
  if (!account.ok) return refuse(account.reason === 'not_found' ? 'account_gone' : 'claims_failed')
  const released = releasedClaims(account.value.claims, token.scopes, server.config.scopes)
  return ok({ ...released, sub: grant.subject })
}

function contextOf(server: Server, token: VerifiedAccessToken, grant: LiveGrant) {
  return {
    issuer: server.config.issuer,
    purpose: 'userinfo',
    returnTo: '',
    client: { id: token.clientId, name: grant.clientName },
    scopes: token.scopes,
    resources: grant.resources,
  } as const
}
