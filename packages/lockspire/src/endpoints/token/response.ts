/** Answers of the token endpoint (RFC 6749 §5.1 and §5.2): never stored, never saying more than the code does. */
import { plainHeaders } from '#base/headers.js'

import { crossOriginChallenge } from '../../cross-origin.js'
import { oauthErrors, type JsonErrorCode } from '../../oauth-error.js'
import type { IssuedTokens } from '../../records/tokens/issue-tokens.js'

const headers = { ...plainHeaders, ...crossOriginChallenge, 'Content-Type': 'application/json' }
const challenged = { ...headers, 'WWW-Authenticate': 'Basic realm="token endpoint", charset="UTF-8"' }

/** Renders issued tokens; here the secrets leave the process. */
export function tokenResponse(issued: IssuedTokens): Response {
  const body = {
    access_token: issued.accessToken,
    token_type: 'Bearer',
    expires_in: issued.expiresInSeconds,
    scope: issued.scopes.join(' '),
    ...(issued.refreshToken === null ? {} : { refresh_token: issued.refreshToken.secret.reveal() }),
    ...(issued.idToken === null ? {} : { id_token: issued.idToken }),
  }
  return new Response(JSON.stringify(body), { status: 200, headers })
}

/** One sentence per code, so that the reasons behind a code look alike. */
const sentences: Readonly<Partial<Record<JsonErrorCode, string>>> = {
  invalid_request: 'The request lacks a parameter, repeats one, or cannot be read.',
  invalid_client: 'Client authentication failed.',
  invalid_grant: 'The code or refresh token is not valid, or does not belong to this client.',
  unauthorized_client: 'This client is not registered for this grant type.',
  unsupported_grant_type: 'This server does not know this grant type.',
  invalid_scope: 'The scope is malformed or goes beyond what was granted.',
  invalid_target: 'The resource is not part of what was granted.',
  server_error: 'The server could not answer; the request may be tried again.',
}

/** Renders a refusal; `status` only where HTTP itself has a better word, `withChallenge` where the client tried Basic. */
export function tokenError(
  code: JsonErrorCode,
  options: { readonly status?: number; readonly withChallenge?: boolean } = {},
): Response {
  const body = JSON.stringify({ error: code, error_description: sentences[code] ?? 'The request was refused.' })
  const isChallenged = code === 'invalid_client' && options.withChallenge === true
  return new Response(body, {
    status: options.status ?? oauthErrors[code].status,
    headers: isChallenged ? challenged : headers,
  })
}
