/** The ordered table of checks: every malformed request with its exact answer, and nothing left behind but the audit row. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { insertClient, type TestRegistration } from '../../testing/issue-code.js'
import {
  authorizePath,
  openBrowser,
  responseParameters,
  type BrowserAnswer,
  type Fields,
  type TestBrowser,
} from '../../testing/test-browser.js'
import { startTestServer, type TestServer } from '../../testing/test-server.js'

const MARK = 'xss<script>alert(1)</script>'

let server: TestServer
let client: TestRegistration
let limited: TestRegistration
let disabled: TestRegistration

beforeAll(async () => {
  server = await startTestServer()
  client = await insertClient(server)
  limited = await insertClient(server, { scopes: ['openid', 'notes:read'], grantTypes: ['refresh_token'] })
  disabled = await insertClient(server)
  await server.lockspire.clients.disable(disabled.clientId)
})
afterAll(() => server.close())

interface Left {
  readonly rows: number
  readonly audited: number
}

async function left(): Promise<Left> {
  const [row] = await server.query<Left>(
    `select (select count(*) from $schema.interactions) + (select count(*) from $schema.consents)
          + (select count(*) from $schema.authorization_codes) + (select count(*) from $schema.jobs) as rows,
            (select count(*) from $schema.audit_events) as audited`,
  )
  return { rows: Number(row?.rows), audited: Number(row?.audited) }
}

/** Sends it logged in and logged out: neither may get further. */
async function refused(
  send: (browser: TestBrowser) => Promise<BrowserAnswer>,
): Promise<{ answer: BrowserAnswer; reason: string | null }> {
  const before = await left()
  const browser = openBrowser(server)
  browser.logIn('ada')
  await send(browser)
  browser.logOut()
  const answer = await send(browser)
  const after = await left()
  expect(after).toEqual({ rows: before.rows, audited: before.audited + 2 })
  expect(browser.cookies.size).toBe(0)
  const event = (await server.events()).at(-1)
  expect(event).toMatchObject({ event: 'authorization_request.refused', outcome: 'refused' })
  return { answer, reason: event?.reason ?? null }
}

function expectPage(answer: BrowserAnswer, expected: { status: number; code: string }): void {
  expect(answer.status).toBe(expected.status)
  expect(answer.location).toBeNull()
  expect(answer.text).toContain(`<dd>${expected.code}</dd>`)
  expect(answer.text).not.toContain('alert(1)')
  expect(answer.text).not.toContain('evil.example')
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(answer.headers.get('cache-control')).toBe('no-store')
}

/** Which client asks, and what differs from a good request. */
type Row = readonly [name: string, change: Fields, code: string, status?: number]

