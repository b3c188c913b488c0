/** Refreshing through HTTP: rotation, reuse, and every refusal with its audit event (RFC 6749 §6). */
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import {
  askUserinfo,
  insertClient,
  insertCode,
  redeem,
  refresh,
  type CodeChoices,
  type TestCode,
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

async function firstTokens(
  choices: CodeChoices = {},
): Promise<{ code: TestCode; refreshToken: string; accessToken: string }> {
  const code = await insertCode(server, client, choices)
  const { body } = await redeem(server, client, code)
  return { code, refreshToken: String(body['refresh_token']), accessToken: String(body['access_token']) }
}

async function lastEvent() {
  return (await server.events()).at(-1)
}

async function liveTokens(grantId: string): Promise<number> {
  const rows = await server.query(
    `select r.id from $schema.refresh_tokens r join $schema.grants g on g.id = r.grant_id
      where g.id = $1 and r.spent_at is null and g.revoked_at is null`,
    [grantId],
  )
  return rows.length
}

describe('refresh token grant (RFC 6749 §6)', () => {
  it('rotates: a new pair, the same grant, one live token', async () => {
    const { code, refreshToken, accessToken } = await firstTokens()
    const answer = await refresh(server, client, refreshToken)
    expect(answer.status).toBe(200)
    expect(answer.body['refresh_token']).not.toBe(refreshToken)
    expect(answer.body).not.toHaveProperty('id_token')
    expect(answer.body['scope']).toBe('openid profile email offline_access notes:read notes:write')
    const before = decodeJwt(accessToken)
    const after = decodeJwt(String(answer.body['access_token']))
    expect(after).toMatchObject({ sub: 'ada', grant: code.grantId, aud: notesApi, auth_time: before['auth_time'] })
    expect(after.jti).not.toBe(before.jti)
    expect(await liveTokens(code.grantId)).toBe(1)
    expect(await lastEvent()).toMatchObject({
      event: 'refresh_token.rotated',
      outcome: 'ok',
      actor_id: client.clientId,
      subject_id: 'ada',
    })
  })

  it('counts generations', async () => {
    const { code, refreshToken } = await firstTokens()
    let token: unknown = refreshToken
    for (let turn = 0; turn < 3; turn += 1) token = (await refresh(server, client, token)).body['refresh_token']
    const rows = await server.query<{ generation: number; spent: boolean }>(
      'select generation, spent_at is not null as spent from $schema.refresh_tokens where grant_id = $1 order by generation',
      [code.grantId],
    )
    expect(rows).toEqual([0, 1, 2, 3].map((generation) => ({ generation, spent: generation < 3 })))
  })

  it('serves a public client, which proves itself by the token alone', async () => {
    client = await insertClient(server, { authMethod: 'none' })
    const { refreshToken } = await firstTokens()
    expect((await refresh(server, client, refreshToken)).status).toBe(200)
  })

  it('asks the store twice, in no transaction of its own', async () => {
    const { refreshToken } = await firstTokens()
    const { statements, commits } = server.database.counters
    await refresh(server, client, refreshToken)
    expect(server.database.counters).toEqual({ statements: statements + 2, commits })
  })

  it('narrows one answer to the scopes it asks, while the family keeps its own', async () => {
    const { refreshToken } = await firstTokens()
    const narrow = await refresh(server, client, refreshToken, { scope: 'notes:read' })
    expect(narrow.body['scope']).toBe('notes:read')
    const wide = await refresh(server, client, narrow.body['refresh_token'])
    expect(wide.body['scope']).toBe('openid profile email offline_access notes:read notes:write')
  })

  it('narrows one answer to the resource it asks, without the scopes that hold elsewhere', async () => {
    const scopes = ['openid', 'offline_access', 'notes:read', 'mail:read']
    const { refreshToken } = await firstTokens({ scopes, resources: [notesApi, mailApi] })
    const narrow = await refresh(server, client, refreshToken, { resource: mailApi })
    expect(decodeJwt(String(narrow.body['access_token']))).toMatchObject({
      aud: mailApi,
      scope: 'openid offline_access mail:read',
    })
    const wide = await refresh(server, client, narrow.body['refresh_token'])
    expect(decodeJwt(String(wide.body['access_token'])).aud).toEqual([notesApi, mailApi])
  })

  it('leaves out in silence what the client lost since', async () => {
    const { refreshToken } = await firstTokens()
    await server.query(`update $schema.clients set scopes = '{openid,notes:read}' where id = $1`, [client.id])
    expect((await refresh(server, client, refreshToken)).body['scope']).toBe('openid offline_access notes:read')
  })

  describe('refuses', () => {
    it.each([
      ['no token', { refresh_token: undefined }, 'invalid_request', 'token_request.refused', 'missing_token'],
      [
        'a malformed scope',
        { scope: 'notes:read  notes:write' },
        'invalid_scope',
        'token_request.refused',
        'malformed_scope',
      ],
      ['a wider scope', { scope: 'openid mail:read' }, 'invalid_scope', 'refresh_token.refused', 'scope_widened'],
      ['an invented scope', { scope: 'admin' }, 'invalid_scope', 'refresh_token.refused', 'scope_widened'],
      ['another resource', { resource: mailApi }, 'invalid_target', 'refresh_token.refused', 'resource_widened'],
      [
        'an unknown token',
        { refresh_token: 'lsrt_unknown' },
        'invalid_grant',
        'refresh_token.refused',
        'unknown_token',
      ],
    ])('%s, and leaves the token live', async (_name, change, error, event, reason) => {
      const { refreshToken } = await firstTokens()
      const answer = await refresh(server, client, refreshToken, change)
      expect([answer.status, answer.body['error']]).toEqual([400, error])
      expect(await lastEvent()).toMatchObject({ event, reason })
      expect((await refresh(server, client, refreshToken)).status).toBe(200)
    })

    it('every truncated, extended or changed token', async () => {
      const { refreshToken } = await firstTokens()
      const wrongs = [
        refreshToken.slice(0, -1),
        `${refreshToken}A`,
        ` ${refreshToken}`,
        refreshToken.slice(5),
        `lsac_${refreshToken.slice(5)}`,
      ]
      for (let at = 0; at < refreshToken.length; at += 4) {
        wrongs.push(refreshToken.slice(0, at) + (refreshToken[at] === 'A' ? 'B' : 'A') + refreshToken.slice(at + 1))
      }
      for (const wrong of wrongs) expect((await refresh(server, client, wrong)).body['error']).toBe('invalid_grant')
      expect((await refresh(server, client, refreshToken)).status).toBe(200)
    })

    it('a code in place of a refresh token, and the reverse', async () => {
      const code = await insertCode(server, client)
      expect((await refresh(server, client, code.code)).body['error']).toBe('invalid_grant')
      const { refreshToken } = await firstTokens()
      expect((await redeem(server, client, { ...code, code: refreshToken })).body['error']).toBe('invalid_grant')
    })

    it('a token of another client, public or not, without touching its family', async () => {
      const { code, refreshToken } = await firstTokens()
      for (const authMethod of ['none', 'client_secret_basic', 'client_secret_post'] as const) {
        const thief = await insertClient(server, { authMethod })
        const answer = await refresh(server, thief, refreshToken)
        expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_grant'])
        expect(await lastEvent()).toMatchObject({
          event: 'refresh_token.refused',
          reason: 'other_client',
          actor_id: thief.clientId,
        })
      }
      const second = await refresh(server, client, refreshToken)
      expect((await refresh(server, await insertClient(server), refreshToken)).body['error']).toBe('invalid_grant')
      expect(await liveTokens(code.grantId)).toBe(1)
      expect((await refresh(server, client, second.body['refresh_token'])).status).toBe(200)
    })

    it('a confidential client without its secret, with a wrong one, or by another method', async () => {
      const { refreshToken } = await firstTokens()
      for (const wrong of [
        { ...client, authMethod: 'none' as const },
        { ...client, secret: 'wrong' },
        { ...client, secret: '' },
        { ...client, authMethod: 'client_secret_post' as const },
      ]) {
        const answer = await refresh(server, wrong, refreshToken)
        expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_client'])
      }
      expect((await refresh(server, client, refreshToken)).status).toBe(200)
    })

    it('a token that idled too long, at the very second', async () => {
      const { refreshToken } = await firstTokens()
      server.clock.advance(14 * 86_400)
      expect((await refresh(server, client, refreshToken)).body['error']).toBe('invalid_grant')
      expect(await lastEvent()).toMatchObject({ event: 'refresh_token.refused', reason: 'expired' })
    })

    it('every token after the absolute end of its grant, and none outlives it', async () => {
      const { code, refreshToken } = await firstTokens()
      let token: unknown = refreshToken
      for (let day = 0; day < 81; day += 9) {
        server.clock.advance(9 * 86_400)
        token = (await refresh(server, client, token)).body['refresh_token']
      }
      const [row] = await server.query<{ same: boolean }>(
        `select r.expires_at = g.expires_at as same from $schema.refresh_tokens r join $schema.grants g on g.id = r.grant_id
          where g.id = $1 and r.spent_at is null`,
        [code.grantId],
      )
      expect(row).toEqual({ same: true })
      server.clock.advance(9 * 86_400 - 100)
      const last = await refresh(server, client, token)
      expect(last.body['expires_in']).toBe(100)
      server.clock.advance(100)
      expect((await refresh(server, client, last.body['refresh_token'])).body['error']).toBe('invalid_grant')
      expect(await lastEvent()).toMatchObject({ reason: 'expired' })
    })

    it('a token whose consent was revoked', async () => {
      const { code, refreshToken } = await firstTokens()
      await server.query('update $schema.consents set revoked_at = now() where id = $1', [code.consentId])
      expect((await refresh(server, client, refreshToken)).body['error']).toBe('invalid_grant')
      expect(await lastEvent()).toMatchObject({ event: 'refresh_token.refused', reason: 'consent_revoked' })
    })

    it('a token whose grant was revoked', async () => {
      const { code, refreshToken } = await firstTokens()
      await server.query(`update $schema.grants set revoked_at = now(), revoked_reason = 'code_reused' where id = $1`, [
        code.grantId,
      ])
      expect((await refresh(server, client, refreshToken)).body['error']).toBe('invalid_grant')
      expect(await lastEvent()).toMatchObject({ event: 'refresh_token.refused', reason: 'revoked' })
    })

    it('a disabled client', async () => {
      const { refreshToken } = await firstTokens()
      await server.query('update $schema.clients set disabled_at = now() where id = $1', [client.id])
      expect((await refresh(server, client, refreshToken)).body['error']).toBe('invalid_client')
    })

    it('a client that may refresh no more', async () => {
      const { refreshToken } = await firstTokens()
      await server.query(`update $schema.clients set grant_types = '{authorization_code}' where id = $1`, [client.id])
      const answer = await refresh(server, client, refreshToken)
      expect([answer.status, answer.body['error']]).toEqual([400, 'unauthorized_client'])
    })

    it('an account that is gone, and revokes its grant', async () => {
      server.host.accounts.set('grace', { name: 'Grace' })
      const { code, refreshToken } = await firstTokens({ subject: 'grace' })
      server.host.accounts.delete('grace')
      expect((await refresh(server, client, refreshToken)).body['error']).toBe('invalid_grant')
      expect(await lastEvent()).toMatchObject({
        event: 'grant.revoked',
        reason: 'account_gone',
        object_id: code.grantId,
        subject_id: 'grace',
      })
      expect(await liveTokens(code.grantId)).toBe(0)
    })
  })

  describe('a spent token that comes back (RFC 9700 §4.14.2)', () => {
    it('revokes the whole family, access tokens at userinfo included', async () => {
      const { code, refreshToken } = await firstTokens()
      const second = await refresh(server, client, refreshToken)
      expect((await askUserinfo(server, second.body['access_token'])).status).toBe(200)
      const answer = await refresh(server, client, refreshToken)
      expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_grant'])
      expect(await lastEvent()).toMatchObject({ event: 'refresh_token.reused', outcome: 'refused', reason: 'reused' })
      expect(await liveTokens(code.grantId)).toBe(0)
      expect((await refresh(server, client, second.body['refresh_token'])).body['error']).toBe('invalid_grant')
      expect((await askUserinfo(server, second.body['access_token'])).status).toBe(401)
    })

    it('is recognised although the server was started anew in between', async () => {
      const { code, refreshToken } = await firstTokens()
      const second = await refresh(server, client, refreshToken)
      const { database, schema, clock, host } = server
      const restarted = await startTestServer({ database, schema, clock, host })
      expect((await refresh(restarted, client, refreshToken)).body['error']).toBe('invalid_grant')
      expect((await refresh(restarted, client, second.body['refresh_token'])).body['error']).toBe('invalid_grant')
      expect(await liveTokens(code.grantId)).toBe(0)
      await restarted.lockspire.close()
    })

    it('is recognised however old it is', async () => {
      const { code, refreshToken } = await firstTokens()
      let token: unknown = refreshToken
      for (let turn = 0; turn < 3; turn += 1) {
        server.clock.advance(10 * 86_400)
        token = (await refresh(server, client, token)).body['refresh_token']
      }
      await refresh(server, client, refreshToken)
      expect(await liveTokens(code.grantId)).toBe(0)
    })
  })

  describe('between reading and writing', () => {
    it.each([
      ['its consent is revoked', 'update $schema.consents set revoked_at = now() where id = $1', 'consentId'],
      [
        'its grant is revoked',
        `update $schema.grants set revoked_at = now(), revoked_reason = 'account_gone' where id = $1`,
        'grantId',
      ],
      ['its grant is deleted', 'delete from $schema.grants where id = $1', 'grantId'],
    ] as const)('gives nothing when %s', async (_name, sql, id) => {
      const { code, refreshToken } = await firstTokens()
      server.host.meanwhile = () => server.query(sql, [code[id]])
      expect((await refresh(server, client, refreshToken)).body['error']).toBe('invalid_grant')
      expect(await lastEvent()).toMatchObject({ event: 'refresh_token.refused', reason: 'no_longer_valid' })
    })

    it('gives nothing when its client is disabled', async () => {
      const { refreshToken } = await firstTokens()
      server.host.meanwhile = () => server.lockspire.clients.disable(client.clientId)
      expect((await refresh(server, client, refreshToken)).body['error']).toBe('invalid_grant')
    })

    it('revokes the family when the token is rotated', async () => {
      const { code, refreshToken } = await firstTokens()
      let winner: Awaited<ReturnType<typeof refresh>> | undefined
      server.host.meanwhile = async () => {
        winner = await refresh(server, client, refreshToken)
      }
      expect((await refresh(server, client, refreshToken)).body['error']).toBe('invalid_grant')
      expect(winner?.status).toBe(200)
      expect(await lastEvent()).toMatchObject({ event: 'refresh_token.reused' })
      expect(await liveTokens(code.grantId)).toBe(0)
    })
  })

  describe('when something breaks', () => {
    it('answers server_error and keeps the token when the claims fail', async () => {
      const { refreshToken } = await firstTokens()
      server.host.brokenClaims = { sub: 'eve' }
      const answer = await refresh(server, client, refreshToken)
      expect([answer.status, answer.body['error']]).toEqual([500, 'server_error'])
      expect(await lastEvent()).toMatchObject({ event: 'refresh_token.refused', reason: 'claims_failed' })
      server.host.brokenClaims = undefined
      expect((await refresh(server, client, refreshToken)).status).toBe(200)
    })

    it('keeps the token when its audit row cannot be written', async () => {
      const { code, refreshToken } = await firstTokens()
      await server.query('alter table $schema.audit_events rename to hidden')
      const answer = await refresh(server, client, refreshToken)
      await server.query('alter table $schema.hidden rename to audit_events')
      expect(answer.status).toBe(500)
      expect(await liveTokens(code.grantId)).toBe(1)
      expect((await refresh(server, client, refreshToken)).status).toBe(200)
    })

    it('answers server_error and keeps the token when no key can sign', async () => {
      const { refreshToken } = await firstTokens()
      await server.query('update $schema.signing_keys set activated_at = null, retired_at = now()')
      expect((await refresh(server, client, refreshToken)).status).toBe(500)
      await server.query('update $schema.signing_keys set activated_at = created_at, retired_at = null')
      expect((await refresh(server, client, refreshToken)).status).toBe(200)
    })
  })
})
