/** Both discovery documents (OpenID Connect Discovery §4, RFC 8414 §3), as bytes that are made once. */
import { createHash } from 'node:crypto'

import type { Config } from '../../config.js'
import { crossOrigin } from '../../cross-origin.js'
import type { Call, Route } from '../../mount.js'
import { serverMetadata } from './metadata.js'

/**
 * What discovery answers to.
 *
 * OpenID Connect appends its well-known path to the issuer; RFC 8414 inserts its own between host and path. Clients
 * do either with either name, so that an issuer with a path is found in every way.
 */
export function discoveryRoutes(config: Config): readonly Route[] {
  const body = JSON.stringify(serverMetadata(config))
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  const headers = {
    ...crossOrigin,
    'Cache-Control': 'public, max-age=300',
    'Content-Type': 'application/json',
    'X-Content-Type-Options': 'nosniff',
    ETag: etag,
  }
  const respond = (_server: unknown, { c }: Call): Response => {
    if (c.req.header('if-none-match') === etag) return new Response(null, { status: 304, headers })
    return new Response(body, { status: 200, headers })
  }
  return discoveryPaths(config).map((path) => ({ method: 'GET', path, authority: 'anyone', answers: 'json', respond }))
}

/** Whole paths, because the inserted ones are not below the issuer. */
function discoveryPaths({ basePath }: Config): readonly Route['path'][] {
  const names = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'] as const
  if (basePath === '') return names
  return names.flatMap((name): Route['path'][] => [`${name}${basePath}`, `/${basePath.slice(1)}${name}`])
}
