/** Registers, disables and enables clients and changes their secrets; every door that makes one (host, command line, admin pages) comes through here. */
import { AUDIT_COLUMNS, auditPlaceholders } from '#base/audit-log.js'
import { ConfigurationError } from '#base/fault.js'
import { hashSecret, randomId, randomSecret, type Secret } from '#base/secrets.js'
import { quoteSchema, statement } from '#base/statement.js'

import type { AccessTokenFormat } from '../../config.js'
import { checkRedirectUri, type RedirectUriReason } from '../../rules/redirect-uri.js'
import { eventValues, type Actor } from '../audit/events.js'
import {
  clientOf,
  type Client,
  type ClientAuthMethod,
  type ClientRow,
  type ClientStore,
  type GrantType,
} from './client.js'

/** What a new client is made of. */
export interface NewClient<Kind extends Client['kind'] = Client['kind'], Scope extends string = string> {
  /** As people read it on the consent page. */
  readonly name: string
  /** `confidential` keeps a secret on a server; `public` runs where anybody can read it. */
  readonly kind: Kind
  readonly redirectUris: readonly string[]
  /** What it may ask for. */
  readonly scopes: readonly Scope[]
  /** `client_secret_basic` for confidential clients unless told; always `none` for public ones. */
  readonly authMethod?: ClientAuthMethod
  /** `authorization_code`, and `refresh_token` where `offline_access` is among the scopes, unless told. */
  readonly grantTypes?: readonly GrantType[]
  /** The server's own format unless told. */
  readonly accessTokenFormat?: AccessTokenFormat
  /** Random unless told. */
  readonly clientId?: string
}

/** A client that was just made; its secret is shown this once. */
export interface CreatedClient<Kind extends Client['kind'] = Client['kind']> {
  readonly client: Client
  readonly secret: Kind extends 'confidential' ? Secret : Kind extends 'public' ? null : Secret | null
}

/** Makes a client; throws a ConfigurationError that lists everything that is wrong with it. */
export async function createClient<Kind extends Client['kind']>(
  server: ClientStore,
  fresh: NewClient<Kind>,
  actor: Actor,
): Promise<CreatedClient<Kind>> {
  const problems = clientProblems(server, fresh)
  if (problems.length > 0) throw new ConfigurationError('a client', problems)
  const isConfidential = fresh.kind === 'confidential'
  const secret = isConfidential ? randomSecret('lscs_') : null
  const clientId = fresh.clientId ?? `lsc_${randomId().replaceAll('-', '')}`
  const now = server.clock.now()
  const [row] = await server.prepared(registrationStatements).insert(server.db, [
    randomId(),
    clientId,
    fresh.name.trim(),
    fresh.kind,
    fresh.authMethod ?? (isConfidential ? 'client_secret_basic' : 'none'),
    secret === null ? null : hashSecret(secret.reveal()),
    fresh.redirectUris,
    [...new Set(fresh.scopes)],
    grantTypesOf(fresh),
    fresh.accessTokenFormat ?? null,
    now,
    ...eventValues({
      at: now,
      event: 'client.created',
      outcome: 'ok',
      actor,
      object: clientId,
      fields: { client: clientId, scopes: fresh.scopes },
    }),
  ])
  if (!row) throw new ConfigurationError('a client', [`the client_id ${JSON.stringify(clientId)} is taken`])
  // The kind decided above whether there is a secret.
  return { client: clientOf(row), secret: secret as CreatedClient<Kind>['secret'] }
}

/** Disables a client: from now on it obtains nothing anywhere, whatever it holds. False where it does not exist or already is. */
export async function disableClient(server: ClientStore, clientId: string, actor: Actor): Promise<boolean> {
  const now = server.clock.now()
  const event = eventValues({
    at: now,
    event: 'client.disabled',
    outcome: 'ok',
    actor,
    object: clientId,
    fields: { client: clientId },
  })
  return (await server.prepared(registrationStatements).disable(server.db, [clientId, now, ...event])).length === 1
}

/** Enables a disabled client again, with everything that did not expire meanwhile. False where it does not exist or already is. */
export async function enableClient(server: ClientStore, clientId: string, actor: Actor): Promise<boolean> {
  const now = server.clock.now()
  const event = eventValues({
    at: now,
    event: 'client.enabled',
    outcome: 'ok',
    actor,
    object: clientId,
    fields: { client: clientId },
  })
  return (await server.prepared(registrationStatements).enable(server.db, [clientId, ...event])).length === 1
}

/** Gives a confidential client a new secret; the old one is dead from then on. Null where there is no such confidential client. */
export async function rotateClientSecret(server: ClientStore, clientId: string, actor: Actor): Promise<Secret | null> {
  const secret = randomSecret('lscs_')
  const now = server.clock.now()
  const event = eventValues({
    at: now,
    event: 'client.secret_rotated',
    outcome: 'ok',
    actor,
    object: clientId,
    fields: { client: clientId },
  })
  const statements = server.prepared(registrationStatements)
  const rows = await statements.rotateSecret(server.db, [clientId, hashSecret(secret.reveal()), ...event])
  return rows.length === 1 ? secret : null
}

/** Lists clients by `client_id`; at most 1000 after the one named. */
export async function listClients(
  server: ClientStore,
  page: { readonly limit?: number; readonly after?: string } = {},
): Promise<Client[]> {
  const limit = Math.min(Math.max(1, page.limit ?? 100), 1000)
  return (await server.prepared(registrationStatements).list(server.db, [page.after ?? '', limit])).map(clientOf)
}

