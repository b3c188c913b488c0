/** Malformed requests at every address of sigra: each gets its exact 4xx, and leaves nothing but an audit row. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Database } from '#base/database.js'
import { openTestDatabase } from '#base/testing/store.js'

import { startTestSigra } from './testing/test-server.js'

type Running = Awaited<ReturnType<typeof startTestSigra>>

let database: Database
let running: Running
beforeAll(async () => {
  database = await openTestDatabase()
  const roomy = { attempts: 10_000, windowSeconds: 600 }
  running = await startTestSigra({
    database,
    registration: { perNetwork: roomy },
    emailConfirmation: { perNetwork: roomy },
  })
})
afterAll(async () => {
  await running.close()
  await database.close()
})

const FORM = 'application/x-www-form-urlencoded'
const PASSWORD = 'correct+horse+battery+staple'

interface Malformed {
  readonly name: string
  readonly method?: string
  readonly path: string
  readonly body?: string
  readonly type?: string | null
  readonly headers?: Record<string, string>
  readonly status: number
  /** Stable code of the error page, or words of the page that asks again. */
  readonly says: string
  readonly reason?: string
}

const posts = [
  { path: '/users/log_in', good: `email=ada%40example.com&password=${PASSWORD}` },
  { path: '/users/register', good: `email=ada%40example.com&password=${PASSWORD}` },
  { path: '/users/log_out', good: 'return_to=%2F' },
  { path: '/users/confirm/code', good: 'code=123456' },
  { path: '/users/confirm/link', good: `password=${PASSWORD}` },
  { path: '/users/confirm/resend', good: 'email=ada%40example.com' },
  { path: '/users/unlock', good: 'email=ada%40example.com' },
  { path: '/users/unlock/link', good: '' },
  { path: '/users/settings/end_other_sessions', good: '' },
] as const

/** What every post must refuse alike. */
function refusedAlike({ path, good }: (typeof posts)[number]): Malformed[] {
  const first = good.split('=')[0] || 'x'
  return [
    {
      name: 'comes from another site',
      path,
      body: good,
      headers: { 'sec-fetch-site': 'cross-site' },
      status: 403,
      says: 'cross_origin',
    },
    {
      name: 'comes from a sibling host',
      path,
      body: good,
      headers: { 'sec-fetch-site': 'same-site' },
      status: 403,
      says: 'cross_origin',
    },
    {
      name: 'tells neither origin nor site',
      path,
      body: good,
      headers: { 'sec-fetch-site': '' },
      status: 403,
      says: 'cross_origin',
    },
    {
      name: 'has the origin null',
      path,
      body: good,
      headers: { 'sec-fetch-site': '', origin: 'null' },
      status: 403,
      says: 'cross_origin',
    },
    {
      name: 'has a look-alike origin',
      path,
      body: good,
      headers: { 'sec-fetch-site': '', origin: 'http://localhost:4000.evil.example' },
      status: 403,
      says: 'cross_origin',
    },
    {
      name: 'is JSON',
      path,
      body: '{"email":"ada@example.com"}',
      type: 'application/json',
      status: 415,
      says: 'wrong_media_type',
      reason: 'wrong_media_type',
    },
    {
      name: 'is text',
      path,
      body: good,
      type: 'text/plain',
      status: 415,
      says: 'wrong_media_type',
      reason: 'wrong_media_type',
    },
    {
      name: 'is multipart',
      path,
      body: good,
      type: 'multipart/form-data; boundary=x',
      status: 415,
      says: 'wrong_media_type',
      reason: 'wrong_media_type',
    },
    {
      name: 'names no media type',
      path,
      body: good,
      type: null,
      status: 415,
      says: 'wrong_media_type',
      reason: 'wrong_media_type',
    },
    {
      name: 'is in another charset',
      path,
      body: good,
      type: `${FORM}; charset=iso-8859-1`,
      status: 415,
      says: 'wrong_media_type',
      reason: 'wrong_charset',
    },
    {
      name: 'repeats a field',
      path,
      body: `${first}=a&${first}=b`,
      status: 400,
      says: 'malformed_request',
      reason: 'duplicate',
    },
    { name: 'holds NUL', path, body: `${first}=a%00b`, status: 400, says: 'malformed_request', reason: 'nul' },
    {
      name: 'has a broken escape',
      path,
      body: `${first}=%zz`,
      status: 400,
      says: 'malformed_request',
      reason: 'malformed',
    },
    {
      name: 'ends in a percent sign',
      path,
      body: `${first}=abc%`,
      status: 400,
      says: 'malformed_request',
      reason: 'malformed',
    },
    {
      name: 'is not UTF-8',
      path,
      body: `${first}=%ff%fe`,
      status: 400,
      says: 'malformed_request',
      reason: 'malformed',
    },
    {
      name: 'holds an overlong encoding',
      path,
      body: `${first}=%c0%af`,
      status: 400,
      says: 'malformed_request',
      reason: 'malformed',
    },
    {
      name: 'holds half a surrogate pair',
      path,
      body: `${first}=%ed%a0%80`,
      status: 400,
      says: 'malformed_request',
      reason: 'malformed',
    },
    { name: 'has a nameless field', path, body: '=value', status: 400, says: 'malformed_request', reason: 'malformed' },
    {
      name: 'is too large',
      path,
      body: `${first}=${'a'.repeat(40_000)}`,
      status: 413,
      says: 'too_large',
      reason: 'too_large',
    },
    {
      name: 'has a value that is too long',
      path,
      body: `${first}=${'a'.repeat(20_000)}`,
      status: 413,
      says: 'too_large',
      reason: 'value_too_long',
    },
    {
      name: 'has too many fields',
      path,
      body: Array.from({ length: 501 }, (_, index) => `f${index}=1`).join('&'),
      status: 413,
      says: 'too_large',
      reason: 'too_large',
    },
    {
      name: 'names a column of ours',
      path,
      body: `${good}&confirmed_at=2026-01-01`,
      status: 400,
      says: 'unknown_field',
      reason: 'unknown_field',
    },
    {
      name: 'names an object property',
      path,
      body: `${good}&__proto__=x`,
      status: 400,
      says: 'unknown_field',
      reason: 'unknown_field',
    },
    { name: 'uses PUT', method: 'PUT', path, body: good, status: 405, says: 'method_not_allowed' },
    { name: 'uses DELETE', method: 'DELETE', path, body: good, status: 405, says: 'method_not_allowed' },
    {
      name: 'has a broken query',
      path: `${path}?x=%zz`,
      body: good,
      status: 400,
      says: 'malformed_request',
      reason: 'malformed',
    },
  ]
}

