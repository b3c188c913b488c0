/** What the host's resolver is told about why it is asked, made in one place so that it is the same everywhere. */
import type { ResolverContext } from './host.js'
import type { Client } from './records/clients/client.js'
import type { AuthorizationRequest } from './records/interactions/interaction.js'
import type { Server } from './server.js'

/** The path at which the browser comes back to an interaction. */
export function interactionPath(server: Server, interactionId: string): string {
  return `${server.config.basePath}/oauth/interactions/${interactionId}`
}

/** The context of a question in a browser's request. */
export function browserContext(
  server: Server,
  asked: {
    readonly purpose: 'authorize' | 'consent'
    readonly interactionId: string
    readonly client: Client
    readonly request: AuthorizationRequest
  },
): ResolverContext {
  const { request, client } = asked
  return {
    issuer: server.config.issuer,
    purpose: asked.purpose,
    returnTo: interactionPath(server, asked.interactionId),
    interactionId: asked.interactionId,
    client: { id: client.clientId, name: client.name },
    scopes: request.scopes,
    resources: request.resources,
    prompt: request.prompts,
    ...(request.loginHint === null ? {} : { loginHint: request.loginHint }),
    acrValues: request.acrValues,
    uiLocales: request.uiLocales,
  }
}