function grantTypesOf(fresh: NewClient): readonly GrantType[] {
  if (fresh.grantTypes) return [...new Set(fresh.grantTypes)]
  return fresh.scopes.includes('offline_access') ? ['authorization_code', 'refresh_token'] : ['authorization_code']
}

/** Everything that is wrong with a client, each with its fix. */
export function clientProblems(server: Pick<ClientStore, 'config'>, fresh: NewClient): string[] {
  const { config } = server
  const problems: string[] = []
  const grantTypes = grantTypesOf(fresh)
  const authMethod = fresh.authMethod ?? (fresh.kind === 'confidential' ? 'client_secret_basic' : 'none')
  if (fresh.kind !== 'public' && fresh.kind !== 'confidential') problems.push('kind must be public or confidential')
  if (!isReadableName(fresh.name)) problems.push('name must be 1 to 80 characters that people can read')
  if (fresh.clientId !== undefined && !/^[A-Za-z0-9._~-]{1,255}$/.test(fresh.clientId)) {
    problems.push('clientId must be 1 to 255 letters, digits, dots, dashes, underscores or tildes')
  }
  if (!['none', 'client_secret_basic', 'client_secret_post'].includes(authMethod))
    problems.push('authMethod must be none, client_secret_basic or client_secret_post')
  if ((fresh.kind === 'public') !== (authMethod === 'none'))
    problems.push('authMethod must be none for public clients, and for them alone')
  if (!['jwt', 'opaque'].includes(fresh.accessTokenFormat ?? 'jwt'))
    problems.push('accessTokenFormat must be jwt or opaque')
  if (fresh.redirectUris.length === 0 || fresh.redirectUris.length > 50)
    problems.push('redirectUris must hold 1 to 50 addresses')
  for (const uri of fresh.redirectUris) problems.push(...redirectProblems(uri, fresh.kind))
  if (fresh.scopes.length === 0) problems.push('scopes must name at least one scope')
  for (const name of fresh.scopes)
    if (!config.scopes.has(name)) problems.push(`the scope ${JSON.stringify(name)} is not configured`)
  for (const type of grantTypes) {
    if (type !== 'authorization_code' && type !== 'refresh_token')
      problems.push(`the grant type ${JSON.stringify(type)} is not known`)
  }
  if (fresh.scopes.includes('offline_access') && !grantTypes.includes('refresh_token')) {
    problems.push('offline_access needs the grant type refresh_token')
  }
  return problems
}

function redirectProblems(uri: string, kind: Client['kind']): string[] {
  const checked = checkRedirectUri(uri)
  if (!checked.ok) return [`the redirect URI ${JSON.stringify(uri)} ${redirectAdvice[checked.reason]}`]
  if (checked.value === 'private_scheme' && kind === 'confidential') {
    return [
      `the redirect URI ${JSON.stringify(uri)} leads to an app, which cannot keep a secret: make the client public`,
    ]
  }
  return []
}

const redirectAdvice = {
  too_long: 'is longer than 2000 characters',
  not_a_uri: 'is not an absolute URI in plain ASCII',
  not_canonical: 'is not spelled as browsers write it (lower-case host, no default port, no dot segments)',
  fragment: 'must have no fragment',
  userinfo: 'must carry no user name and no password',
  wildcard: 'must hold no wildcard: register every address',
  plain_http: 'must begin with https://, except on 127.0.0.1, [::1] and localhost',
  scheme:
    'must begin with https://, or with a scheme that is a domain name in reverse, such as com.example.app:/callback',
  response_parameter: 'already has a parameter that the answer adds (code, state, iss, error, response)',
} as const satisfies Record<RedirectUriReason, string>

/** Letters that show nothing: the fillers of Hangul, the inherent vowels of Khmer, the empty Braille pattern. */
const BLANK_LETTERS = /\u115f|\u1160|\u17b4|\u17b5|\u2800|\u3164|\uffa0/

/** Names go onto the consent page: no controls, and nothing that turns, hides or overprints the text around them. */
function isReadableName(name: string): boolean {
  const text = name.trim()
  if (text === '' || text.length > 80 || BLANK_LETTERS.test(text)) return false
  return !/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|\p{M}{5}/u.test(text)
}

function registrationStatements(schema: string) {
  const name = quoteSchema(schema)
  const told = (first: number) =>
    `told as (insert into ${name}.audit_events (${AUDIT_COLUMNS}) select ${auditPlaceholders(first)} from changed)`
  return {
    insert: statement<ClientRow>(
      `with changed as (
         insert into ${name}.clients
           (id, client_id, name, kind, auth_method, secret_hash, redirect_uris, scopes, grant_types,
            access_token_format, created_at)
         values ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::bytea, $7::text[], $8::text[], $9::text[],
            $10::text, $11::timestamptz)
         on conflict (client_id) do nothing returning *
       ), ${told(12)} select * from changed`,
    ),
    disable: statement<{ id: string }>(
      `with changed as (
         update ${name}.clients set disabled_at = $2::timestamptz where client_id = $1::text and disabled_at is null returning id
       ), ${told(3)} select id from changed`,
    ),
    enable: statement<{ id: string }>(
      `with changed as (
         update ${name}.clients set disabled_at = null where client_id = $1::text and disabled_at is not null returning id
       ), ${told(2)} select id from changed`,
    ),
    rotateSecret: statement<{ id: string }>(
      `with changed as (
         update ${name}.clients set secret_hash = $2::bytea where client_id = $1::text and kind = 'confidential' returning id
       ), ${told(3)} select id from changed`,
    ),
    list: statement<ClientRow>(`select * from ${name}.clients where client_id > $1::text order by client_id limit $2`),
  }
}
