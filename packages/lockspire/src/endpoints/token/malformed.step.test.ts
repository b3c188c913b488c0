/** Malformed token requests get the exact error and leave nothing behind. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  basicAuthorization,
  insertClient,
  insertCode,
  readAnswer,
  redeem,
  refresh,
  type TestCode,
  type TestRegistration,
} from '../../testing/issue-code.js'
import { startTestServer, type TestServer } from '../../testing/test-server.js'

let server: TestServer
let client: TestRegistration
let poster: TestRegistration
let code: TestCode
let refreshToken: string
let before: unknown

beforeAll(async () => {
  server = await startTestServer()
  client = await insertClient(server, { authMethod: 'none' })
  poster = await insertClient(server, { authMethod: 'client_secret_post' })
  code = await insertCode(server, client)
  refreshToken = String((await redeem(server, client, await insertCode(server, client))).body['refresh_token'])
  before = await remains()
})
afterAll(() => server.close())

const form = 'application/x-www-form-urlencoded'

/** A redemption that would succeed, with `$client`, `$code`, `$verifier`, `$secret` and `$refresh` to be filled in. */
const good =
  'grant_type=authorization_code&client_id=$client&code=$code&redirect_uri=https%3A%2F%2Fclient.example%2Fcallback&code_verifier=$verifier'
const goodRefresh = 'grant_type=refresh_token&client_id=$client&refresh_token=$refresh'

function fill(text: string): string {
  return text
    .replaceAll('$client', client.clientId)
    .replaceAll('$poster', poster.clientId)
    .replaceAll('$secret', poster.secret ?? '')
    .replaceAll('$code', code.code)
    .replaceAll('$verifier', code.verifier)
    .replaceAll('$refresh', refreshToken)
}

function without(text: string, name: string): string {
  return text
    .split('&')
    .filter((pair) => !pair.startsWith(`${name}=`))
    .join('&')
}

interface Malformed {
  readonly body?: string | Uint8Array<ArrayBuffer>
  readonly type?: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
  readonly path?: string
}

