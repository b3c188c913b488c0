/** POST /oauth/token (RFC 6749 §3.2): reads the form and the credentials, and hands them to the grant type. */
import { readForm, type Form, type FormReason } from '#base/request.js'
import type { Result } from '#base/result.js'

import { preflightHeaders } from '../../cross-origin.js'
import type { Call, Route } from '../../mount.js'
import { recordEvent } from '../../records/audit/events.js'
import {
  parseClientCredentials,
  type ClientCredentials,
  type CredentialsReason,
} from '../../rules/client-credentials.js'
import type { Server } from '../../server.js'
import { grants } from './grants.js'
import { tokenError, tokenResponse } from './response.js'

/** What the token endpoint answers to. */
export const tokenRoutes: readonly Route[] = [
  { method: 'POST', path: '/oauth/token', authority: 'client', answers: 'json', respond: answerTokenRequest },
  { method: 'OPTIONS', path: '/oauth/token', authority: 'anyone', answers: 'json', respond: answerPreflight },
]

function answerPreflight(): Response {
  return new Response(null, { status: 204, headers: preflightHeaders('POST') })
}

const limits = { maxBytes: 16_384, maxValueLength: 4096, repeatable: ['resource'] }

async function answerTokenRequest(server: Server, { c, requestId }: Call): Promise<Response> {
  const form = await readForm(c.req.raw, limits)
  const now = server.clock.now()
  const refused = (event: 'token_request.refused' | 'client_authentication.refused', reason: string) =>
    recordEvent(server, { at: now, event, outcome: 'refused', reason, actor: { kind: 'anonymous' }, requestId })
  if (!form.ok) {
    await refused('token_request.refused', form.reason)
    return tokenError('invalid_request', { status: formStatus[form.reason] })
  }
  const authorization = c.req.header('authorization')
  const withChallenge = authorization !== undefined
  const credentials = readCredentials(form.value, authorization)
  if (!credentials.ok) {
    await refused('client_authentication.refused', credentials.reason)
    return tokenError(credentialsRefusals[credentials.reason], { withChallenge })
  }
  const grantType = form.value.get('grant_type')
  const grant = grants.get(grantType ?? '')
  if (!grantType || !grant) {
    await refused('token_request.refused', grantType ? 'unsupported_grant_type' : 'missing_grant_type')
    return tokenError(grantType ? 'unsupported_grant_type' : 'invalid_request')
  }
  const answer = await grant.exchange(server, {
    form: form.value,
    credentials: credentials.value,
    grantType,
    requestId,
    now,
  })
  return answer.ok
    ? tokenResponse(answer.value)
    : tokenError(grant.refusals[answer.reason] ?? 'server_error', { withChallenge })
}

/** A parameter without a value counts as left out (RFC 6749 §3.2). */
function readCredentials(form: Form, authorization: string | undefined): Result<ClientCredentials, CredentialsReason> {
  return parseClientCredentials({
    authorization,
    clientId: form.get('client_id') || undefined,
    clientSecret: form.get('client_secret') || undefined,
    hasAssertion: Boolean(form.get('client_assertion') || form.get('client_assertion_type')),
  })
}

const formStatus = {
  too_large: 413,
  wrong_media_type: 415,
  wrong_charset: 415,
  malformed: 400,
  duplicate: 400,
  nul: 400,
  value_too_long: 400,
} as const satisfies Record<FormReason, number>

const credentialsRefusals = {
  missing: 'invalid_client',
  malformed_header: 'invalid_client',
  unsupported_method: 'invalid_client',
  two_methods: 'invalid_request',
  two_identities: 'invalid_request',
} as const satisfies Record<CredentialsReason, string>
