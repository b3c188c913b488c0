/** Verification of this server's own access tokens (RFC 9068 §4), in memory: signature, kind, issuer and time. */
import { ok, refuse, type Result } from '#base/result.js'

import {
  parseAccessTokenClaims,
  type AccessTokenClaims,
  type AccessTokenClaimsReason,
} from '../../rules/access-token-claims.js'
import { parseJws, verifyJws, type JwsReason } from '../../rules/compact-jws.js'
import type { Server } from '../../server.js'

/** A token that is ours and not expired; whether its grant still stands is a question to the database. */
export interface VerifiedAccessToken extends AccessTokenClaims {
  readonly kid: string
}

/** Why a bearer token is not an access token of this server, now. */
export type AccessTokenReason = JwsReason | AccessTokenClaimsReason

/** Verifies without I/O, save where a `kid` is new to this process. */
export async function verifyAccessToken(
  server: Server,
  token: string,
  now: Date,
): Promise<Result<VerifiedAccessToken, AccessTokenReason>> {
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
  return claims.ok ? ok({ ...claims.value, kid }) : claims
}