const special: Malformed[] = [
  {
    name: 'has no body',
    path: '/users/log_in',
    body: '',
    status: 422,
    says: 'The email address or the password is wrong.',
  },
  {
    name: 'has no password',
    path: '/users/log_in',
    body: 'email=ada%40example.com',
    status: 422,
    says: 'The email address or the password is wrong.',
  },
  {
    name: 'has no address',
    path: '/users/log_in',
    body: `password=${PASSWORD}`,
    status: 422,
    says: 'The email address or the password is wrong.',
  },
  {
    name: 'has a password too long to hash',
    path: '/users/log_in',
    body: `email=ada%40example.com&password=${'a'.repeat(1025)}`,
    status: 422,
    says: 'The email address or the password is wrong.',
  },
  {
    name: 'has an array for a field',
    path: '/users/log_in',
    body: 'email[]=a&password=b',
    status: 400,
    says: 'unknown_field',
    reason: 'unknown_field',
  },
  { name: 'has no body', path: '/users/register', body: '', status: 422, says: 'Enter your email address.' },
  {
    name: 'has two addresses in one',
    path: '/users/register',
    body: `email=a%40b.example%2Cc%40d.example&password=${PASSWORD}`,
    status: 422,
    says: 'Enter an email address like',
  },
  {
    name: 'has a mail header in the address',
    path: '/users/register',
    body: `email=a%40b.example%0D%0ABcc%3A+x%40y.example&password=${PASSWORD}`,
    status: 422,
    says: 'Enter an email address like',
  },
  {
    name: 'asks to be an admin',
    path: '/users/register',
    body: `email=a%40b.example&password=${PASSWORD}&role=admin`,
    status: 400,
    says: 'unknown_field',
    reason: 'unknown_field',
  },
  { name: 'has no code', path: '/users/confirm/code', body: '', status: 422, says: 'That code is wrong.' },
  {
    name: 'has letters for a code',
    path: '/users/confirm/code',
    body: 'code=abcdef',
    status: 422,
    says: 'That code is wrong.',
  },
  {
    name: 'has seven digits',
    path: '/users/confirm/code',
    body: 'code=1234567',
    status: 422,
    says: 'That code is wrong.',
  },
  {
    name: 'has digits of another script',
    path: '/users/confirm/code',
    body: `code=${encodeURIComponent('١٢٣٤٥٦')}`,
    status: 422,
    says: 'That code is wrong.',
  },
  {
    name: 'has a code that nobody asked for',
    path: '/users/confirm/code',
    body: 'code=123456',
    status: 422,
    says: 'Confirm your email address',
  },
  { name: 'has no link cookie', path: '/users/confirm/link', body: '', status: 410, says: 'This link no longer works' },
  { name: 'has no link cookie', path: '/users/unlock/link', body: '', status: 410, says: 'This link no longer works' },
  { name: 'has no address', path: '/users/unlock', body: '', status: 422, says: 'Enter your email address.' },
  { name: 'has no address', path: '/users/confirm/resend', body: '', status: 422, says: 'Enter an email address like' },
  {
    name: 'has a broken address',
    path: '/users/confirm/resend',
    body: 'email=x',
    status: 422,
    says: 'Enter an email address like',
  },
  {
    name: 'asks with a broken query',
    method: 'GET',
    path: '/users/log_in?return_to=%zz',
    status: 400,
    says: 'malformed_request',
  },
  {
    name: 'asks twice for a way back',
    method: 'GET',
    path: '/users/log_in?return_to=%2Fa&return_to=%2Fb',
    status: 400,
    says: 'malformed_request',
  },
  { name: 'asks with NUL', method: 'GET', path: '/users/log_in?return_to=%00', status: 400, says: 'malformed_request' },
  {
    name: 'asks with a huge query',
    method: 'GET',
    path: `/users/log_in?return_to=${'a'.repeat(20_000)}`,
    status: 413,
    says: 'too_large',
  },
  { name: 'asks for a page that is not there', method: 'GET', path: '/users/nothing', status: 404, says: 'not_found' },
  { name: 'doubles the slash', method: 'GET', path: '//users/log_in', status: 404, says: 'not_found' },
  { name: 'ends in a slash', method: 'GET', path: '/users/log_in/', status: 404, says: 'not_found' },
  { name: 'shouts', method: 'GET', path: '/USERS/LOG_IN', status: 404, says: 'not_found' },
  { name: 'encodes the slash', method: 'GET', path: '/users%2flog_in', status: 404, says: 'not_found' },
  { name: 'asks for a mail that is not there', method: 'GET', path: '/dev/mailbox/1', status: 404, says: 'not_found' },
  {
    name: 'deletes a page',
    method: 'DELETE',
    path: '/users/logged_out',
    body: '',
    status: 405,
    says: 'method_not_allowed',
  },
]

