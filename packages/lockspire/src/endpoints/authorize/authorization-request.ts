/** The authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1, RFC 7636 §4.3, RFC 8707 §2), redirect safety first. */
import type { Form } from '#base/request.js'
import { ok, refuse, type Result } from '#base/result.js'

import type { Config } from '../../config.js'
import type { AuthorizationErrorCode } from '../../oauth-error.js'
import type { Client } from '../../records/clients/client.js'
import type { AuthorizationRequest } from '../../records/interactions/interaction.js'
import { isCodeChallenge } from '../../rules/pkce.js'
import { parseMaxAge, parsePrompt } from '../../rules/prompt.js'
import { isRegisteredRedirectUri, redirectUriKind } from '../../rules/redirect-uri.js'
import { isResourceIdentifier } from '../../rules/resource.js'
import { parseResponseMode } from '../../rules/response-mode.js'
import { parseScope } from '../../rules/scope.js'
import type { ResponseTarget } from '../../respond.js'

/** Every parameter that means something here; `resource` alone may come more than once. */
export const authorizationParameters = [
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
  'nonce',
  'prompt',
  'max_age',
  'login_hint',
  'id_token_hint',
  'ui_locales',
  'acr_values',
  'code_challenge',
  'code_challenge_method',
  'resource',
  'request',
  'request_uri',
  'registration',
] as const

/** Why a request is answered with a page: nothing proves yet that a redirect would reach the client. */
export type PageReason =
  | 'client_id_missing'
  | 'client_id_repeated'
  | 'client_unknown'
  | 'client_disabled'
  | 'redirect_uri_missing'
  | 'redirect_uri_repeated'
  | 'redirect_uri_unregistered'

/** Why a request is answered to the client. */
export type RequestReason = keyof typeof requestRefusals

/** What the client hears. */
export const requestRefusals = {
  parameter_repeated: { error: 'invalid_request', description: 'a parameter came more than once' },
  state_malformed: { error: 'invalid_request', description: 'state is too long or holds control characters' },
  response_mode_unsupported: {
    error: 'invalid_request',
    description: 'response_mode must be query, or form_post to a web address',
  },
  request_object: { error: 'request_not_supported', description: 'request objects are not supported' },
  request_uri: { error: 'request_uri_not_supported', description: 'request_uri is not supported' },
  registration: { error: 'registration_not_supported', description: 'registration is not supported' },
  response_type_missing: { error: 'invalid_request', description: 'response_type is missing' },
  response_type_unsupported: { error: 'unsupported_response_type', description: 'response_type must be code' },
  grant_type_not_allowed: { error: 'unauthorized_client', description: 'this client may not use authorization codes' },
  scope_missing: { error: 'invalid_scope', description: 'scope is missing' },
  scope_malformed: { error: 'invalid_scope', description: 'scope must be names separated by single spaces' },
  scope_unknown: { error: 'invalid_scope', description: 'scope names something this server does not know' },
  scope_not_allowed: { error: 'invalid_scope', description: 'scope names something this client may not ask for' },
  scope_of_other_resource: {
    error: 'invalid_scope',
    description: 'scope names something of a resource that was not asked for',
  },
  code_challenge_missing: { error: 'invalid_request', description: 'code_challenge is missing' },
  code_challenge_malformed: {
    error: 'invalid_request',
    description: 'code_challenge must be 43 characters of base64url',
  },
  code_challenge_method_unsupported: { error: 'invalid_request', description: 'code_challenge_method must be S256' },
  nonce_malformed: { error: 'invalid_request', description: 'nonce is too long or holds control characters' },
  prompt_malformed: {
    error: 'invalid_request',
    description: 'prompt must be none alone, or login, consent and select_account',
  },
  max_age_malformed: { error: 'invalid_request', description: 'max_age must be a whole number of seconds' },
  hint_malformed: {
    error: 'invalid_request',
    description: 'login_hint, ui_locales or acr_values is too long or malformed',
  },
  id_token_hint_not_ours: {
    error: 'invalid_request',
    description: 'id_token_hint is not an ID token of this server for this client',
  },
  resource_malformed: { error: 'invalid_target', description: 'resource must be an absolute URI without a fragment' },
  resource_unknown: {
    error: 'invalid_target',
    description: 'resource names something this server makes no tokens for',
  },
} as const satisfies Record<string, { readonly error: AuthorizationErrorCode; readonly description: string }>