describe('a request whose client or redirect URI is not proven gets a page', () => {
  const evil = 'https://evil.example/callback'
  const rows: readonly Row[] = [
    ['no client_id', { client_id: undefined }, 'client_id_missing'],
    ['an empty client_id', { client_id: '' }, 'client_id_missing'],
    ['client_id twice', { client_id: ['a', 'b'] }, 'client_id_repeated'],
    ['an unknown client', { client_id: 'nobody' }, 'client_unknown'],
    ['an unknown client with markup', { client_id: MARK }, 'client_unknown'],
    ['a client_id of 256 characters', { client_id: 'x'.repeat(256) }, 'client_unknown'],
    ['a client_id that is SQL', { client_id: "' or 1=1 --" }, 'client_unknown'],
    ['no redirect_uri', { redirect_uri: undefined }, 'redirect_uri_missing'],
    ['an empty redirect_uri', { redirect_uri: '' }, 'redirect_uri_missing'],
    [
      'redirect_uri twice, one of them good',
      { redirect_uri: ['https://client.example/callback', evil] },
      'redirect_uri_repeated',
    ],
    ['a foreign redirect_uri', { redirect_uri: evil }, 'redirect_uri_unregistered'],
    ['a foreign redirect_uri and a bad scope', { redirect_uri: evil, scope: 'bogus' }, 'redirect_uri_unregistered'],
    ['a foreign redirect_uri and prompt=none', { redirect_uri: evil, prompt: 'none' }, 'redirect_uri_unregistered'],
    [
      'a foreign redirect_uri and form_post',
      { redirect_uri: evil, response_mode: 'form_post' },
      'redirect_uri_unregistered',
    ],
    ['a trailing slash', { redirect_uri: 'https://client.example/callback/' }, 'redirect_uri_unregistered'],
    [
      'a query that is not registered',
      { redirect_uri: 'https://client.example/callback?x=1' },
      'redirect_uri_unregistered',
    ],
    ['a fragment', { redirect_uri: 'https://client.example/callback#x' }, 'redirect_uri_unregistered'],
    ['another port', { redirect_uri: 'https://client.example:8443/callback' }, 'redirect_uri_unregistered'],
    ['another case', { redirect_uri: 'https://client.example/CALLBACK' }, 'redirect_uri_unregistered'],
    ['userinfo', { redirect_uri: 'https://client.example@evil.example/callback' }, 'redirect_uri_unregistered'],
    ['a backslash', { redirect_uri: 'https://client.example\\@evil.example/callback' }, 'redirect_uri_unregistered'],
    ['a relative redirect_uri', { redirect_uri: '/callback' }, 'redirect_uri_unregistered'],
    ['a scheme-relative redirect_uri', { redirect_uri: '//evil.example/callback' }, 'redirect_uri_unregistered'],
    ['javascript:', { redirect_uri: 'javascript:alert(1)' }, 'redirect_uri_unregistered'],
    ['data:', { redirect_uri: 'data:text/html,<script>alert(1)</script>' }, 'redirect_uri_unregistered'],
    [
      'a line break in the redirect_uri',
      { redirect_uri: 'https://client.example/callback\r\nX: y' },
      'redirect_uri_unregistered',
    ],
    ['an unknown parameter twice', { [MARK]: ['1', '2'] }, 'request_duplicate'],
    ['NUL in state', { state: 'a\0b' }, 'request_nul'],
    ['NUL in client_id', { client_id: 'a\0b' }, 'request_nul'],
    ['a value of 4097 characters', { login_hint: 'x'.repeat(4097) }, 'request_value_too_long'],
    [
      'a query of more than 8000 bytes',
      { login_hint: 'x'.repeat(3900), nonce: 'y'.repeat(3900), state: 'z'.repeat(300) },
      'request_too_large',
      413,
    ],
  ]

  test.each(rows.map(([name, change, code, status = 400]) => ({ name, change, code, status })))(
    '$name',
    async ({ change, code, status }) => {
      const { answer, reason } = await refused((browser) => browser.get(authorizePath(client, change)))
      expectPage(answer, { status, code })
      expect(reason).toBe(code)
    },
  )

  test('a disabled client', async () => {
    const { answer } = await refused((browser) => browser.get(authorizePath(disabled)))
    expectPage(answer, { status: 400, code: 'client_disabled' })
  })

  test.each([
    ['a broken percent escape', (path: string) => `${path}&nonce=%zz`],
    ['bytes that are not UTF-8', (path: string) => `${path}&nonce=%ff%fe`],
    ['an overlong encoding', (path: string) => `${path}&nonce=%c0%af`],
    ['a lone surrogate', (path: string) => `${path}&nonce=%ed%a0%80`],
    ['a parameter without a name', (path: string) => `${path}&=x`],
  ])('%s', async (_name, damage) => {
    const { answer } = await refused((browser) => browser.get(damage(authorizePath(client))))
    expectPage(answer, { status: 400, code: 'request_malformed' })
  })

  test('more than 500 parameters', async () => {
    const many = Array.from({ length: 501 }, (_, at) => `a${at}`).join('&')
    const { answer } = await refused((browser) => browser.get(`${authorizePath(client)}&${many}`))
    expectPage(answer, { status: 413, code: 'request_too_large' })
  })

  test('no query at all', async () => {
    const { answer } = await refused((browser) => browser.get('/oauth/authorize'))
    expectPage(answer, { status: 400, code: 'client_id_missing' })
  })

  test.each([
    ['a JSON body', 'application/json', 415, 'request_wrong_media_type'],
    ['a multipart body', 'multipart/form-data; boundary=x', 415, 'request_wrong_media_type'],
    ['another charset', 'application/x-www-form-urlencoded; charset=utf-16', 415, 'request_wrong_charset'],
    ['no media type', '', 415, 'request_wrong_media_type'],
  ])('a post with %s', async (_name, type, status, code) => {
    const { answer } = await refused((browser) =>
      browser.post('/oauth/authorize', { client_id: client.clientId }, { 'Content-Type': type }),
    )
    expectPage(answer, { status, code })
  })

  test('a post of more than 8000 bytes', async () => {
    const { answer } = await refused((browser) =>
      browser.post('/oauth/authorize', { scope: 'x'.repeat(4000), state: 'y'.repeat(4000), nonce: 'z' }),
    )
    expectPage(answer, { status: 413, code: 'request_too_large' })
  })

  test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('the method %s', async (method) => {
    const answer = await server.fetch(authorizePath(client), { method })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('GET, POST')
    expect(answer.headers.get('location')).toBeNull()
  })

  test('the method HEAD, which begins nothing', async () => {
    const before = await left()
    const answer = await server.fetch(authorizePath(client), { method: 'HEAD' }, { account: 'ada' })
    expect(answer.status).toBe(405)
    expect(await left()).toEqual(before)
  })
})