const rows: readonly (readonly [name: string, request: Malformed, status: number, error: string])[] = [
  // the form itself
  ['an empty body', { body: '' }, 401, 'invalid_client'],
  ['no body and no media type', { type: null }, 415, 'invalid_request'],
  ['JSON', { body: '{"grant_type":"authorization_code"}', type: 'application/json' }, 415, 'invalid_request'],
  ['a form that says it is JSON', { body: good, type: 'application/json' }, 415, 'invalid_request'],
  ['multipart', { body: '--x\r\n\r\n--x--', type: 'multipart/form-data; boundary=x' }, 415, 'invalid_request'],
  ['plain text', { body: good, type: 'text/plain' }, 415, 'invalid_request'],
  ['a media type that begins alike', { body: good, type: `${form}2` }, 415, 'invalid_request'],
  ['two media types', { body: good, type: `${form}, text/plain` }, 415, 'invalid_request'],
  ['an empty media type', { body: good, type: '' }, 415, 'invalid_request'],
  ['another charset', { body: good, type: `${form}; charset=iso-8859-1` }, 415, 'invalid_request'],
  ['UTF-16', { body: good, type: `${form};charset="utf-16"` }, 415, 'invalid_request'],
  ['two charsets', { body: good, type: `${form}; charset=utf-8; charset=latin1` }, 415, 'invalid_request'],
  ['a compressed body', { body: good, headers: { 'Content-Encoding': 'gzip' } }, 415, 'invalid_request'],
  ['twenty kilobytes', { body: `${good}&x=${'a'.repeat(20_000)}` }, 413, 'invalid_request'],
  ['a length that lies high', { body: good, headers: { 'Content-Length': '99999999' } }, 413, 'invalid_request'],
  ['a length that is no number', { body: good, headers: { 'Content-Length': 'much' } }, 413, 'invalid_request'],
  [
    'six hundred parameters',
    { body: 'a=&'.repeat(1) + Array.from({ length: 600 }, (_, at) => `p${at}=1`).join('&') },
    413,
    'invalid_request',
  ],
  ['a value of five thousand characters', { body: `${good}&state=${'a'.repeat(5000)}` }, 400, 'invalid_request'],
  ['a scope of five thousand characters', { body: `${goodRefresh}&scope=${'a'.repeat(5000)}` }, 400, 'invalid_request'],
  ['a broken percent escape', { body: good.replace('$code', '%zz') }, 400, 'invalid_request'],
  ['a cut percent escape', { body: `${good}&x=%4` }, 400, 'invalid_request'],
  ['an escape that is not UTF-8', { body: good.replace('$code', '%ff%fe') }, 400, 'invalid_request'],
  ['an overlong escape', { body: good.replace('$code', '%c0%80') }, 400, 'invalid_request'],
  ['raw bytes that are not UTF-8', { body: Uint8Array.from([103, 61, 0xff, 0xfe]) }, 400, 'invalid_request'],
  ['an escaped NUL', { body: good.replace('$code', '$code%00') }, 400, 'invalid_request'],
  ['a raw NUL', { body: good.replace('$code', '$code\0') }, 400, 'invalid_request'],
  ['a NUL in a name', { body: `${good}&a%00=1` }, 400, 'invalid_request'],
  ['a parameter without a name', { body: `${good}&=1` }, 400, 'invalid_request'],
  // duplicates
  ['grant_type twice', { body: `${good}&grant_type=authorization_code` }, 400, 'invalid_request'],
  ['two different grant types', { body: `${good}&grant_type=refresh_token` }, 400, 'invalid_request'],
  ['code twice', { body: `${good}&code=$code` }, 400, 'invalid_request'],
  ['code_verifier twice', { body: `${good}&code_verifier=$verifier` }, 400, 'invalid_request'],
  ['redirect_uri twice', { body: `${good}&redirect_uri=https%3A%2F%2Fevil.example` }, 400, 'invalid_request'],
  ['client_id twice', { body: `${good}&client_id=$client` }, 400, 'invalid_request'],
  ['client_secret twice', { body: `${good}&client_secret=a&client_secret=b` }, 400, 'invalid_request'],
  ['a parameter that nobody knows, twice', { body: `${good}&x=1&x=2` }, 400, 'invalid_request'],
  ['a name that is escaped the second time', { body: `${good}&%63ode=$code` }, 400, 'invalid_request'],
  ['refresh_token twice', { body: `${goodRefresh}&refresh_token=$refresh` }, 400, 'invalid_request'],
  ['scope twice', { body: `${goodRefresh}&scope=openid&scope=openid` }, 400, 'invalid_request'],
  // missing parameters
  ...['grant_type', 'code', 'redirect_uri', 'code_verifier'].flatMap((name): [string, Malformed, number, string][] => [
    [`no ${name}`, { body: without(good, name) }, 400, 'invalid_request'],
    [`an empty ${name}`, { body: `${without(good, name)}&${name}=` }, 400, 'invalid_request'],
  ]),
  ['no client_id', { body: without(good, 'client_id') }, 401, 'invalid_client'],
  ['an empty client_id', { body: `${without(good, 'client_id')}&client_id=` }, 401, 'invalid_client'],
  ['no refresh_token', { body: without(goodRefresh, 'refresh_token') }, 400, 'invalid_request'],
  [
    'an empty refresh_token',
    { body: `${without(goodRefresh, 'refresh_token')}&refresh_token=` },
    400,
    'invalid_request',
  ],
  ['names in other letters', { body: good.replace('code=', 'CODE=') }, 400, 'invalid_request'],
  ['everything in the query', { body: '', path: `/oauth/token?${good}` }, 401, 'invalid_client'],
  // scopes and resources
  ['two spaces in a scope', { body: `${goodRefresh}&scope=openid++email` }, 400, 'invalid_scope'],
  ['a scope with a quote', { body: `${goodRefresh}&scope=%22openid%22` }, 400, 'invalid_scope'],
  ['a scope with a line break', { body: `${goodRefresh}&scope=openid%0Aemail` }, 400, 'invalid_scope'],
  ['a scope in another script', { body: `${goodRefresh}&scope=%D0%BEpenid` }, 400, 'invalid_scope'],
  [
    'a resource with a fragment',
    { body: `${goodRefresh}&resource=https%3A%2F%2Fnotes.example%2Fapi%23x` },
    400,
    'invalid_target',
  ],
  ['a resource that is no URI', { body: `${goodRefresh}&resource=notes` }, 400, 'invalid_target'],
  // grant types
  [
    'a grant type in other letters',
    { body: goodRefresh.replace('refresh_token&', 'Refresh_Token&') },
    400,
    'unsupported_grant_type',
  ],
  [
    'a grant type with a space',
    { body: goodRefresh.replace('refresh_token&', 'refresh_token+&') },
    400,
    'unsupported_grant_type',
  ],
  [
    'the password grant',
    { body: 'grant_type=password&username=a&password=b&client_id=$client' },
    400,
    'unsupported_grant_type',
  ],
  ['a property of every object', { body: 'grant_type=constructor&client_id=$client' }, 400, 'unsupported_grant_type'],
  // credentials
  ['an unknown client', { body: good.replace('$client', 'nobody') }, 401, 'invalid_client'],
  ['a client_id of a thousand characters', { body: good.replace('$client', 'a'.repeat(1000)) }, 401, 'invalid_client'],
  ['a client_id with a quote', { body: good.replace('$client', `'--`) }, 401, 'invalid_client'],
  ['a secret from a public client', { body: `${good}&client_secret=x` }, 401, 'invalid_client'],
  [
    'a wrong secret',
    { body: 'grant_type=refresh_token&refresh_token=$refresh&client_id=$poster&client_secret=wrong' },
    401,
    'invalid_client',
  ],
  [
    'a cut secret',
    {
      body: `grant_type=refresh_token&refresh_token=$refresh&client_id=$poster&client_secret=$secret`.replace(
        '$secret',
        'lscs_',
      ),
    },
    401,
    'invalid_client',
  ],
  [
    'header and secret',
    { body: `${good}&client_secret=x`, headers: { Authorization: basicAuthorization('a', 'b') } },
    400,
    'invalid_request',
  ],
  [
    'header and assertion',
    { body: `${good}&client_assertion=x`, headers: { Authorization: basicAuthorization('a', 'b') } },
    400,
    'invalid_request',
  ],
  ['secret and assertion', { body: `${good}&client_secret=x&client_assertion=y` }, 400, 'invalid_request'],
  [
    'an unsigned assertion',
    {
      body: `${good}&client_assertion=e30.e30.&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer`,
    },
    401,
    'invalid_client',
  ],
  [
    'another client in the header than in the body',
    { body: good, headers: { Authorization: basicAuthorization('other', 'x') } },
    400,
    'invalid_request',
  ],
  ['a Bearer header', { body: good, headers: { Authorization: 'Bearer abc' } }, 401, 'invalid_client'],
  ['an empty Basic header', { body: good, headers: { Authorization: 'Basic ' } }, 401, 'invalid_client'],
  ['Basic that is not base64', { body: good, headers: { Authorization: 'Basic ~~~' } }, 401, 'invalid_client'],
  ['Basic without a colon', { body: good, headers: { Authorization: 'Basic YWJj' } }, 401, 'invalid_client'],
  ['Basic in base64url', { body: good, headers: { Authorization: 'Basic Pz8_Oj8_Pw' } }, 401, 'invalid_client'],
  // methods
  ...['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD'].map((method): [string, Malformed, number, string] => [
    method,
    { method },
    405,
    'invalid_request',
  ]),
]

