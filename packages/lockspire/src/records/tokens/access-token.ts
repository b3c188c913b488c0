/** Verification of this server's own access tokens: JWTs in memory (RFC 9068 §4), opaque ones by their stored row. */
import { ok, refuse, type Result } from '#base/result.js'

import {
  parseAccessTokenClaims,
  type AccessTokenClaims,
  type AccessTokenClaimsReason,
} from '../../rules/access-token-claims.js'
import { parseJws, verifyJws, type JwsReason } from '../../rules/compact-jws.js'
import type { Server } from '../../server.js'
import { findLiveGrant, type LiveGrant } from './grant.js'
import { findAccessToken, isOpaqueAccessToken } from './opaque-access-token.js'

/** What proved a token: the key that signed it, or its row, which came with the grant if that is live. */
export type AccessTokenProof =
  | { readonly format: 'jwt'; readonly kid: string }
  | { readonly format: 'opaque'; readonly grant: LiveGrant | null }

/** A token that is ours and not expired; whether its grant still stands is for `liveGrantOf` to say. */
export interface VerifiedAccessToken extends AccessTokenClaims {
  readonly proof: AccessTokenProof
}

/** Why a bearer token is not an access token of this server, now. */
export type AccessTokenReason = JwsReason | AccessTokenClaimsReason | 'unknown_token'

/** Verifies a JWT without I/O, save where a `kid` is new to this process; an opaque token costs one indexed read. */
export async function verifyAccessToken(
  server: Server,
  token: string,
  now: Date,
): Promise<Result<VerifiedAccessToken, AccessTokenReason>> {
  if (isOpaqueAccessToken(token)) return verifyOpaque(server, token, now)
  const jws = parseJws(token)
  if (!jws.ok) return jws
  const { kid, typ } = jws.value
  // An ID token is signed with the same key: its kind alone keeps it out.
  if (typ !== 'at+jwt') return refuse('wrong_type')
  const key = server.signingKeys.find(kid) ?? (await server.signingKeys.findAfterReload(kid))
  if (!key) return refuse('unknown_key')
  const payload = verifyJws(jws.value, key.publicKey)
  if (!payload.ok) return payload
  const claims = parseAccessTokenClaims(payload.value, { issuer: server.config.issuer, now })
  return claims.ok ? ok({ ...claims.value, proof: { format: 'jwt', kid } }) : claims
}

async function verifyOpaque(
  server: Server,
  token: string,
  now: Date,
): Promise<Result<VerifiedAccessToken, AccessTokenReason>> {
  const found = await findAccessToken(server, token, now)
  if (!found.ok) return found
  const { grant, ...claims } = found.value
  return ok({ ...claims, proof: { format: 'opaque', grant } })
}

/** The grant behind a verified token if it is live now; one indexed read for a JWT, none for an opaque token. */
export async function liveGrantOf(server: Server, token: VerifiedAccessToken, now: Date): Promise<LiveGrant | null> {
  const { proof } = token
  return proof.format === 'opaque' ? proof.grant : findLiveGrant(server, { ...token, kid: proof.kid }, now)
}
