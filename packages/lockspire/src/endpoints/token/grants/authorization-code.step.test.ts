/** Redeeming a code through HTTP: every refusal, its answer and its audit event (RFC 6749 §4.1.3). */
import { createLocalJWKSet, decodeJwt, jwtVerify, type JSONWebKeySet } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import {
  basicAuthorization,
  insertClient,
  insertCode,
  postToken,
  readAnswer,
  redeem,
  refresh,
  type TestRegistration,
} from '../../../testing/issue-code.js'
import { mailApi, notesApi, startTestServer, type TestServer } from '../../../testing/test-server.js'

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

async function keySet() {
  const jwks = (await (await server.fetch('/oauth/jwks')).json()) as JSONWebKeySet
  return createLocalJWKSet(jwks)
}

async function lastEvent() {
  return (await server.events()).at(-1)
}

async function isSpent(codeId: string): Promise<boolean> {
  const [row] = await server.query<{ spent: boolean }>(
    'select spent_at is not null as spent from $schema.authorization_codes where id = $1',
    [codeId],
  )
  return row?.spent ?? false
}

async function revokedReason(grantId: string): Promise<string | null | undefined> {
  const [row] = await server.query<{ revoked_reason: string | null }>(
    'select revoked_reason from $schema.grants where id = $1',
    [grantId],
  )
  return row?.revoked_reason
}

