/**
 * Clients: applications registered to ask accounts for access (RFC 6749 §2).
 *
 * (1) `client_id` names one client for ever and is never given again.
 * (2) Kind, authentication method and `client_id` never change.
 * (3) A public client has no secret and authenticates by `none`; a confidential one has the SHA-256 of its secret.
 * (4) It has at least one redirect URI, each in the one spelling that is compared byte by byte.
 * (5) A disabled client obtains nothing anywhere, whatever it held before.
 *
 * state      becomes    by
 * enabled    disabled   disableClient
 * disabled   enabled    enableClient
 */
import type { Selectable } from 'kysely'

import { quoteSchema, statement } from '#base/statement.js'

import type { AccessTokenFormat } from '../../config.js'
import type { Server } from '../../server.js'
import type { ClientsTable } from '../../schema.js'

/** How a client proves itself at back-channel endpoints. */
export type ClientAuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post'

/** What a client may redeem at the token endpoint. */
export type GrantType = 'authorization_code' | 'refresh_token'

/** A registered client, without its secret. */
export interface Client {
  /** The record's own id. */
  readonly id: string
  /** What the wire calls `client_id`. */
  readonly clientId: string
  readonly name: string
  readonly kind: 'public' | 'confidential'
  readonly authMethod: ClientAuthMethod
  readonly redirectUris: readonly string[]
  /** What it may ask for. */
  readonly scopes: readonly string[]
  readonly grantTypes: readonly string[]
  /** Null where the server's own format applies. */
  readonly accessTokenFormat: AccessTokenFormat | null
  readonly createdAt: Date
  readonly disabledAt: Date | null
}

/** Every column of a client in the order of the table, for statements that join it as `clients`. */
export type ClientRow = Selectable<ClientsTable>

/** Turns a row into a client; the secret's hash stays behind. */
export function clientOf(row: ClientRow): Client {
  return {
    id: row.id,
    clientId: row.client_id,
    name: row.name,
    kind: row.kind,
    authMethod: row.auth_method,
    redirectUris: row.redirect_uris,
    scopes: row.scopes,
    grantTypes: row.grant_types,
    accessTokenFormat: row.access_token_format,
    createdAt: row.created_at,
    disabledAt: row.disabled_at,
  }
}

/** What clients are read and written through: a server, or a command that has a store but no configuration of a host. */
export interface ClientStore extends Pick<Server, 'db' | 'clock' | 'prepared'> {
  readonly config: { readonly scopes: { has(name: string): boolean } }
}

/** Finds a client by its `client_id`, also a disabled one; one prepared read. */
export async function findClient(server: ClientStore, clientId: string): Promise<Client | null> {
  const [row] = await server.prepared(clientStatements).byClientId(server.db, [clientId])
  return row ? clientOf(row) : null
}

function clientStatements(schema: string) {
  return { byClientId: statement<ClientRow>(`select * from ${quoteSchema(schema)}.clients where client_id = $1`) }
}
