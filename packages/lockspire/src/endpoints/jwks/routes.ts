/** GET /oauth/jwks (RFC 7517 §5): the public keys, as bytes that were made when the keys were loaded. */
import { crossOrigin } from '../../cross-origin.js'
import type { Call, Route } from '../../mount.js'
import type { Server } from '../../server.js'

/** What the key set answers to. */
export const jwksRoutes: readonly Route[] = [
  { method: 'GET', path: '/oauth/jwks', authority: 'anyone', answers: 'json', respond: answerJwks },
]

async function answerJwks(server: Server, { c }: Call): Promise<Response> {
  const { body, etag } = await server.signingKeys.jwks()
  const headers = {
    ...crossOrigin,
    'Cache-Control': 'public, max-age=300',
    'Content-Type': 'application/jwk-set+json',
    'X-Content-Type-Options': 'nosniff',
    ETag: etag,
  }
  if (c.req.header('if-none-match') === etag) return new Response(null, { status: 304, headers })
  return new Response(body, { status: 200, headers })
}