async function send(row: Malformed): Promise<Response> {
  const { 'sec-fetch-site': site = 'same-origin', ...others } = row.headers ?? {}
  const headers = new Headers({ accept: 'text/html', ...(site === '' ? {} : { 'sec-fetch-site': site }), ...others })
  const method = row.method ?? 'POST'
  const type = row.type === undefined ? FORM : row.type
  // A stream has no media type of its own, a string would bring one.
  const body =
    row.body === undefined || method === 'GET' ? {} : { body: new Blob([row.body]).stream(), duplex: 'half' as const }
  if (type !== null && method !== 'GET') headers.set('content-type', type)
  return running.sigra.fetch(new Request(`http://localhost:4000${row.path}`, { method, headers, ...body }), {
    remoteAddress: '203.0.113.9',
  })
}

const rows = [...posts.flatMap(refusedAlike), ...special]

describe('malformed requests', () => {
  it('are many', () => {
    expect(rows.length).toBeGreaterThanOrEqual(200)
  })

  it.each(rows.map((row) => [`${row.method ?? 'POST'} ${row.path.slice(0, 60)} that ${row.name}`, row] as const))(
    '%s',
    async (_name, row) => {
      const tables = ['users', 'sessions', 'one_time_secrets', 'jobs', 'passwords', 'known_devices'] as const
      const sizes = async () =>
        Promise.all(
          tables.map(async (table) =>
            Number(
              (
                await running.server.db
                  .selectFrom(table)
                  .select((e) => e.fn.countAll().as('n'))
                  .executeTakeFirstOrThrow()
              ).n,
            ),
          ),
        )
      const [before, events] = [await sizes(), (await running.decisions('request.refused')).length]
      const response = await send(row)
      const page = await response.text()
      expect(`${response.status} ${page.includes(row.says)}`).toBe(`${row.status} true`)
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(await sizes()).toEqual(before)
      if (row.reason !== undefined) {
        const refused = await running.decisions('request.refused')
        expect(refused.length).toBe(events + 1)
        expect(refused.some((event) => event.reason === row.reason)).toBe(true)
      }
    },
  )

  it('say which methods there are', async () => {
    expect(
      (await send({ name: '', method: 'PUT', path: '/users/log_in', body: '', status: 405, says: '' })).headers.get(
        'allow',
      ),
    ).toBe('GET, HEAD, POST')
  })

  it('never repeat what was sent on an error page', async () => {
    const marker = 'xss-marker-"><img src=x>'
    for (const row of [
      { path: `/users/log_in?reason=${encodeURIComponent(marker)}`, method: 'GET' },
      { path: `/users/log_in?return_to=${encodeURIComponent(`/${marker}`)}`, method: 'GET' },
      { path: `/users/${encodeURIComponent(marker)}`, method: 'GET' },
      { path: '/users/log_in', body: `${encodeURIComponent(marker)}=1` },
    ]) {
      expect(await (await send({ name: '', status: 0, says: '', ...row })).text()).not.toContain('xss-marker')
    }
  })

  it('accept a post that only tells its own Origin, for browsers that send no Sec-Fetch-Site', async () => {
    const response = await send({
      name: '',
      path: '/users/log_out',
      body: '',
      headers: { 'sec-fetch-site': '', origin: 'http://localhost:4000' },
      status: 303,
      says: '',
    })
    expect(response.status).toBe(303)
  })

  it('survive garbage in cookies', async () => {
    for (const cookie of [
      'sigra_session',
      '=;=;=',
      'sigra_session=%00',
      `sigra_session=${'x'.repeat(5000)}`,
      'sigra_pending=sgp_x; sigra_link=\u00ff',
      ';;;;',
      'sigra_device=sgd_',
    ]) {
      const response = await running.sigra.fetch(
        new Request('http://localhost:4000/users/confirm', { headers: { cookie } }),
      )
      expect(response.status).toBe(200)
    }
  })
})