describe('a request whose client and redirect URI are proven is answered to the client', () => {
  const rows: readonly (readonly [name: string, change: Fields, error: string, reason: string])[] = [
    ['state twice', { state: ['a', 'b'] }, 'invalid_request', 'parameter_repeated'],
    ['response_type twice', { response_type: ['code', 'code'] }, 'invalid_request', 'parameter_repeated'],
    ['scope twice', { scope: ['openid', 'notes:read'] }, 'invalid_request', 'parameter_repeated'],
    ['code_challenge twice', { code_challenge: ['x', 'y'] }, 'invalid_request', 'parameter_repeated'],
    ['prompt twice', { prompt: ['none', 'login'] }, 'invalid_request', 'parameter_repeated'],
    ['nonce twice', { nonce: ['a', 'a'] }, 'invalid_request', 'parameter_repeated'],
    ['response_mode twice', { response_mode: ['query', 'form_post'] }, 'invalid_request', 'parameter_repeated'],
    ['a state of 2049 characters', { state: 'x'.repeat(2049) }, 'invalid_request', 'state_malformed'],
    ['a line break in state', { state: 'a\r\nLocation: https://evil.example' }, 'invalid_request', 'state_malformed'],
    ['response_mode fragment', { response_mode: 'fragment' }, 'invalid_request', 'response_mode_unsupported'],
    ['response_mode jwt', { response_mode: 'jwt' }, 'invalid_request', 'response_mode_unsupported'],
    ['an unknown response_mode', { response_mode: MARK }, 'invalid_request', 'response_mode_unsupported'],
    ['a request object', { request: 'eyJhbGciOiJub25lIn0.e30.' }, 'request_not_supported', 'request_object'],
    ['a request_uri', { request_uri: 'https://evil.example/request' }, 'request_uri_not_supported', 'request_uri'],
    ['a registration', { registration: '{}' }, 'registration_not_supported', 'registration'],
    ['no response_type', { response_type: undefined }, 'invalid_request', 'response_type_missing'],
    ['an empty response_type', { response_type: '' }, 'invalid_request', 'response_type_missing'],
    ['response_type token', { response_type: 'token' }, 'unsupported_response_type', 'response_type_unsupported'],
    ['response_type id_token', { response_type: 'id_token' }, 'unsupported_response_type', 'response_type_unsupported'],
    [
      'response_type code id_token',
      { response_type: 'code id_token' },
      'unsupported_response_type',
      'response_type_unsupported',
    ],
    ['response_type Code', { response_type: 'Code' }, 'unsupported_response_type', 'response_type_unsupported'],
    [
      'response_type with a space',
      { response_type: 'code ' },
      'unsupported_response_type',
      'response_type_unsupported',
    ],
    ['no scope', { scope: undefined }, 'invalid_scope', 'scope_missing'],
    ['an empty scope', { scope: '' }, 'invalid_scope', 'scope_missing'],
    ['two spaces in scope', { scope: 'openid  notes:read' }, 'invalid_scope', 'scope_malformed'],
    ['a space after scope', { scope: 'openid ' }, 'invalid_scope', 'scope_malformed'],
    ['a tab in scope', { scope: 'openid\tnotes:read' }, 'invalid_scope', 'scope_malformed'],
    ['a quote in scope', { scope: 'open"id' }, 'invalid_scope', 'scope_malformed'],
    ['an unknown scope', { scope: 'openid notes:delete' }, 'invalid_scope', 'scope_unknown'],
    ['a scope named like an object property', { scope: '__proto__ constructor' }, 'invalid_scope', 'scope_unknown'],
    ['no code_challenge', { code_challenge: undefined }, 'invalid_request', 'code_challenge_missing'],
    ['an empty code_challenge', { code_challenge: '' }, 'invalid_request', 'code_challenge_missing'],
    [
      'no PKCE at all',
      { code_challenge: undefined, code_challenge_method: undefined },
      'invalid_request',
      'code_challenge_missing',
    ],
    [
      'no code_challenge_method, which means plain',
      { code_challenge_method: undefined },
      'invalid_request',
      'code_challenge_method_unsupported',
    ],
    ['plain', { code_challenge_method: 'plain' }, 'invalid_request', 'code_challenge_method_unsupported'],
    ['s256', { code_challenge_method: 's256' }, 'invalid_request', 'code_challenge_method_unsupported'],
    [
      'an empty code_challenge_method',
      { code_challenge_method: '' },
      'invalid_request',
      'code_challenge_method_unsupported',
    ],
    ['a challenge of 42 characters', { code_challenge: 'a'.repeat(42) }, 'invalid_request', 'code_challenge_malformed'],
    ['a challenge of 44 characters', { code_challenge: 'a'.repeat(44) }, 'invalid_request', 'code_challenge_malformed'],
    ['a padded challenge', { code_challenge: `${'A'.repeat(43)}=` }, 'invalid_request', 'code_challenge_malformed'],
    ['a challenge in base64', { code_challenge: `${'A'.repeat(41)}+/` }, 'invalid_request', 'code_challenge_malformed'],
    ['a nonce of 513 characters', { nonce: 'n'.repeat(513) }, 'invalid_request', 'nonce_malformed'],
    ['a control character in nonce', { nonce: 'a\u0007' }, 'invalid_request', 'nonce_malformed'],
    ['prompt none login', { prompt: 'none login' }, 'invalid_request', 'prompt_malformed'],
    ['prompt login login', { prompt: 'login login' }, 'invalid_request', 'prompt_malformed'],
    ['prompt create', { prompt: 'create' }, 'invalid_request', 'prompt_malformed'],
    ['prompt Login', { prompt: 'Login' }, 'invalid_request', 'prompt_malformed'],
    ['max_age -1', { max_age: '-1' }, 'invalid_request', 'max_age_malformed'],
    ['max_age 12.5', { max_age: '12.5' }, 'invalid_request', 'max_age_malformed'],
    ['max_age abc', { max_age: 'abc' }, 'invalid_request', 'max_age_malformed'],
    ['max_age with a space', { max_age: ' 10' }, 'invalid_request', 'max_age_malformed'],
    ['a huge max_age', { max_age: '9'.repeat(30) }, 'invalid_request', 'max_age_malformed'],
    ['a login_hint of 513 characters', { login_hint: 'x'.repeat(513) }, 'invalid_request', 'hint_malformed'],
    ['a line break in login_hint', { login_hint: 'a\nb' }, 'invalid_request', 'hint_malformed'],
    ['malformed ui_locales', { ui_locales: 'de;q=1' }, 'invalid_request', 'hint_malformed'],
    ['malformed acr_values', { acr_values: 'a  b' }, 'invalid_request', 'hint_malformed'],
    ['an id_token_hint that is no token', { id_token_hint: 'x' }, 'invalid_request', 'id_token_hint_not_ours'],
    [
      'an unsigned id_token_hint',
      { id_token_hint: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.' },
      'invalid_request',
      'id_token_hint_not_ours',
    ],
    ['a relative resource', { resource: '/api' }, 'invalid_target', 'resource_malformed'],
    ['a resource with a fragment', { resource: 'https://notes.example/api#x' }, 'invalid_target', 'resource_malformed'],
    ['an unknown resource', { resource: 'https://evil.example/api' }, 'invalid_target', 'resource_unknown'],
    [
      'a known and an unknown resource',
      { resource: ['https://notes.example/api', 'https://evil.example'] },
      'invalid_target',
      'resource_unknown',
    ],
    [
      'a scope of a resource that was not asked for',
      { resource: 'https://mail.example/api' },
      'invalid_scope',
      'scope_of_other_resource',
    ],
  ]

  test.each(rows)('%s', async (_name, change, error, expectedReason) => {
    const { answer, reason } = await refused((browser) => browser.get(authorizePath(client, change)))
    expect(reason).toBe(expectedReason)
    expect(answer.status).toBe(303)
    expect(answer.location?.origin).toBe('https://client.example')
    expect(answer.location?.pathname).toBe('/callback')
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    const { error_description: description, ...rest } = responseParameters(answer)
    const isStateLost = 'state' in change
    expect(rest).toEqual({ error, iss: server.issuer, ...(isStateLost ? {} : { state: 'a state' }) })
    expect(description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  })

  test.each([
    ['a client without this scope', { scope: 'openid notes:write' }, 'unauthorized_client', 'grant_type_not_allowed'],
  ])('%s, which may not use codes at all', async (_name, change, error, expectedReason) => {
    const { answer, reason } = await refused((browser) => browser.get(authorizePath(limited, change)))
    expect([responseParameters(answer)['error'], reason]).toEqual([error, expectedReason])
  })

  test('a scope that this client may not ask for', async () => {
    const narrow = await insertClient(server, { scopes: ['openid', 'notes:read'] })
    const { answer, reason } = await refused((browser) =>
      browser.get(authorizePath(narrow, { scope: 'openid notes:write' })),
    )
    expect([responseParameters(answer)['error'], reason]).toEqual(['invalid_scope', 'scope_not_allowed'])
  })

  test('in the way it asked for: form_post carries errors too, and no address of ours is in it', async () => {
    const { answer } = await refused((browser) =>
      browser.get(authorizePath(client, { response_mode: 'form_post', scope: 'bogus', state: MARK })),
    )
    expect(answer.status).toBe(200)
    expect(answer.location).toBeNull()
    expect(answer.text).toContain('action="https://client.example/callback"')
    expect(answer.text).not.toContain('<script>alert')
    expect(responseParameters(answer)).toMatchObject({ error: 'invalid_scope', state: MARK, iss: server.issuer })
  })

  test('even when several things are wrong at once: the first of the table is told', async () => {
    const { reason } = await refused((browser) =>
      browser.get(authorizePath(client, { request: 'x', response_type: 'token', scope: 'bogus', prompt: 'x' })),
    )
    expect(reason).toBe('request_object')
  })
})

describe('a parameter without a value counts as absent (RFC 6749 §3.1)', () => {
  test('so that empty optional ones change nothing', async () => {
    const browser = openBrowser(server)
    const empty = {
      state: '',
      nonce: '',
      prompt: '',
      max_age: '',
      login_hint: '',
      ui_locales: '',
      acr_values: '',
      response_mode: '',
      request: '',
      resource: '',
    }
    const answer = await browser.get(authorizePath(client, empty))
    expect(answer.location?.pathname).toBe('/log_in')
  })

  test('and unknown ones are ignored', async () => {
    const browser = openBrowser(server)
    const answer = await browser.get(
      authorizePath(client, { display: 'popup', claims: '{"id_token":{}}', audience: 'x' }),
    )
    expect(answer.location?.pathname).toBe('/log_in')
  })
})
