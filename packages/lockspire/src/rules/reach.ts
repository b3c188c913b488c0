/** How far new tokens of a grant reach: never further than the grant, the client's registration or the configuration (RFC 6749 §6, RFC 8707 §2.2). */
import { ok, refuse, type Result } from '#base/result.js'

import { isWithin, reservedScopes } from './scope.js'

/** Scopes, and the resources where they hold. */
export interface Reach {
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
}

/** Whom tokens of a reach are for: its resources, or the server itself where it has none. */
export function audiencesOf(reach: Pick<Reach, 'resources'>, issuer: string): readonly string[] {
  return reach.resources.length === 0 ? [issuer] : reach.resources
}

/** What is allowed today, whatever was granted before. */
export interface Bounds {
  /** Every configured scope with the resource it belongs to; null for scopes about the account itself. */
  readonly scopes: ReadonlyMap<string, { readonly resource: string | null }>
  readonly resources: { has(identifier: string): boolean }
  /** What the client is registered for. */
  readonly clientScopes: readonly string[]
}

/**
 * Narrows a granted reach to what is asked and still allowed.
 *
 * What was taken from the configuration or the registration since is left out in silence, unless it is asked for by
 * name. A token for fewer resources loses the scopes that hold only elsewhere.
 */
export function narrowReach(
  granted: Reach,
  asked: { readonly scopes: readonly string[] | null; readonly resources: readonly string[] | null },
  bounds: Bounds,
): Result<Reach, 'scope_widened' | 'resource_widened'> {
  const resources = granted.resources.filter((resource) => bounds.resources.has(resource))
  if (asked.resources && !isWithin(asked.resources, resources)) return refuse('resource_widened')
  if (granted.resources.length > 0 && resources.length === 0) return refuse('resource_widened')
  const scopes = granted.scopes.filter(
    (scope) => bounds.scopes.has(scope) && (reservedScopes.has(scope) || bounds.clientScopes.includes(scope)),
  )
  if (asked.scopes && !isWithin(asked.scopes, scopes)) return refuse('scope_widened')
  if (granted.scopes.length > 0 && scopes.length === 0) return refuse('scope_widened')
  const places = asked.resources ? new Set(asked.resources) : null
  const kept = (asked.scopes ?? scopes).filter((scope) => {
    const home = bounds.scopes.get(scope)?.resource ?? null
    return places === null || home === null || places.has(home)
  })
  if (kept.length === 0) return refuse('resource_widened')
  return ok({ scopes: kept, resources: places === null ? resources : [...places] })
}