describe('malformed token requests', () => {
  it.each(rows)('are refused: %s', async (name, request, status, error) => {
    const method = request.method ?? 'POST'
    const headers = new Headers(request.headers)
    if (method === 'POST' && request.type !== null) headers.set('Content-Type', request.type ?? form)
    const body = typeof request.body === 'string' ? fill(request.body) : (request.body ?? null)
    const response = await server.fetch(fill(request.path ?? '/oauth/token'), {
      method,
      headers,
      ...(method === 'POST' ? { body } : {}),
    })
    const answer = await readAnswer(response)
    expect([answer.status, method === 'HEAD' ? error : answer.body['error']]).toEqual([status, error])
    expect(response.headers.get('cache-control')).toBe('no-store')
    if (status === 405) expect(response.headers.get('allow')).toContain('POST')
    expect(JSON.stringify(answer.body), name).not.toContain(code.code)
  })

  it('leave nothing behind', async () => {
    expect(await remains()).toEqual(before)
  })

  it('count at least sixty, and the good requests they were made of succeed', async () => {
    expect(rows.length).toBeGreaterThanOrEqual(60)
    expect((await redeem(server, client, code)).status).toBe(200)
    expect((await refresh(server, client, refreshToken)).status).toBe(200)
  })
})

/** Everything but the audit log. */
async function remains(): Promise<unknown> {
  return server.query(
    `select (select count(*) from $schema.grants) as grants, (select count(*) from $schema.refresh_tokens) as refresh_tokens,
            (select count(*) from $schema.refresh_tokens where spent_at is not null) as spent_tokens,
            (select count(*) from $schema.grants where revoked_at is not null) as revoked,
            (select count(*) from $schema.authorization_codes where spent_at is not null) as spent_codes,
            (select count(*) from $schema.clients) as clients, (select count(*) from $schema.jobs) as jobs`,
  )
}