describe('authorization code grant (RFC 6749 §4.1.3)', () => {
  it('answers tokens that a stranger can verify with the published keys', async () => {
    const code = await insertCode(server, client)
    const answer = await redeem(server, client, code)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.body).toMatchObject({
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'openid profile email offline_access notes:read notes:write',
      refresh_token: expect.stringMatching(/^lsrt_[A-Za-z0-9_-]{43}$/) as string,
    })
    const options = { issuer: server.issuer, currentDate: server.clock.now(), algorithms: ['ES256'] }
    const access = await jwtVerify(String(answer.body['access_token']), await keySet(), {
      ...options,
      typ: 'at+jwt',
      audience: notesApi,
    })
    expect(access.payload).toMatchObject({
      sub: 'ada',
      client_id: client.clientId,
      grant: code.grantId,
      aud: notesApi,
      amr: ['pwd'],
      acr: 'aal1',
    })
    const id = await jwtVerify(String(answer.body['id_token']), await keySet(), {
      ...options,
      typ: 'JWT',
      audience: client.clientId,
    })
    expect(id.payload).toMatchObject({
      sub: 'ada',
      nonce: 'n-0S6_WzA2Mj',
      auth_time: server.clock.now().getTime() / 1000 - 60,
      amr: ['pwd'],
      acr: 'aal1',
      sid: 'session',
      email: 'ada@example.com',
      email_verified: true,
      name: 'Ada Lovelace',
    })
    expect(id.payload).not.toHaveProperty('shoe_size')
    expect(await lastEvent()).toMatchObject({
      event: 'authorization_code.redeemed',
      outcome: 'ok',
      actor_id: client.clientId,
      subject_id: 'ada',
      object_id: code.codeId,
    })
  })

  it.each(['none', 'client_secret_basic', 'client_secret_post'] as const)(
    'serves a client that authenticates by %s',
    async (authMethod) => {
      const other = await insertClient(server, { authMethod })
      expect((await redeem(server, other, await insertCode(server, other))).status).toBe(200)
    },
  )

  it('gives no ID token without openid and no refresh token without offline_access', async () => {
    const answer = await redeem(server, client, await insertCode(server, client, { scopes: ['notes:read'] }))
    expect(answer.body).not.toHaveProperty('id_token')
    expect(answer.body).not.toHaveProperty('refresh_token')
  })

  it('gives no refresh token to a client that is not registered for refreshing', async () => {
    const plain = await insertClient(server, { grantTypes: ['authorization_code'] })
    expect((await redeem(server, plain, await insertCode(server, plain))).body).not.toHaveProperty('refresh_token')
  })

  it('claims nothing about an authentication that the host does not tell of', async () => {
    const answer = await redeem(
      server,
      client,
      await insertCode(server, client, { authenticatedAt: null, nonce: null }),
    )
    const claims = decodeJwt(String(answer.body['id_token']))
    for (const name of ['auth_time', 'amr', 'acr', 'nonce']) expect(claims).not.toHaveProperty(name)
  })

  it('makes a token for one resource of several, without the scopes that hold elsewhere', async () => {
    const code = await insertCode(server, client, {
      scopes: ['openid', 'notes:read', 'mail:read'],
      resources: [notesApi, mailApi],
    })
    const answer = await redeem(server, client, code, { resource: mailApi })
    expect(answer.body['scope']).toBe('openid mail:read')
    expect(decodeJwt(String(answer.body['access_token'])).aud).toBe(mailApi)
  })

  it('makes a token for every granted resource when none is named, and for several when several are', async () => {
    const first = await redeem(server, client, await insertCode(server, client, { resources: [notesApi, mailApi] }))
    expect(decodeJwt(String(first.body['access_token'])).aud).toEqual([notesApi, mailApi])
    const second = await redeem(server, client, await insertCode(server, client, { resources: [notesApi, mailApi] }), {
      resource: [mailApi, notesApi],
    })
    expect(decodeJwt(String(second.body['access_token'])).aud).toEqual([mailApi, notesApi])
  })

  it('asks the store twice for a redemption, in no transaction of its own', async () => {
    const code = await insertCode(server, client)
    const { statements, commits } = server.database.counters
    await redeem(server, client, code)
    expect(server.database.counters).toEqual({ statements: statements + 2, commits })
  })

  describe('refuses', () => {
    it.each([
      ['no code', { code: undefined }, 'invalid_request', 'missing_code'],
      ['an empty code', { code: '' }, 'invalid_request', 'missing_code'],
      ['no redirect_uri', { redirect_uri: undefined }, 'invalid_request', 'missing_redirect_uri'],
      ['no verifier', { code_verifier: undefined }, 'invalid_request', 'missing_verifier'],
      ['an empty verifier', { code_verifier: '' }, 'invalid_request', 'missing_verifier'],
    ])('%s, and leaves the code live', async (_name, change, error, reason) => {
      const code = await insertCode(server, client)
      const answer = await redeem(server, client, code, change)
      expect([answer.status, answer.body['error']]).toEqual([400, error])
      expect(await lastEvent()).toMatchObject({ event: 'token_request.refused', reason })
      expect((await redeem(server, client, code)).status).toBe(200)
    })

    it.each([
      ['an unknown code', { code: 'lsac_unknown' }, 'unknown_code'],
      ['another redirect URI', { redirect_uri: 'https://client.example/other' }, 'wrong_redirect_uri'],
      ['a redirect URI with a slash more', { redirect_uri: 'https://client.example/callback/' }, 'wrong_redirect_uri'],
    ])('%s, and leaves the code live', async (_name, change, reason) => {
      const code = await insertCode(server, client)
      const answer = await redeem(server, client, code, change)
      expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_grant'])
      expect(await lastEvent()).toMatchObject({ event: 'authorization_code.refused', reason })
      expect((await redeem(server, client, code)).status).toBe(200)
    })

    it('every truncated, extended or changed code', async () => {
      const { code, ...rest } = await insertCode(server, client)
      for (const wrong of [
        code.slice(0, -1),
        `${code}A`,
        ` ${code}`,
        code.toUpperCase(),
        code.slice(5),
        `lsrt_${code.slice(5)}`,
      ]) {
        const answer = await redeem(server, client, { ...rest, code: wrong })
        expect(answer.body['error'], wrong.length.toString()).toBe('invalid_grant')
      }
      expect((await redeem(server, client, { ...rest, code })).status).toBe(200)
    })

    it.each([
      ['a wrong verifier', 'x'.repeat(43)],
      ['a verifier of one character', 'x'],
      ['a verifier that is too long', 'x'.repeat(129)],
      ['the challenge in place of the verifier', null],
    ])('%s, and burns the code', async (_name, wrong) => {
      const code = await insertCode(server, client)
      const [row] = await server.query<{ code_challenge: string }>(
        'select code_challenge from $schema.authorization_codes where id = $1',
        [code.codeId],
      )
      const answer = await redeem(server, client, code, { code_verifier: wrong ?? row!.code_challenge })
      expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_grant'])
      expect(await lastEvent()).toMatchObject({
        event: 'authorization_code.refused',
        reason: 'wrong_verifier',
        object_id: code.codeId,
      })
      expect((await redeem(server, client, code)).body['error']).toBe('invalid_grant')
    })

    it('a code of another client, public or not, and leaves it live for its own', async () => {
      for (const authMethod of ['none', 'client_secret_basic', 'client_secret_post'] as const) {
        const thief = await insertClient(server, { authMethod })
        const code = await insertCode(server, client)
        const answer = await redeem(server, thief, code)
        expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_grant'])
        expect(await lastEvent()).toMatchObject({
          event: 'authorization_code.refused',
          reason: 'other_client',
          actor_id: thief.clientId,
        })
        expect((await redeem(server, thief, code, { code_verifier: 'x'.repeat(43) })).body['error']).toBe(
          'invalid_grant',
        )
        expect((await redeem(server, client, code)).status).toBe(200)
        expect((await redeem(server, thief, code)).body['error']).toBe('invalid_grant')
        expect(await revokedReason(code.grantId)).toBeNull()
      }
    })

    it('an expired code, at the very second it expires', async () => {
      const code = await insertCode(server, client)
      const other = await insertCode(server, client, { lifetimeSeconds: 61 })
      server.clock.advance(60)
      expect((await redeem(server, client, code)).body['error']).toBe('invalid_grant')
      expect(await lastEvent()).toMatchObject({ event: 'authorization_code.refused', reason: 'expired' })
      expect((await redeem(server, client, other)).status).toBe(200)
    })

    it('a code whose consent was revoked', async () => {
      const code = await insertCode(server, client)
      await server.query('update $schema.consents set revoked_at = now() where id = $1', [code.consentId])
      expect((await redeem(server, client, code)).body['error']).toBe('invalid_grant')
      expect(await lastEvent()).toMatchObject({ reason: 'consent_revoked' })
      expect(await isSpent(code.codeId)).toBe(false)
    })

    it('a resource that was not granted', async () => {
      const code = await insertCode(server, client)
      const answer = await redeem(server, client, code, { resource: mailApi })
      expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_target'])
      expect(await lastEvent()).toMatchObject({ event: 'authorization_code.refused', reason: 'resource_widened' })
      expect((await redeem(server, client, code, { resource: [notesApi, 'https://evil.example'] })).body['error']).toBe(
        'invalid_target',
      )
    })

    it('scopes that the client lost altogether', async () => {
      const code = await insertCode(server, client, { scopes: ['notes:read'] })
      await server.query(`update $schema.clients set scopes = '{}' where id = $1`, [client.id])
      expect((await redeem(server, client, code)).body['error']).toBe('invalid_scope')
      expect(await lastEvent()).toMatchObject({ reason: 'scope_widened' })
    })

    it('a client that is not registered for codes', async () => {
      const other = await insertClient(server, { grantTypes: ['refresh_token'] })
      const answer = await redeem(server, other, await insertCode(server, other))
      expect([answer.status, answer.body['error']]).toEqual([400, 'unauthorized_client'])
      expect(await lastEvent()).toMatchObject({ event: 'token_request.refused', reason: 'grant_not_registered' })
    })

    it('an account that is gone, and burns the code', async () => {
      server.host.accounts.set('grace', { name: 'Grace' })
      const code = await insertCode(server, client, { subject: 'grace' })
      server.host.accounts.delete('grace')
      expect((await redeem(server, client, code)).body['error']).toBe('invalid_grant')
      expect(await lastEvent()).toMatchObject({
        event: 'authorization_code.refused',
        reason: 'account_gone',
        subject_id: 'grace',
      })
      expect(await isSpent(code.codeId)).toBe(true)
    })
  })

  describe('a code that comes back', () => {
    it('revokes what it was redeemed for when its verifier comes with it', async () => {
      const code = await insertCode(server, client)
      const first = await redeem(server, client, code)
      const second = await redeem(server, client, code)
      expect([second.status, second.body['error']]).toEqual([400, 'invalid_grant'])
      expect(await lastEvent()).toMatchObject({
        event: 'authorization_code.reused',
        outcome: 'refused',
        object_id: code.codeId,
      })
      expect(await revokedReason(code.grantId)).toBe('code_reused')
      expect((await refresh(server, client, first.body['refresh_token'])).body['error']).toBe('invalid_grant')
    })

    it('does so even after it expired', async () => {
      const code = await insertCode(server, client)
      await redeem(server, client, code)
      server.clock.advance(3600)
      await redeem(server, client, code)
      expect(await revokedReason(code.grantId)).toBe('code_reused')
    })

    it('harms nobody without its verifier', async () => {
      const code = await insertCode(server, client)
      const first = await redeem(server, client, code)
      expect((await redeem(server, client, code, { code_verifier: 'x'.repeat(43) })).body['error']).toBe(
        'invalid_grant',
      )
      expect(await lastEvent()).toMatchObject({ event: 'authorization_code.refused', reason: 'spent' })
      expect((await refresh(server, client, first.body['refresh_token'])).status).toBe(200)
    })
  })

  describe('between reading and writing', () => {
    it.each([
      ['its consent is revoked', 'update $schema.consents set revoked_at = now() where id = $1', 'consentId'],
      ['it is deleted', 'delete from $schema.authorization_codes where id = $1', 'codeId'],
    ] as const)('gives nothing when %s', async (_name, sql, id) => {
      const code = await insertCode(server, client)
      server.host.meanwhile = () => server.query(sql, [code[id]])
      expect((await redeem(server, client, code)).body['error']).toBe('invalid_grant')
      expect(await lastEvent()).toMatchObject({ event: 'authorization_code.refused', reason: 'no_longer_valid' })
      expect(await revokedReason(code.grantId)).toBeUndefined()
    })

    it('gives nothing when its client is disabled', async () => {
      const code = await insertCode(server, client)
      server.host.meanwhile = () => server.lockspire.clients.disable(client.clientId)
      expect((await redeem(server, client, code)).body['error']).toBe('invalid_grant')
      expect(await isSpent(code.codeId)).toBe(false)
    })

    it('revokes the winner when the code is redeemed', async () => {
      const code = await insertCode(server, client)
      let winner: Awaited<ReturnType<typeof redeem>> | undefined
      server.host.meanwhile = async () => {
        winner = await redeem(server, client, code)
      }
      expect((await redeem(server, client, code)).body['error']).toBe('invalid_grant')
      expect(winner?.status).toBe(200)
      expect(await lastEvent()).toMatchObject({ event: 'authorization_code.reused' })
      expect(await revokedReason(code.grantId)).toBe('code_reused')
    })

    it('gives nothing when a wrong verifier burns the code', async () => {
      const code = await insertCode(server, client)
      server.host.meanwhile = () => redeem(server, client, code, { code_verifier: 'x'.repeat(43) })
      expect((await redeem(server, client, code)).body['error']).toBe('invalid_grant')
      expect(await revokedReason(code.grantId)).toBeUndefined()
    })
  })

  describe('when something breaks', () => {
    it.each([
      ['throws', new Error('the profile service is down'), 'thrown'],
      ['answers no object', 'claims', 'claims'],
      ['answers a list', [], 'claims'],
      ['leaves out sub', { email: 'ada@example.com' }, 'claims.sub'],
      ['answers another sub', { sub: 'eve' }, 'claims.sub'],
      ['answers an empty sub', { sub: '' }, 'claims.sub'],
      ['states a reserved claim', { sub: 'ada', iss: 'https://evil.example' }, 'claims.iss'],
      ['answers a value that is not JSON', { sub: 'ada', born: new Date(0) }, 'claims.born'],
    ])('answers server_error and keeps the code when buildClaims %s', async (_name, broken, field) => {
      const code = await insertCode(server, client)
      server.host.brokenClaims = broken
      const answer = await redeem(server, client, code)
      expect([answer.status, answer.body]).toEqual([
        500,
        { error: 'server_error', error_description: expect.any(String) as string },
      ])
      expect(server.logs.at(-1)).toMatchObject({ level: 'error', field, clientId: client.clientId })
      expect(await lastEvent()).toMatchObject({ event: 'authorization_code.refused', reason: 'claims_failed' })
      expect(await isSpent(code.codeId)).toBe(false)
      expect(await revokedReason(code.grantId)).toBeUndefined()
      server.host.brokenClaims = undefined
      expect((await redeem(server, client, code)).status).toBe(200)
    })

    it('answers server_error and keeps the code when the host cannot be asked', async () => {
      const code = await insertCode(server, client)
      server.host.brokenAccounts = new Error('the user table is locked')
      expect((await redeem(server, client, code)).body['error']).toBe('server_error')
      server.host.brokenAccounts = undefined
      expect((await redeem(server, client, code)).status).toBe(200)
    })

    it('keeps the code when its audit row cannot be written', async () => {
      const code = await insertCode(server, client)
      await server.query('alter table $schema.audit_events rename to hidden')
      const answer = await redeem(server, client, code)
      await server.query('alter table $schema.hidden rename to audit_events')
      expect([answer.status, answer.body['error']]).toEqual([500, 'server_error'])
      expect(await revokedReason(code.grantId)).toBeUndefined()
      expect((await redeem(server, client, code)).status).toBe(200)
    })

    it('answers server_error and keeps the code when no key can sign', async () => {
      const code = await insertCode(server, client)
      await server.query('update $schema.signing_keys set activated_at = null, retired_at = now()')
      const answer = await redeem(server, client, code)
      expect([answer.status, answer.body['error']]).toEqual([500, 'server_error'])
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(await isSpent(code.codeId)).toBe(false)
      await server.query('update $schema.signing_keys set activated_at = created_at, retired_at = null')
      expect((await redeem(server, client, code)).status).toBe(200)
    })
  })

  describe('client authentication (RFC 6749 §2.3)', () => {
    it.each([
      ['client_secret_basic', 'client_secret_post'],
      ['client_secret_basic', 'none'],
      ['client_secret_post', 'client_secret_basic'],
      ['client_secret_post', 'none'],
      ['none', 'client_secret_basic'],
      ['none', 'client_secret_post'],
    ] as const)('holds a client registered for %s to it when it comes with %s', async (registered, used) => {
      const owner = await insertClient(server, { authMethod: registered })
      const code = await insertCode(server, owner)
      const answer = await redeem(server, { ...owner, authMethod: used, secret: owner.secret ?? 'x' }, code)
      expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_client'])
      expect(answer.headers.has('www-authenticate')).toBe(used === 'client_secret_basic')
      expect(await lastEvent()).toMatchObject({
        event: 'client_authentication.refused',
        reason: 'wrong_method',
        object_id: owner.id,
      })
      expect((await redeem(server, owner, code)).status).toBe(200)
    })

    it('answers a wrong secret and an unknown client alike, byte for byte', async () => {
      const code = await insertCode(server, client)
      const wrong = await redeem(server, { ...client, secret: 'wrong' }, code)
      expect(await lastEvent()).toMatchObject({
        event: 'client_authentication.refused',
        reason: 'wrong_secret',
        object_id: client.id,
      })
      const unknown = await redeem(server, { ...client, clientId: 'nobody' }, code)
      expect(await lastEvent()).toMatchObject({
        event: 'client_authentication.refused',
        reason: 'unknown_client',
        object_id: null,
      })
      expect(wrong.body).toEqual(unknown.body)
      expect([...wrong.headers]).toEqual([...unknown.headers])
      expect(wrong.headers.get('www-authenticate')).toContain('Basic ')
    })

    it('answers a disabled client like any other failure', async () => {
      const code = await insertCode(server, client)
      await server.query('update $schema.clients set disabled_at = now() where id = $1', [client.id])
      expect((await redeem(server, client, code)).body['error']).toBe('invalid_client')
      expect(await lastEvent()).toMatchObject({ event: 'client_authentication.refused', reason: 'client_disabled' })
      expect(await isSpent(code.codeId)).toBe(false)
    })

    it('accepts a client_id in the body that repeats the header', async () => {
      const code = await insertCode(server, client)
      expect((await redeem(server, client, code, { client_id: client.clientId })).status).toBe(200)
    })

    it('takes empty credentials in the body for none', async () => {
      const open = await insertClient(server, { authMethod: 'none' })
      expect((await redeem(server, open, await insertCode(server, open), { client_secret: '' })).status).toBe(200)
    })

    it('reads a secret with reserved characters', async () => {
      const { hashSecret } = await import('#base/secrets.js')
      const odd = 'a:b%c d+e&f=gü'
      await server.query('update $schema.clients set secret_hash = $2 where id = $1', [client.id, hashSecret(odd)])
      const code = await insertCode(server, client)
      expect((await redeem(server, { ...client, secret: odd }, code)).status).toBe(200)
    })

    it('refuses two headers', async () => {
      const code = await insertCode(server, client)
      const authorization = basicAuthorization(client.clientId, client.secret!)
      const response = await server.fetch('/oauth/token', {
        method: 'POST',
        headers: [
          ['Authorization', authorization],
          ['Authorization', authorization],
          ['Content-Type', 'application/x-www-form-urlencoded'],
        ],
        body: new URLSearchParams({ grant_type: 'authorization_code', code: code.code }).toString(),
      })
      expect(await readAnswer(response)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    })
  })

  it('refuses grant types it does not know', async () => {
    for (const type of [
      'client_credentials',
      'password',
      'AUTHORIZATION_CODE',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      '__proto__',
    ]) {
      const answer = await postToken(server, client, { grant_type: type })
      expect([answer.status, answer.body['error']], type).toEqual([400, 'unsupported_grant_type'])
    }
    expect(await lastEvent()).toMatchObject({ event: 'token_request.refused', reason: 'unsupported_grant_type' })
  })
})
