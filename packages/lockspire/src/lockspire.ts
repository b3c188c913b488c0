/** Assembles the library: checks the configuration, migrates, opens the keys and mounts every endpoint. */
import type { Context, Hono, MiddlewareHandler } from 'hono'

import { asset } from '#base/asset.js'
import { systemClock } from '#base/clock.js'
import { enhanceScript } from '#base/enhance.js'
import { plainHeaders } from '#base/headers.js'
import { loadKeyRing } from '#base/key-ring.js'
import { jsonLogger } from '#base/log.js'
import { migrate } from '#base/migrator.js'
import type { Secret } from '#base/secrets.js'
import { peopleStylesheet } from '#base/stylesheet.js'

import { accountSource } from './account-source.js'
import { configure, type LockspireOptions, type ResourceOptions, type ScopeOptions } from './config.js'
import { authorizeRoutes } from './endpoints/authorize/routes.js'
import { discoveryRoutes } from './endpoints/discovery/routes.js'
import { interactionRoutes } from './endpoints/interactions/routes.js'
import { jwksRoutes } from './endpoints/jwks/routes.js'
import { tokenRoutes } from './endpoints/token/routes.js'
import { userinfoRoutes } from './endpoints/userinfo/routes.js'
import { startPruning } from './jobs/prune.js'
import { migrations } from './migrations/migrations.js'
import { answersHead, assignsKey, mountRoutes, type Call, type Route } from './mount.js'
import { findClient, type Client } from './records/clients/client.js'
import {
  createClient,
  disableClient,
  enableClient,
  listClients,
  rotateClientSecret,
  type CreatedClient,
  type NewClient,
} from './records/clients/register-client.js'
import { listConnectedClients, revokeConsents, type ConnectedClient } from './records/consents/consent.js'
import { openSigningKeys } from './records/signing-keys/signing-keys.js'
import {
  accessTokenGuard,
  type AccessTokenDemand,
  type AccessTokenVariables,
} from './resource-server/require-access-token.js'
import { respondWithAsset, respondWithErrorPage } from './respond.js'
import type { StandardScope } from './rules/scope.js'
import type { LockspireTables } from './schema.js'
import { preparedFor, type Server } from './server.js'

/** Clients, as the host's own code and commands manage them. */
export interface Clients<Scope extends string> {
  /** Makes a client; its secret is in this answer and nowhere else. Throws a ConfigurationError that lists what is wrong. */
  create<const Kind extends Client['kind']>(fresh: NewClient<Kind, Scope>): Promise<CreatedClient<Kind>>
  /** Lists clients by `client_id`, 100 unless told. */
  list(page?: { readonly limit?: number; readonly after?: string }): Promise<Client[]>
  /** Finds a client by its `client_id`, also a disabled one. */
  find(clientId: string): Promise<Client | null>
  /** From now on the client obtains nothing anywhere; false where nothing changed. */
  disable(clientId: string): Promise<boolean>
  /** Lets a disabled client in again; false where nothing changed. */
  enable(clientId: string): Promise<boolean>
  /** Gives a confidential client a new secret, shown in this answer alone; the old one is dead at once. Null where there is no such client. */
  rotateSecret(clientId: string): Promise<Secret | null>
}

/** What accounts allowed, for the host's page of connected apps. */
export interface Consents {
  /** The clients that this subject allowed something, the latest first. */
  list(subject: string): Promise<ConnectedClient[]>
  /** Takes back everything this subject allowed this client; false where there was nothing. Refresh and userinfo stop at once. */
  revoke(given: { readonly subject: string; readonly clientId: string }): Promise<boolean>
}

/** A running authorization server inside its host. */
export interface Lockspire<Scope extends string = string, Resource extends string = string> {
  readonly issuer: string
  readonly clients: Clients<Scope | StandardScope>
  readonly consents: Consents
  /** Every endpoint, to be mounted at `/` whatever the issuer's path; the host's variables become the connection's assigns. */
  routes(): Hono
  /** The same for any host that speaks web requests; `assigns` is what the resolver gets beside the request. */
  fetch(request: Request, beside?: { readonly assigns?: unknown }): Promise<Response>
  /** Guards a route of the host's API; without `checkGrant` it asks no database. */
  requireAccessToken(
    demand: AccessTokenDemand<Scope | StandardScope, Resource>,
  ): MiddlewareHandler<{ Variables: AccessTokenVariables }>
  /** Ends what runs in the background; the database stays the host's. */
  close(): Promise<void>
}

/** Starts lockspire; throws one ConfigurationError that lists everything that is wrong with the options. */
export async function createLockspire<
  Account,
  Assigns,
  const Scopes extends Readonly<Record<string, ScopeOptions>>,
  const Resources extends Readonly<Record<string, ResourceOptions>> = Record<never, ResourceOptions>,
