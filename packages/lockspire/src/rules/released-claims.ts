/** Which of an account's claims the granted scopes release (OpenID Connect Core §5.4). */

/** Picks the claims that some granted scope names; `sub` is the protocol's own and is not among them. */
export function releasedClaims<Value>(
  claims: Readonly<Record<string, Value>>,
  scopes: readonly string[],
  rules: ReadonlyMap<string, { readonly claims: readonly string[] }>,
): Record<string, Value> {
  const released: Record<string, Value> = {}
  for (const scope of scopes) {
    for (const name of rules.get(scope)?.claims ?? []) {
      const value = claims[name]
      if (value !== undefined && value !== null && name !== 'sub') released[name] = value
    }
  }
  return released
}
