/** The tables of lockspire as the query builder sees them; each is described where its record lives. */
import type { ColumnType } from 'kysely'

import type { AuditTables } from '#base/audit-log.js'
import type { JobsTables } from '#base/jobs.js'

/** A column that is written once. */
type Fixed<Value> = ColumnType<Value, Value, never>

export interface ClientsTable {
  id: Fixed<string>
  /** What the wire calls `client_id`. */
  client_id: Fixed<string>
  name: string
  kind: Fixed<'public' | 'confidential'>
  auth_method: Fixed<'none' | 'client_secret_basic' | 'client_secret_post'>
  secret_hash: Buffer | null
  redirect_uris: string[]
  scopes: string[]
  grant_types: string[]
  /** Null where the server decides. */
  access_token_format: Fixed<'jwt' | 'opaque' | null>
  created_at: Fixed<Date>
  disabled_at: Date | null
}

export interface InteractionsTable {
  id: Fixed<string>
  /** SHA-256 of the secret in the browser's interaction cookie. */
  browser_hash: Fixed<Buffer>
  client_id: Fixed<string>
  /** The validated authorization request, in the shape of `AuthorizationRequest`. */
  request: ColumnType<unknown, string, never>
  subject: string | null
  /** After which moment the subject must have authenticated, when `prompt=login` or `max_age` asks for it. */
  authenticate_after: Fixed<Date | null>
  /** How often the browser was sent to log in for it, so that a host that never logs anybody in cannot loop. */
  log_in_redirects: number
  created_at: Fixed<Date>
  expires_at: Fixed<Date>
  ended_at: Date | null
  outcome: 'allowed' | 'denied' | 'failed' | null
}

export interface ConsentsTable {
  id: Fixed<string>
  client_id: Fixed<string>
  subject: Fixed<string>
  scopes: string[]
  resources: string[]
  /** Whether a later request of the same reach may use it without asking. */
  remembered: Fixed<boolean>
  granted_at: Date
  revoked_at: Date | null
}

export interface AuthorizationCodesTable {
  id: Fixed<string>
  code_hash: Fixed<Buffer>
  /** The grant that redemption will make; chosen now, so that a lost race can name what the winner got. */
  grant_id: Fixed<string>
  client_id: Fixed<string>
  consent_id: Fixed<string>
  interaction_id: Fixed<string | null>
  subject: Fixed<string>
  redirect_uri: Fixed<string>
  scopes: Fixed<string[]>
  resources: Fixed<string[]>
  code_challenge: Fixed<string>
  nonce: Fixed<string | null>
  /** Whether the request asked for `auth_time` (by `max_age`). */
  auth_time_asked: Fixed<boolean>
  authenticated_at: Fixed<Date | null>
  methods: Fixed<string[] | null>
  level: Fixed<string | null>
  session_id: Fixed<string | null>
  created_at: Fixed<Date>
  expires_at: Fixed<Date>
  spent_at: Date | null
}

export interface GrantsTable {
  id: Fixed<string>
  client_id: Fixed<string>
  consent_id: Fixed<string>
  subject: Fixed<string>
  scopes: Fixed<string[]>
  resources: Fixed<string[]>
  authenticated_at: Fixed<Date | null>
  methods: Fixed<string[] | null>
  level: Fixed<string | null>
  session_id: Fixed<string | null>
  created_at: Fixed<Date>
  /** The absolute end of the family, however often it is refreshed. */
  expires_at: Fixed<Date>
  revoked_at: Date | null
  revoked_reason: string | null
}

export interface RefreshTokensTable {
  id: Fixed<string>
  token_hash: Fixed<Buffer>
  grant_id: Fixed<string>
  generation: Fixed<number>
  created_at: Fixed<Date>
  expires_at: Fixed<Date>
  spent_at: Date | null
}

export interface AccessTokensTable {
  id: Fixed<string>
  token_hash: Fixed<Buffer>
  grant_id: Fixed<string>
  scopes: Fixed<string[]>
  resources: Fixed<string[]>
  created_at: Fixed<Date>
  expires_at: Fixed<Date>
}

export interface SigningKeysTable {
  id: Fixed<string>
  kid: Fixed<string>
  algorithm: Fixed<'ES256'>
  public_jwk: ColumnType<unknown, string, never>
  /** PKCS #8, sealed by the key ring. */
  sealed_private_key: Fixed<Buffer>
  created_at: Fixed<Date>
  /** Set while the key signs; at most one row has it without `retired_at`. */
  activated_at: Date | null
  /** Set from when it stopped signing; what it signed is still good. */
  deactivated_at: Date | null
  retired_at: Date | null
}

export interface LockspireTables extends JobsTables, AuditTables {
  clients: ClientsTable
  interactions: InteractionsTable
  consents: ConsentsTable
  authorization_codes: AuthorizationCodesTable
  grants: GrantsTable
  refresh_tokens: RefreshTokensTable
  access_tokens: AccessTokensTable
  signing_keys: SigningKeysTable
}
