/** The server's metadata (RFC 8414 §2, OpenID Connect Discovery §3): derived from the configuration, so that it cannot promise what is not there. */
import type { Config } from '../../config.js'
import { responseModes } from '../../rules/response-mode.js'

/** Renders the one document that both well-known addresses serve. */
export function serverMetadata(config: Config): Readonly<Record<string, unknown>> {
  const base = config.issuer.replace(/\/$/, '')
  const claims = new Set<string>()
  for (const scope of config.scopes.values()) for (const claim of scope.claims) claims.add(claim)
  return {
    issuer: config.issuer,
    authorization_endpoint: `${base}/oauth/authorize`,
    token_endpoint: `${base}/oauth/token`,
    userinfo_endpoint: `${base}/oauth/userinfo`,
    jwks_uri: `${base}/oauth/jwks`,
    scopes_supported: [...config.scopes.keys()],
    response_types_supported: ['code'],
    response_modes_supported: responseModes,
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    claim_types_supported: ['normal'],
    claims_supported: [
      'iss',
      'sub',
      'aud',
      'exp',
      'iat',
      'auth_time',
      'nonce',
      'acr',
      'amr',
      'sid',
      'at_hash',
      ...claims,
    ],
    claims_parameter_supported: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    require_request_uri_registration: false,
    authorization_response_iss_parameter_supported: true,
    protected_resources: [...config.resources.keys()],
  }
}
