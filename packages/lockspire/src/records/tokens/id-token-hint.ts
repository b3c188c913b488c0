/** `id_token_hint` (OpenID Connect Core §3.1.2.1): an ID token of this server as a word about who is meant, not as a proof of anything. */
import { ok, refuse, type Result } from '#base/result.js'

import { parseJws, verifyJws } from '../../rules/compact-jws.js'
import type { Server } from '../../server.js'

/** The subject of a hint that this server once made for this client; it may have expired since. */
export async function verifyIdTokenHint(
  server: Server,
  token: string,
  clientId: string,
): Promise<Result<string, 'not_ours'>> {
  const jws = parseJws(token)
  // An access token is signed with the same key: its kind alone keeps it out.
  if (!jws.ok || jws.value.typ !== 'JWT') return refuse('not_ours')
  const { kid } = jws.value
  const key = server.signingKeys.find(kid) ?? (await server.signingKeys.findAfterReload(kid))
  if (!key) return refuse('not_ours')
  const payload = verifyJws(jws.value, key.publicKey)
  if (!payload.ok) return refuse('not_ours')
  const { iss, aud, sub } = payload.value
  const isOurs = iss === server.config.issuer && aud === clientId
  return isOurs && typeof sub === 'string' && sub !== '' ? ok(sub) : refuse('not_ours')
}