/** Reads whom the request comes from and where the answer should go; nothing else is looked at before these are proven. */
export function parseIdentity(
  form: Form,
): Result<{ readonly clientId: string; readonly redirectUri: string }, PageReason> {
  if (form.all('client_id').length > 1) return refuse('client_id_repeated')
  if (form.all('redirect_uri').length > 1) return refuse('redirect_uri_repeated')
  const clientId = valueOf(form, 'client_id')
  const redirectUri = valueOf(form, 'redirect_uri')
  if (clientId === null) return refuse('client_id_missing')
  if (clientId.length > 255) return refuse('client_unknown')
  return redirectUri === null ? refuse('redirect_uri_missing') : ok({ clientId, redirectUri })
}

/** The `id_token_hint`, which only the signing keys can read. */
export function readIdTokenHint(form: Form): string | null {
  return valueOf(form, 'id_token_hint')
}

/** Proves that a redirect reaches the client: it exists, it is enabled, and the URI is registered for it. */
export function proveTarget(client: Client | null, redirectUri: string): Result<Client, PageReason> {
  if (client === null) return refuse('client_unknown')
  if (client.disabledAt !== null) return refuse('client_disabled')
  return isRegisteredRedirectUri(client.redirectUris, redirectUri) ? ok(client) : refuse('redirect_uri_unregistered')
}

/** Where and how to answer, read leniently, so that even a malformed request is answered in the way it asked for. */
export function readTarget(form: Form, redirectUri: string): ResponseTarget {
  const mode = form.all('response_mode').length > 1 ? null : parseMode(form, redirectUri)
  const state = form.all('state').length > 1 ? null : valueOf(form, 'state')
  return {
    redirectUri,
    responseMode: mode?.ok === true ? mode.value : 'query',
    state: state !== null && isEchoable(state, MAX_STATE) ? state : null,
  }
}

const MAX_STATE = 2048
const MAX_TEXT = 512

/** Reads the rest of a request whose client and target are proven; one refusal per line, in the order of their weight. */
export function parseAuthorizationRequest(
  form: Form,
  known: { readonly client: Client; readonly target: ResponseTarget },
  config: Config,
): Result<AuthorizationRequest, RequestReason> {
  const { client, target } = known
  if (authorizationParameters.some((name) => name !== 'resource' && form.all(name).length > 1))
    return refuse('parameter_repeated')
  if (target.state !== valueOf(form, 'state')) return refuse('state_malformed')
  if (!parseMode(form, target.redirectUri).ok) return refuse('response_mode_unsupported')
  if (valueOf(form, 'request') !== null) return refuse('request_object')
  if (valueOf(form, 'request_uri') !== null) return refuse('request_uri')
  if (valueOf(form, 'registration') !== null) return refuse('registration')
  const responseType = valueOf(form, 'response_type')
  if (responseType === null) return refuse('response_type_missing')
  if (responseType !== 'code') return refuse('response_type_unsupported')
  if (!client.grantTypes.includes('authorization_code')) return refuse('grant_type_not_allowed')
  const reach = parseReach(form, client, config)
  if (!reach.ok) return reach
  const challenge = parseChallenge(form)
  if (!challenge.ok) return challenge
  const hints = parseHints(form)
  return hints.ok ? ok({ ...target, ...reach.value, codeChallenge: challenge.value, ...hints.value }) : hints
}

type Reach = Pick<AuthorizationRequest, 'scopes' | 'resources'>

