/** Turns an interaction and an account into what the consent page says. */
import type { Brand } from '#base/page/brand.js'

import type { FoundAccount } from '../../host.js'
import { mayRemember, type AllowedBefore } from '../../records/consents/consent.js'
import type { Interaction } from '../../records/interactions/interaction.js'
import { interactionPath } from '../../resolver-context.js'
import { assetPath } from '../../respond.js'
import { redirectDestination, redirectUriKind } from '../../rules/redirect-uri.js'
import type { Server } from '../../server.js'
import { accountMark } from './open-interaction.js'
import type { AskedScope, ConsentPageValues, OtherAccountPageValues } from './pages.js'

const DAY_SECONDS = 86_400

/** What the consent page says. */
export function consentValues(
  server: Server,
  asked: { readonly interaction: Interaction; readonly account: FoundAccount; readonly before: AllowedBefore | null },
): ConsentPageValues {
  const { interaction, account } = asked
  const { client, request } = interaction
  const path = interactionPath(server, interaction.id)
  const kind = redirectUriKind(request.redirectUri)
  return {
    ...frame(server),
    clientName: client.name,
    destination: redirectDestination(request.redirectUri),
    isOnThisDevice: client.kind === 'public' && kind !== 'https',
    accountName: textClaim(account, 'name') ?? textClaim(account, 'preferred_username'),
    accountEmail: textClaim(account, 'email'),
    groups: groupScopes(server, interaction, asked.before),
    isOffline: request.scopes.includes('offline_access'),
    isRemembered: mayRemember(client, request.redirectUri),
    grantDays: Math.ceil(server.config.lifetimes.grantSeconds / DAY_SECONDS),
    connectionsPath: server.config.connectionsPath,
    decisionPath: path,
    accountPath: `${path}/account`,
    accountMark: accountMark(server, interaction.id, account.subject),
  }
}

/** What the page for a changed account says. */
export function otherAccountValues(server: Server, interaction: Interaction): OtherAccountPageValues {
  return {
    ...frame(server),
    clientName: interaction.client.name,
    accountPath: `${interactionPath(server, interaction.id)}/account`,
  }
}

function frame(server: Server): { brand: Brand; stylesheet: string; script: string } {
  return {
    brand: server.config.brand,
    stylesheet: assetPath(server, 'stylesheet'),
    script: assetPath(server, 'enhance'),
  }
}

function textClaim(account: FoundAccount, name: string): string | null {
  const value = account.claims[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** The account's own scopes first, then each resource in the order of the request. */
function groupScopes(
  server: Server,
  interaction: Interaction,
  before: AllowedBefore | null,
): ConsentPageValues['groups'] {
  const groups = new Map<string, AskedScope[]>()
  for (const name of interaction.request.scopes) {
    const scope = server.config.scopes.get(name)
    if (!scope) continue
    const resource =
      scope.resource === null ? '' : (server.config.resources.get(scope.resource)?.name ?? scope.resource)
    const isNew = before !== null && !before.scopes.has(name)
    groups.set(resource, [...(groups.get(resource) ?? []), { description: scope.description, isNew }])
  }
  return [...groups]
    .map(([resource, scopes]) => ({ resource, scopes }))
    .toSorted((a, b) => Number(b.resource === '') - Number(a.resource === ''))
}
