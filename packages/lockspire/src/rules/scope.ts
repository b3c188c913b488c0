/** Scope values (RFC 6749 §3.3) and the standard ones with their claims (OpenID Connect Core §5.4). */
import { ok, refuse, type Result } from '#base/result.js'

/** What every server knows without being told. */
export type StandardScope = 'openid' | 'profile' | 'email' | 'offline_access'

/** A standard scope: what it lets a client do in plain words, and which claims it releases. */
export interface StandardScopeRule {
  readonly description: string
  readonly claims: readonly string[]
}

/** Scopes of OpenID Connect; `address` and `phone` count only where the host lists them. */
export const standardScopes: Readonly<Record<StandardScope | 'address' | 'phone', StandardScopeRule>> = {
  openid: { description: 'Know that it is you who comes back', claims: [] },
  profile: {
    description: 'See your name and profile',
    claims: [
      'name',
      'family_name',
      'given_name',
      'middle_name',
      'nickname',
      'preferred_username',
      'profile',
      'picture',
      'website',
      'gender',
      'birthdate',
      'zoneinfo',
      'locale',
      'updated_at',
    ],
  },
  email: { description: 'See your email address', claims: ['email', 'email_verified'] },
  address: { description: 'See your postal address', claims: ['address'] },
  phone: { description: 'See your phone number', claims: ['phone_number', 'phone_number_verified'] },
  offline_access: { description: 'Keep this access while you are not using it', claims: [] },
}

/** The standard scope of this name. */
export function findStandardScope(name: string): StandardScopeRule | undefined {
  return Object.entries(standardScopes).find(([known]) => known === name)?.[1]
}

/** Names whose meaning the protocol fixes, so that a host may not give them another. */
export const reservedScopes: ReadonlySet<string> = new Set(['openid', 'offline_access'])

const TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Whether a text is one scope token. */
export function isScopeToken(text: string): boolean {
  return text.length <= 128 && TOKEN.test(text)
}

/** Splits a scope value at single spaces; a scope named twice counts once. */
export function parseScope(text: string): Result<readonly string[], 'malformed'> {
  const names = text.split(' ')
  return names.every(isScopeToken) ? ok([...new Set(names)]) : refuse('malformed')
}

/** Whether every one of `asked` is among `allowed`. */
export function isWithin(asked: readonly string[], allowed: readonly string[]): boolean {
  const set = new Set(allowed)
  return asked.every((name) => set.has(name))
}
