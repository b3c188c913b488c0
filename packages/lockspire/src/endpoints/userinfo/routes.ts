/** GET and POST /oauth/userinfo (OpenID Connect Core §5.3.1), with a bearer token in the Authorization header and nowhere else. */
import { plainHeaders } from '#base/headers.js'
import { readForm } from '#base/request.js'
import type { Result } from '#base/result.js'

import { crossOriginChallenge, preflightHeaders } from '../../cross-origin.js'
import type { Call, Route } from '../../mount.js'
import { challengeStatus, parseBearer, renderChallenge, type BearerReason, type Challenge } from '../../rules/bearer.js'
import type { Server } from '../../server.js'
import { userinfo, type UserinfoReason } from './userinfo.js'

const path = '/oauth/userinfo'

/** What userinfo answers to. */
export const userinfoRoutes: readonly Route[] = [
  { method: 'GET', path, authority: 'access_token', answers: 'json', respond: answerUserinfo },
  { method: 'POST', path, authority: 'access_token', answers: 'json', respond: answerUserinfo },
  { method: 'OPTIONS', path, authority: 'anyone', answers: 'json', respond: answerPreflight },
]

const headers = { ...plainHeaders, ...crossOriginChallenge, 'Content-Type': 'application/json' }

async function answerUserinfo(server: Server, { c, requestId }: Call): Promise<Response> {
  const url = c.req.url
  const query = url.indexOf('?')
  const token = parseBearer(c.req.header('authorization'), query === -1 ? '' : url.slice(query))
  if (!token.ok) return refusal(server, token.reason)
  if (c.req.method === 'POST' && !(await isHarmlessBody(c.req.raw))) return refusal(server, 'bad_body')
  const answer: Result<unknown, UserinfoReason> = await userinfo(server, token.value, requestId)
  if (answer.ok) return new Response(JSON.stringify(answer.value), { status: 200, headers })
  return refusal(server, answer.reason)
}

function answerPreflight(): Response {
  return new Response(null, { status: 204, headers: preflightHeaders('GET, POST') })
}

/** A post needs no body; a form is let through unless it carries a second token (RFC 6750 §2). */
async function isHarmlessBody(request: Request): Promise<boolean> {
  if (request.body === null || request.headers.get('content-length') === '0') return true
  const form = await readForm(request, { maxBytes: 16_384 })
  return form.ok && !form.value.has('access_token')
}

const invalid = { error: 'invalid_token', description: 'The access token is not valid.' } as const
const inRequest = (description: string) => ({ error: 'invalid_request', description }) as const

const refusals = {
  missing: {},
  malformed_header: inRequest('The Authorization header is malformed.'),
  token_in_query: inRequest('The access token belongs in the Authorization header.'),
  bad_body: inRequest('The body must be empty or a form, without an access token.'),
  malformed: invalid,
  wrong_algorithm: invalid,
  wrong_type: invalid,
  unknown_key: invalid,
  bad_signature: invalid,
  wrong_issuer: invalid,
  incomplete: invalid,
  not_yet_valid: invalid,
  expired: invalid,
  unknown_token: invalid,
  grant_ended: invalid,
  account_gone: invalid,
  insufficient_scope: { error: 'insufficient_scope', description: 'The access token lacks the scope openid.' },
  claims_failed: null,
} as const satisfies Record<UserinfoReason | BearerReason | 'bad_body', Omit<Challenge, 'realm' | 'scopes'> | null>

function refusal(server: Server, reason: keyof typeof refusals): Response {
  const rule: Omit<Challenge, 'realm' | 'scopes'> | null = refusals[reason]
  if (rule === null) {
    const body = {
      error: 'server_error',
      error_description: 'The server could not answer; the request may be tried again.',
    }
    return new Response(JSON.stringify(body), { status: 500, headers })
  }
  const scopes = rule.error === 'insufficient_scope' ? ['openid'] : []
  const body = rule.error
    ? { error: rule.error, error_description: rule.description }
    : { message: 'An access token is needed.' }
  return new Response(JSON.stringify(body), {
    status: challengeStatus(rule.error),
    headers: { ...headers, 'WWW-Authenticate': renderChallenge({ ...rule, realm: server.config.issuer, scopes }) },
  })
}