>(
  options: LockspireOptions<Account, Assigns, Scopes, Resources>,
): Promise<Lockspire<keyof Scopes & string, keyof Resources & string>> {
  const server = await startServer(options)
  const routes = allRoutes(server)
  const mount = (): Hono => mountRoutes(server, routes, { fault, wrongMethod })
  const app = mount()
  const pruning = startPruning(server)
  return {
    issuer: server.config.issuer,
    clients: {
      create: (fresh) => createClient(server, fresh, { kind: 'operator', id: null }),
      list: (page) => listClients(server, page),
      find: (clientId) => findClient(server, clientId),
      disable: (clientId) => disableClient(server, clientId, { kind: 'operator', id: null }),
      enable: (clientId) => enableClient(server, clientId, { kind: 'operator', id: null }),
      rotateSecret: (clientId) => rotateClientSecret(server, clientId, { kind: 'operator', id: null }),
    },
    consents: {
      list: (subject) => listConnectedClients(server, subject),
      revoke: async ({ subject, clientId }) =>
        (await revokeConsents(server, { subject, clientId, actor: { kind: 'account', id: subject } })) > 0,
    },
    routes: mount,
    fetch: async (request, beside = {}) => app.fetch(request, { [assignsKey]: beside.assigns ?? {} }),
    requireAccessToken: (demand) => accessTokenGuard(server, demand),
    close: () => pruning.close(),
  }
}

/** Every route with its authority and its whole path, also for the test that looks at all of them. */
export function allRoutes(server: Pick<Server, 'config'>): readonly Route[] {
  const belowIssuer: readonly Route[] = [
    ...jwksRoutes,
    ...authorizeRoutes,
    ...interactionRoutes,
    ...tokenRoutes,
    ...userinfoRoutes,
    { method: 'GET', path: '/oauth/assets/:file', authority: 'anyone', answers: 'page', respond: respondWithAsset },
  ]
  const { basePath } = server.config
  return [
    ...discoveryRoutes(server.config),
    ...belowIssuer.map((route) => ({ ...route, path: `${basePath}${route.path}` as Route['path'] })),
  ]
}

/** Checks, migrates and opens everything a server needs; its connections stay the host's to close. */
export async function startServer<
  Account,
  Assigns,
  Scopes extends Readonly<Record<string, ScopeOptions>>,
  Resources extends Readonly<Record<string, ResourceOptions>>,
>(options: LockspireOptions<Account, Assigns, Scopes, Resources>): Promise<Server> {
  const config = configure(options)
  const { database, clock = systemClock, log = jsonLogger((line) => process.stdout.write(`${line}\n`)) } = options
  const keys = await loadKeyRing({
    value: config.keys,
    name: 'lockspire',
    dataDir: config.dataDir,
    production: config.production,
  })
  if (config.migrate) await migrate(database, { schema: config.schema, migrations })
  const db = database.view<LockspireTables>(config.schema)
  const prepared = preparedFor(config.schema)
  const signingKeys = await openSigningKeys({ db, prepared, keys, clock, log })
  return {
    config,
    database,
    db,
    clock,
    log,
    keys,
    accounts: accountSource(options.accountResolver, log),
    signingKeys,
    assets: {
      stylesheet: peopleStylesheet(config.brand),
      enhance: enhanceScript,
      formPost: asset(
        `'use strict'\ndocument.querySelector('form[data-send]').submit()\n`,
        'text/javascript; charset=utf-8',
      ),
    },
    prepared,
  }
}

function fault(server: Server, call: Call, route: Route): Response {
  if (route.answers === 'json')
    return json(call.c, 500, { error: 'server_error', error_description: `request ${call.requestId}` })
  return respondWithErrorPage(server, call, {
    status: 500,
    title: 'Something went wrong on our side',
    message: 'Nothing was shared with the app. Please try again in a moment.',
    code: 'server_error',
  })
}

function wrongMethod(server: Server, call: Call, allowed: readonly Route[]): Response {
  const methods = [
    ...new Set(allowed.flatMap((route) => (answersHead(route) ? ['GET', 'HEAD'] : [route.method]))),
  ].join(', ')
  if (allowed.some((route) => route.answers === 'page')) {
    const page = respondWithErrorPage(server, call, {
      status: 405,
      title: 'This page is not used that way',
      message: 'Go back to the app and start again from there.',
      code: 'wrong_method',
    })
    page.headers.set('Allow', methods)
    return page
  }
  const answer = json(call.c, 405, { error: 'invalid_request', error_description: 'This method is not used here.' })
  answer.headers.set('Allow', methods)
  return answer
}

function json(c: Context, status: 405 | 500, body: object): Response {
  return c.json(body, status, plainHeaders)
}
