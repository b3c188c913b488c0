/** UserInfo through HTTP (OpenID Connect Core §5.3). */
import { createHmac } from 'node:crypto'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import {
  askUserinfo,
  insertClient,
  insertCode,
  readAnswer,
  redeem,
  type CodeChoices,
  type TestCode,
  type TestRegistration,
} from '../../testing/issue-code.js'
import { startTestServer, type TestServer } from '../../testing/test-server.js'

let server: TestServer
let client: TestRegistration

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())
beforeEach(async () => {
  client = await insertClient(server)
  server.host.brokenClaims = undefined
  server.host.brokenAccounts = undefined
})

async function tokens(choices: CodeChoices = {}): Promise<{ code: TestCode; accessToken: string; idToken: string }> {
  const code = await insertCode(server, client, choices)
  const { body } = await redeem(server, client, code)
  return { code, accessToken: String(body['access_token']), idToken: String(body['id_token']) }
}

async function lastEvent() {
  return (await server.events()).at(-1)
}

describe('userinfo (OpenID Connect Core §5.3)', () => {
  it('tells what the scopes release, by GET and by POST', async () => {
    const { accessToken } = await tokens()
    const expected = { sub: 'ada', name: 'Ada Lovelace', email: 'ada@example.com', email_verified: true }
    const get = await askUserinfo(server, accessToken)
    expect([get.status, get.body]).toEqual([200, expected])
    expect(get.headers.get('cache-control')).toBe('no-store')
    expect(get.headers.get('content-type')).toBe('application/json')
    const post = await askUserinfo(server, accessToken, { method: 'POST' })
    expect([post.status, post.body]).toEqual([200, expected])
    const form = {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'schema=openid',
    }
    expect((await askUserinfo(server, accessToken, form)).body).toEqual(expected)
  })

  it.each([
    [['openid'], ['sub']],
    [
      ['openid', 'email'],
      ['email', 'email_verified', 'sub'],
    ],
    [
      ['openid', 'profile'],
      ['name', 'sub'],
    ],
  ])('tells for %j no more than %j', async (scopes, names) => {
    const { accessToken } = await tokens({ scopes })
    expect(Object.keys((await askUserinfo(server, accessToken)).body).toSorted()).toEqual(names)
  })

  it('leaves out what the host does not know', async () => {
    server.host.accounts.set('bob', { email: null, name: undefined })
    const { accessToken } = await tokens({ subject: 'bob' })
    expect((await askUserinfo(server, accessToken)).body).toEqual({ sub: 'bob' })
  })

  it('asks the store once', async () => {
    const { accessToken } = await tokens()
    const { statements } = server.database.counters
    await askUserinfo(server, accessToken)
    expect(server.database.counters.statements).toBe(statements + 1)
  })

  it('may be asked from any origin', async () => {
    const { accessToken } = await tokens()
    expect((await askUserinfo(server, accessToken)).headers.get('access-control-allow-origin')).toBe('*')
    const preflight = await server.fetch('/oauth/userinfo', {
      method: 'OPTIONS',
      headers: { Origin: 'https://spa.example' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization')
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull()
  })

  describe('refuses with 401 invalid_token', () => {
    it.each([
      [
        'its grant is revoked',
        `update $schema.grants set revoked_at = now(), revoked_reason = 'code_reused' where id = $1`,
        'grantId',
      ],
      ['its consent is revoked', 'update $schema.consents set revoked_at = now() where id = $1', 'consentId'],
      ['its grant is deleted', 'delete from $schema.grants where id = $1', 'grantId'],
    ] as const)('when %s, at once', async (_name, sql, id) => {
      const { code, accessToken } = await tokens()
      await server.query(sql, [code[id]])
      const answer = await askUserinfo(server, accessToken)
      expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_token'])
      expect(answer.headers.get('www-authenticate')).toMatch(
        /^Bearer realm="https:\/\/id\.example", error="invalid_token"/,
      )
      expect(await lastEvent()).toMatchObject({
        event: 'userinfo.refused',
        reason: 'grant_ended',
        object_id: code.grantId,
      })
    })

    it('when its client is disabled', async () => {
      const { accessToken } = await tokens()
      await server.lockspire.clients.disable(client.clientId)
      expect((await askUserinfo(server, accessToken)).status).toBe(401)
    })

    it('when its key is retired, and names no reason', async () => {
      const { accessToken } = await tokens()
      await server.query('update $schema.signing_keys set activated_at = null, retired_at = now()')
      expect((await askUserinfo(server, accessToken)).status).toBe(401)
      await server.query('update $schema.signing_keys set activated_at = created_at, retired_at = null')
      expect((await askUserinfo(server, accessToken)).status).toBe(200)
    })

    it('when its account is gone', async () => {
      server.host.accounts.set('grace', {})
      const { accessToken } = await tokens({ subject: 'grace' })
      server.host.accounts.delete('grace')
      expect((await askUserinfo(server, accessToken)).body['error']).toBe('invalid_token')
      expect(await lastEvent()).toMatchObject({ event: 'userinfo.refused', reason: 'account_gone' })
    })

    it('at the very second it expires', async () => {
      const { accessToken } = await tokens()
      server.clock.advance(299)
      expect((await askUserinfo(server, accessToken)).status).toBe(200)
      server.clock.advance(1)
      expect((await askUserinfo(server, accessToken)).status).toBe(401)
    })

    it('for an ID token, a refresh token, a code and a client secret', async () => {
      const code = await insertCode(server, client)
      const { body } = await redeem(server, client, code)
      for (const wrong of [body['id_token'], body['refresh_token'], code.code, client.secret]) {
        expect((await askUserinfo(server, wrong)).body['error']).toBe('invalid_token')
      }
    })

    it('for a token of another server with the same claims', async () => {
      const stranger = await startTestServer()
      const holder = await insertClient(stranger)
      const { body } = await redeem(stranger, holder, await insertCode(stranger, holder))
      expect((await askUserinfo(server, body['access_token'])).status).toBe(401)
      await stranger.close()
    })
  })

  it('refuses a token without openid with 403 and says which scope it needs', async () => {
    const { accessToken } = await tokens({ scopes: ['notes:read', 'email'] })
    const answer = await askUserinfo(server, accessToken)
    expect([answer.status, answer.body['error']]).toEqual([403, 'insufficient_scope'])
    expect(answer.headers.get('www-authenticate')).toContain('scope="openid"')
    expect(await lastEvent()).toMatchObject({ event: 'userinfo.refused', reason: 'insufficient_scope' })
  })

  it('answers server_error when the claims fail', async () => {
    const { accessToken } = await tokens()
    server.host.brokenClaims = { sub: 'ada', exp: 1 }
    const answer = await askUserinfo(server, accessToken)
    expect([answer.status, answer.body['error']]).toEqual([500, 'server_error'])
    expect(server.logs.at(-1)).toMatchObject({ field: 'claims.exp' })
    expect(await lastEvent()).toMatchObject({ event: 'userinfo.refused', reason: 'claims_failed' })
  })

  describe('malformed requests', () => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    interface Row {
      readonly authorization?: (token: string) => string | undefined
      readonly path?: (token: string) => string
      readonly method?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: (token: string) => string
    }
    const bearer = (change: (token: string) => string): Row => ({ authorization: (token) => `Bearer ${change(token)}` })
    const claims = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as object

    const rows: readonly (readonly [name: string, row: Row, status: number, error: string | undefined])[] = [
      ['no header', { authorization: () => undefined }, 401, undefined],
      ['Basic', { authorization: () => 'Basic YTpi' }, 401, undefined],
      ['DPoP', { authorization: (token) => `DPoP ${token}` }, 401, undefined],
      ['the scheme alone', { authorization: () => 'Bearer' }, 400, 'invalid_request'],
      ['two tokens', bearer((token) => `${token} ${token}`), 400, 'invalid_request'],
      ['two headers joined', bearer((token) => `${token}, Bearer ${token}`), 400, 'invalid_request'],
      ['a quoted token', bearer((token) => `"${token}"`), 400, 'invalid_request'],
      ['nine thousand characters', bearer(() => 'a'.repeat(9000)), 400, 'invalid_request'],
      [
        'a token in the query',
        { authorization: () => undefined, path: (token) => `/oauth/userinfo?access_token=${token}` },
        400,
        'invalid_request',
      ],
      [
        'a token in the query beside the header',
        { path: (token) => `/oauth/userinfo?x=1&access_token=${token}` },
        400,
        'invalid_request',
      ],
      [
        'a token in the body',
        { authorization: () => undefined, method: 'POST', headers: form, body: (token) => `access_token=${token}` },
        401,
        undefined,
      ],
      [
        'a token in the body beside the header',
        { method: 'POST', headers: form, body: (token) => `access_token=${token}` },
        400,
        'invalid_request',
      ],
      [
        'a JSON body',
        { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: () => '{}' },
        400,
        'invalid_request',
      ],
      ['a huge body', { method: 'POST', headers: form, body: () => `a=${'b'.repeat(20_000)}` }, 400, 'invalid_request'],
      ['a body with a broken escape', { method: 'POST', headers: form, body: () => 'a=%zz' }, 400, 'invalid_request'],
      ['text', bearer(() => 'hello'), 401, 'invalid_token'],
      ['the last character cut', bearer((token) => token.slice(0, -1)), 401, 'invalid_token'],
      ['a character more', bearer((token) => `${token}A`), 401, 'invalid_token'],
      ['padding', bearer((token) => `${token}==`), 401, 'invalid_token'],
      ['no signature', bearer((token) => token.slice(0, token.lastIndexOf('.') + 1)), 401, 'invalid_token'],
      ['two segments', bearer((token) => token.slice(0, token.lastIndexOf('.'))), 401, 'invalid_token'],
      ['four segments', bearer((token) => `${token}.x`), 401, 'invalid_token'],
      [
        'alg none',
        bearer((token) => `${encode({ alg: 'none', typ: 'at+jwt', kid: 'x' })}.${token.split('.')[1]}.`),
        401,
        'invalid_token',
      ],
      [
        'other claims under the old signature',
        bearer((token) =>
          [token.split('.')[0], encode({ ...claims(token), sub: 'eve' }), token.split('.')[2]].join('.'),
        ),
        401,
        'invalid_token',
      ],
      [
        'the header of an ID token',
        bearer((token) => {
          const header = JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as object
          return [encode({ ...header, typ: 'JWT' }), ...token.split('.').slice(1)].join('.')
        }),
        401,
        'invalid_token',
      ],
      [
        'an HMAC keyed with our public key',
        bearer((token) => {
          const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: 'x' })}.${token.split('.')[1]}`
          return `${input}.${createHmac('sha256', 'public').update(input).digest('base64url')}`
        }),
        401,
        'invalid_token',
      ],
      ['PUT', { method: 'PUT' }, 405, 'invalid_request'],
      ['DELETE', { method: 'DELETE' }, 405, 'invalid_request'],
    ]

    it.each(rows)('are refused: %s', async (_name, row, status, error) => {
      const { accessToken } = await tokens()
      const headers = new Headers(row.headers)
      const authorization = row.authorization ? row.authorization(accessToken) : `Bearer ${accessToken}`
      if (authorization !== undefined) headers.set('Authorization', authorization)
      const body = row.body ? { body: row.body(accessToken) } : {}
      const response = await server.fetch(row.path?.(accessToken) ?? '/oauth/userinfo', {
        method: row.method ?? 'GET',
        headers,
        ...body,
      })
      const answer = await readAnswer(response)
      expect([answer.status, answer.body['error']]).toEqual([status, error])
      expect(response.headers.get('cache-control')).toBe('no-store')
      if (status !== 405) expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="/)
      expect(JSON.stringify(answer.body)).not.toContain('ada@example.com')
    })

    it('know the scheme in any letters', async () => {
      const { accessToken } = await tokens()
      for (const scheme of ['bearer', 'BEARER', 'bEaReR']) {
        expect((await askUserinfo(server, '', { headers: { Authorization: `${scheme} ${accessToken}` } })).status).toBe(
          200,
        )
      }
    })
  })
})
