/** The closed list of error codes this server puts on the wire, and how each may travel. */

/** How an error reaches the client: `redirect` after client and redirect URI are proven, `json` from back-channel endpoints. */
interface ErrorRule {
  readonly status: number
  readonly travels: readonly ('redirect' | 'json')[]
}

/** Every code, with the specification that names it. */
export const oauthErrors = {
  // RFC 6749 §4.1.2.1 and §5.2
  invalid_request: { status: 400, travels: ['redirect', 'json'] },
  invalid_client: { status: 401, travels: ['json'] },
  invalid_grant: { status: 400, travels: ['json'] },
  unauthorized_client: { status: 400, travels: ['redirect', 'json'] },
  unsupported_grant_type: { status: 400, travels: ['json'] },
  unsupported_response_type: { status: 400, travels: ['redirect'] },
  invalid_scope: { status: 400, travels: ['redirect', 'json'] },
  access_denied: { status: 400, travels: ['redirect'] },
  server_error: { status: 500, travels: ['redirect', 'json'] },
  temporarily_unavailable: { status: 503, travels: ['redirect', 'json'] },
  // RFC 6750 §3.1
  invalid_token: { status: 401, travels: ['json'] },
  insufficient_scope: { status: 403, travels: ['json'] },
  // RFC 8707 §2
  invalid_target: { status: 400, travels: ['redirect', 'json'] },
  // OpenID Connect Core §3.1.2.6
  interaction_required: { status: 400, travels: ['redirect'] },
  login_required: { status: 400, travels: ['redirect'] },
  account_selection_required: { status: 400, travels: ['redirect'] },
  consent_required: { status: 400, travels: ['redirect'] },
  request_not_supported: { status: 400, travels: ['redirect'] },
  request_uri_not_supported: { status: 400, travels: ['redirect'] },
  registration_not_supported: { status: 400, travels: ['redirect'] },
} as const satisfies Record<string, ErrorRule>

/** Any code of the list. */
export type OAuthErrorCode = keyof typeof oauthErrors

type Travelling<Way extends 'redirect' | 'json'> = {
  [Code in OAuthErrorCode]: Way extends (typeof oauthErrors)[Code]['travels'][number] ? Code : never
}[OAuthErrorCode]

/** Codes that an authorization response may carry. */
export type AuthorizationErrorCode = Travelling<'redirect'>

/** Codes that a JSON answer may carry. */
export type JsonErrorCode = Travelling<'json'>