/** Which scopes at which resources; without `resource`, the resources that the scopes belong to. */
function parseReach(form: Form, client: Client, config: Config): Result<Reach, RequestReason> {
  const text = valueOf(form, 'scope')
  if (text === null) return refuse('scope_missing')
  const scopes = parseScope(text)
  if (!scopes.ok) return refuse('scope_malformed')
  if (!scopes.value.every((name) => config.scopes.has(name))) return refuse('scope_unknown')
  if (!scopes.value.every((name) => client.scopes.includes(name))) return refuse('scope_not_allowed')
  const asked = form.all('resource').filter((value) => value !== '')
  if (!asked.every(isResourceIdentifier)) return refuse('resource_malformed')
  if (!asked.every((value) => config.resources.has(value))) return refuse('resource_unknown')
  const ofScopes = new Set<string>()
  for (const name of scopes.value) {
    const resource = config.scopes.get(name)?.resource ?? null
    if (resource !== null) ofScopes.add(resource)
  }
  if (asked.length > 0) {
    const resources = [...new Set(asked)]
    return [...ofScopes].every((value) => resources.includes(value))
      ? ok({ scopes: scopes.value, resources })
      : refuse('scope_of_other_resource')
  }
  return ok({ scopes: scopes.value, resources: ofScopes.size > 0 ? [...ofScopes] : [config.defaultResource] })
}

function parseChallenge(form: Form): Result<string, RequestReason> {
  const challenge = valueOf(form, 'code_challenge')
  if (challenge === null) return refuse('code_challenge_missing')
  // RFC 7636 §4.3: an absent method means `plain`, which is not supported.
  if (valueOf(form, 'code_challenge_method') !== 'S256') return refuse('code_challenge_method_unsupported')
  return isCodeChallenge(challenge) ? ok(challenge) : refuse('code_challenge_malformed')
}

type Hints = Pick<
  AuthorizationRequest,
  'nonce' | 'prompts' | 'maxAgeSeconds' | 'loginHint' | 'subjectHint' | 'uiLocales' | 'acrValues'
>

function parseHints(form: Form): Result<Hints, RequestReason> {
  const nonce = valueOf(form, 'nonce')
  if (nonce !== null && !isEchoable(nonce, MAX_TEXT)) return refuse('nonce_malformed')
  const promptText = valueOf(form, 'prompt')
  const prompts = promptText === null ? ok([]) : parsePrompt(promptText)
  if (!prompts.ok) return refuse('prompt_malformed')
  const maxAgeText = valueOf(form, 'max_age')
  const maxAge = maxAgeText === null ? ok(null) : parseMaxAge(maxAgeText)
  if (!maxAge.ok) return refuse('max_age_malformed')
  const loginHint = valueOf(form, 'login_hint')
  if (loginHint !== null && !isEchoable(loginHint, MAX_TEXT)) return refuse('hint_malformed')
  const uiLocales = parseList(valueOf(form, 'ui_locales'), /^[A-Za-z0-9-]{1,35}$/)
  const acrValues = parseList(valueOf(form, 'acr_values'), /^[\x21-\x7e]{1,255}$/)
  if (uiLocales === null || acrValues === null) return refuse('hint_malformed')
  return ok({
    nonce,
    prompts: prompts.value,
    maxAgeSeconds: maxAge.value,
    loginHint,
    subjectHint: null,
    uiLocales,
    acrValues,
  })
}

function parseList(text: string | null, item: RegExp): readonly string[] | null {
  if (text === null) return []
  const items = text.split(' ')
  return text.length <= MAX_TEXT && items.every((value) => item.test(value)) ? items : null
}

function parseMode(form: Form, redirectUri: string) {
  const mode = parseResponseMode(valueOf(form, 'response_mode') ?? undefined)
  // Browsers send no form to the private scheme of an app.
  return mode.ok && mode.value === 'form_post' && redirectUriKind(redirectUri) === 'private_scheme'
    ? refuse('unsupported')
    : mode
}

/** A parameter; one without a value counts as absent (RFC 6749 §3.1). */
function valueOf(form: Form, name: (typeof authorizationParameters)[number]): string | null {
  const value = form.get(name)
  return value === undefined || value === '' ? null : value
}

/** Whether a text survives every response mode unchanged: form fields would rewrite line breaks. */
function isEchoable(text: string, maxLength: number): boolean {
  return text.length <= maxLength && !/\p{Cc}/u.test(text)
}
