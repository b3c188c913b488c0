/**
 * Client authentication at back-channel endpoints (RFC 6749 §2.3): the registered method, exactly, or nothing.
 *
 * The registration is read together with what the request redeems, in one statement; this file decides over what was read.
 */
import { ok, refuse, type Result } from '#base/result.js'
import { equalBytes, hashSecret } from '#base/secrets.js'
import type { AccessTokenFormat } from '../../config.js'
import type { ClientCredentials } from '../../rules/client-credentials.js'

/** What authentication and the endpoints behind it need of a registration. */
export interface PresentedClient {
  readonly id: string
  readonly clientId: string
  readonly name: string
  readonly kind: 'public' | 'confidential'
  readonly authMethod: 'none' | 'client_secret_basic' | 'client_secret_post'
  readonly secretHash: Buffer | null
  readonly scopes: readonly string[]
  readonly grantTypes: readonly string[]
  readonly accessTokenFormat: AccessTokenFormat | null
  readonly disabledAt: Date | null
}

/** The columns of `clients c` in a joined read; all null where there is no such client. */
export const CLIENT_COLUMNS = `c.id as c_id, c.client_id as c_client_id, c.name as c_name, c.kind as c_kind,
  c.auth_method as c_auth_method, c.secret_hash as c_secret_hash, c.scopes as c_scopes, c.grant_types as c_grant_types,
  c.access_token_format as c_access_token_format, c.disabled_at as c_disabled_at`

/** Those columns as they arrive; when `c_id` is null all others are. */
export interface ClientColumns {
  readonly c_id: string | null
  readonly c_client_id: string
  readonly c_name: string
  readonly c_kind: PresentedClient['kind']
  readonly c_auth_method: PresentedClient['authMethod']
  readonly c_secret_hash: Buffer | null
  readonly c_scopes: readonly string[]
  readonly c_grant_types: readonly string[]
  readonly c_access_token_format: AccessTokenFormat | null
  readonly c_disabled_at: Date | null
}

/** Reads the joined columns. */
export function presentedClient(row: ClientColumns): PresentedClient | null {
  if (row.c_id === null) return null
  return {
    id: row.c_id,
    clientId: row.c_client_id,
    name: row.c_name,
    kind: row.c_kind,
    authMethod: row.c_auth_method,
    secretHash: row.c_secret_hash,
    scopes: row.c_scopes,
    grantTypes: row.c_grant_types,
    accessTokenFormat: row.c_access_token_format,
    disabledAt: row.c_disabled_at,
  }
}

/** Why a client is not who it says; the wire says one sentence for all of them. */
export type ClientReason = 'unknown_client' | 'client_disabled' | 'wrong_method' | 'wrong_secret'

const NO_SECRET = hashSecret('no client has this secret')

/**
 * Decides whether the credentials are this registration's; an unknown client costs the same comparison as a known one.
 *
 * A public client proves nothing here: what it presents next (a code with its verifier, a refresh token) must prove it.
 */
export function decideClient(
  client: PresentedClient | null,
  credentials: ClientCredentials,
): Result<PresentedClient, ClientReason> {
  const presented = hashSecret(credentials.method === 'none' ? '' : credentials.secret)
  const isEqual = equalBytes(presented, client?.secretHash ?? NO_SECRET)
  if (!client) return refuse('unknown_client')
  if (credentials.method !== client.authMethod) return refuse('wrong_method')
  if (client.authMethod !== 'none' && (!isEqual || client.secretHash === null)) return refuse('wrong_secret')
  if (client.disabledAt !== null) return refuse('client_disabled')
  return ok(client)
}
