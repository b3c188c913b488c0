/** Opaque access tokens from issue to end, at userinfo and at the guard of a host's API. */
import { createHash } from 'node:crypto'

import { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { ConfigurationError } from '#base/fault.js'
import { hashSecret } from '#base/secrets.js'

import type { AccessTokenVariables } from '../../resource-server/require-access-token.js'
import {
  askUserinfo,
  insertClient,
  insertCode,
  readAnswer,
  redeem,
  refresh,
  type CodeChoices,
  type TestCode,
  type TestRegistration,
  type WireAnswer,
} from '../../testing/issue-code.js'
import { mailApi, notesApi, startTestServer, type TestServer } from '../../testing/test-server.js'

/** A server that issues opaque tokens unless a client says otherwise, and a neighbour in the same database. */
let server: TestServer
let neighbour: TestServer
let api: Hono<{ Variables: AccessTokenVariables }>
let client: TestRegistration

beforeAll(async () => {
  server = await startTestServer({ options: { accessTokenFormat: 'opaque' } })
  const { database, clock } = server
  neighbour = await startTestServer({ database, clock, options: { accessTokenFormat: 'opaque' } })
  const { lockspire } = server
  api = new Hono<{ Variables: AccessTokenVariables }>()
  api.get('/notes', lockspire.requireAccessToken({ scope: 'notes:read' }), (c) => c.json(c.var.accessToken))
  api.get('/careful', lockspire.requireAccessToken({ scope: 'notes:read', checkGrant: true }), (c) => c.json({}))
  api.get('/mail', lockspire.requireAccessToken({ scope: 'mail:read', resource: mailApi }), (c) => c.json({}))
})
afterAll(async () => {
  await neighbour.close()
  await server.close()
})
beforeEach(async () => {
  client = await insertClient(server)
  server.host.accounts.set('ada', { name: 'Ada Lovelace', email: 'ada@example.com' })
})

interface Issued {
  readonly code: TestCode
  readonly body: WireAnswer['body']
  readonly accessToken: string
}

async function issue(choices: CodeChoices = {}, holder = client, from = server): Promise<Issued> {
  const code = await insertCode(from, holder, choices)
  const { status, body } = await redeem(from, holder, code)
  expect(status).toBe(200)
  return { code, body, accessToken: String(body['access_token']) }
}

async function call(token: string, path = '/notes'): Promise<WireAnswer> {
  return readAnswer(await api.request(path, { headers: { Authorization: `Bearer ${token}` } }))
}

/** The guards, plain and careful, and userinfo. */
async function everywhere(token: string): Promise<readonly WireAnswer[]> {
  return [await call(token), await call(token, '/careful'), await askUserinfo(server, token)]
}

async function expectRefusedEverywhere(token: string, name = ''): Promise<void> {
  for (const answer of await everywhere(token)) {
    expect([answer.status, answer.body['error']], name).toEqual([401, 'invalid_token'])
    expect(answer.headers.get('www-authenticate'), name).toContain('error="invalid_token"')
    expect(JSON.stringify(answer.body), name).not.toContain('ada@')
  }
}

interface StoredToken {
  readonly token_hash: Buffer
  readonly scopes: string[]
  readonly resources: string[]
  readonly created_at: Date
  readonly expires_at: Date
}

function stored(grantId: string): Promise<StoredToken[]> {
  return server.query<StoredToken>('select * from $schema.access_tokens where grant_id = $1 order by created_at', [
    grantId,
  ])
}

async function statementsOf(act: () => Promise<unknown>): Promise<number> {
  const { statements } = server.database.counters
  await act()
  return server.database.counters.statements - statements
}

describe('an opaque access token', () => {
  it('is random, and its hash is stored with the reach of its answer', async () => {
    const { code, body, accessToken } = await issue()
    expect(accessToken).toMatch(/^lsat_[\w-]{43}$/)
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 300 })
    server.clock.advance(1)
    const narrow = await refresh(server, client, body['refresh_token'], { scope: 'notes:read' })
    const [first, second, ...more] = await stored(code.grantId)
    expect(more).toEqual([])
    expect(first?.token_hash.equals(hashSecret(accessToken))).toBe(true)
    expect(first?.resources).toEqual([notesApi])
    expect(first?.scopes.join(' ')).toBe(body['scope'])
    expect(first!.expires_at.getTime() - first!.created_at.getTime()).toBe(300_000)
    expect(second?.token_hash.equals(hashSecret(String(narrow.body['access_token'])))).toBe(true)
    expect(second?.scopes).toEqual(['notes:read'])
    expect((await call(String(narrow.body['access_token']))).status).toBe(200)
    expect((await askUserinfo(server, narrow.body['access_token'])).body['error']).toBe('insufficient_scope')
  })

  it('is bound to its ID token', async () => {
    const { body, accessToken } = await issue()
    const claims = JSON.parse(Buffer.from(String(body['id_token']).split('.')[1]!, 'base64url').toString()) as object
    const half = createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url')
    expect(claims).toMatchObject({ at_hash: half })
  })

  it('costs as many statements to issue as a JWT', async () => {
    const plain = await insertClient(server, { accessTokenFormat: 'jwt' })
    for (const holder of [client, plain]) {
      const code = await insertCode(server, holder)
      let token: unknown
      expect(
        await statementsOf(async () => {
          token = (await redeem(server, holder, code)).body['refresh_token']
        }),
      ).toBe(2)
      expect(await statementsOf(() => refresh(server, holder, token))).toBe(2)
      expect(await stored(code.grantId)).toHaveLength(holder === client ? 2 : 0)
    }
  })

  it('leaves the same audit events as a JWT', async () => {
    const lists: string[][] = []
    for (const accessTokenFormat of ['opaque', 'jwt'] as const) {
      const holder = await insertClient(server, { accessTokenFormat })
      const before = (await server.events()).length
      const { code, body, accessToken } = await issue({}, holder)
      await refresh(server, holder, body['refresh_token'])
      await refresh(server, holder, body['refresh_token'])
      expect(await askUserinfo(server, accessToken)).toMatchObject({ status: 401 })
      const events = (await server.events()).slice(before)
      lists.push(events.map(({ event, reason, actor_kind }) => `${event} ${String(reason)} ${actor_kind}`))
      expect(events.at(-1)).toMatchObject({ actor_id: holder.clientId, subject_id: 'ada', object_id: code.grantId })
    }
    expect(lists[0]).toEqual(lists[1])
    expect(lists[0]?.at(-1)).toBe('userinfo.refused grant_ended client')
  })

  it('is stored by the statement that spends, or not at all', async () => {
    const code = await insertCode(server, client)
    await server.query('alter table $schema.access_tokens add constraint full_disk check (false) not valid')
    expect((await redeem(server, client, code)).status).toBe(500)
    expect(await server.query('select id from $schema.grants where id = $1', [code.grantId])).toEqual([])
    await server.query('alter table $schema.access_tokens drop constraint full_disk')
    const first = await redeem(server, client, code)
    expect(first.status).toBe(200)
    await server.query('alter table $schema.access_tokens add constraint full_disk check (false) not valid')
    expect((await refresh(server, client, first.body['refresh_token'])).status).toBe(500)
    await server.query('alter table $schema.access_tokens drop constraint full_disk')
    expect((await refresh(server, client, first.body['refresh_token'])).status).toBe(200)
    expect(await stored(code.grantId)).toHaveLength(2)
  })

  it('is not stored for whoever presents what is spent', async () => {
    const { code, body } = await issue()
    expect((await redeem(server, client, code)).status).toBe(400)
    expect((await refresh(server, client, body['refresh_token'])).status).toBe(400)
    expect(await stored(code.grantId)).toHaveLength(1)
  })
})

describe('the format', () => {
  it.each([
    ['opaque', undefined, 'opaque'],
    ['opaque', 'jwt', 'jwt'],
    ['opaque', 'opaque', 'opaque'],
    [undefined, undefined, 'jwt'],
    [undefined, 'opaque', 'opaque'],
    ['jwt', 'jwt', 'jwt'],
  ] as const)('of a server with %s and a client with %s is %s', async (ofServer, ofClient, expected) => {
    const { database, clock } = server
    const options = ofServer === undefined ? {} : { accessTokenFormat: ofServer }
    const one = await startTestServer({ database, clock, options })
    const holder = await insertClient(one, ofClient === undefined ? {} : { accessTokenFormat: ofClient })
    const { accessToken } = await issue({}, holder, one)
    expect(accessToken.startsWith('lsat_') ? 'opaque' : 'jwt').toBe(expected)
    // Whatever the server issues today, it accepts both.
    expect((await askUserinfo(one, accessToken)).status).toBe(200)
    await one.close()
  })

  it('is chosen at registration', async () => {
    const { clients } = server.lockspire
    const rest = { name: 'x', kind: 'public', redirectUris: ['https://c.example/'], scopes: ['openid'] } as const
    const { client: made } = await clients.create({ ...rest, accessTokenFormat: 'jwt' })
    expect((await clients.find(made.clientId))?.accessTokenFormat).toBe('jwt')
    expect((await clients.create(rest)).client.accessTokenFormat).toBeNull()
    const wrong = 'paseto' as 'jwt'
    await expect(clients.create({ ...rest, accessTokenFormat: wrong })).rejects.toThrow(ConfigurationError)
  })
})

describe('whoever accepts access tokens', () => {
  it('accepts an opaque one by one read, with or without checkGrant', async () => {
    const { code, accessToken } = await issue()
    for (const path of ['/notes', '/careful']) {
      expect(await statementsOf(async () => expect((await call(accessToken, path)).status).toBe(200))).toBe(1)
    }
    expect(await statementsOf(async () => expect((await askUserinfo(server, accessToken)).status).toBe(200))).toBe(1)
    expect((await call(accessToken)).body).toEqual({
      subject: 'ada',
      clientId: client.clientId,
      scopes: ['openid', 'profile', 'email', 'offline_access', 'notes:read', 'notes:write'],
      audiences: [notesApi],
      grantId: code.grantId,
      tokenId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      expiresAt: new Date(server.clock.now().getTime() + 300_000).toISOString(),
    })
    expect((await askUserinfo(server, accessToken)).body).toMatchObject({ sub: 'ada', email: 'ada@example.com' })
  })

  it('still asks nobody for a JWT', async () => {
    const { accessToken } = await issue({}, await insertClient(server, { accessTokenFormat: 'jwt' }))
    expect(await statementsOf(async () => expect((await call(accessToken)).status).toBe(200))).toBe(0)
  })

  it('demands audience and scope', async () => {
    const { accessToken } = await issue()
    expect((await call(accessToken, '/mail')).body['error']).toBe('invalid_token')
    const mail = await issue({ scopes: ['mail:read'], resources: [mailApi] })
    expect((await call(mail.accessToken, '/mail')).status).toBe(200)
    expect((await call(mail.accessToken)).body['error']).toBe('invalid_token')
    const narrow = await issue({ scopes: ['notes:write'] })
    const answer = await call(narrow.accessToken)
    expect([answer.status, answer.body['error']]).toEqual([403, 'insufficient_scope'])
    // Without a resource a token is for the server itself.
    const own = await issue({ scopes: ['openid'], resources: [] })
    expect((await askUserinfo(server, own.accessToken)).status).toBe(200)
    expect((await call(own.accessToken)).body['error']).toBe('invalid_token')
  })

  it('refuses at the very second of expiry', async () => {
    const { accessToken } = await issue()
    server.clock.advance(299)
    for (const answer of await everywhere(accessToken)) expect(answer.status).toBe(200)
    server.clock.advance(1)
    await expectRefusedEverywhere(accessToken)
  })

  it.each([
    ['grant is revoked', `update $schema.grants set revoked_at = now(), revoked_reason = 'code_reused' where id = $1`],
    ['grant has ended', `update $schema.grants set expires_at = to_timestamp(1800000000) where id = $1`],
    ['grant is deleted', 'delete from $schema.grants where id = $1'],
    [
      'consent is revoked',
      `update $schema.consents set revoked_at = now()
        where id = (select consent_id from $schema.grants where id = $1)`,
    ],
    [
      'client is disabled',
      `update $schema.clients set disabled_at = now()
        where id = (select client_id from $schema.grants where id = $1)`,
    ],
    ['row is deleted', 'delete from $schema.access_tokens where grant_id = $1'],
  ])('refuses at once when its %s', async (_name, sql) => {
    const { code, accessToken } = await issue()
    for (const answer of await everywhere(accessToken)) expect(answer.status).toBe(200)
    await server.query(sql, [code.grantId])
    await expectRefusedEverywhere(accessToken)
  })

  it('refuses when its account is gone', async () => {
    server.host.accounts.set('grace', {})
    const { accessToken } = await issue({ subject: 'grace' })
    server.host.accounts.delete('grace')
    expect((await askUserinfo(server, accessToken)).body['error']).toBe('invalid_token')
  })

  it('refuses whatever else is not the token, letter by letter', async () => {
    const { code, body, accessToken } = await issue()
    const fresh = await insertCode(server, client)
    const [row] = await server.query<{ id: string; token_hash: Buffer }>(
      'select id, token_hash from $schema.access_tokens where grant_id = $1',
      [code.grantId],
    )
    const core = accessToken.slice(5)
    const wrongs = {
      'a refresh token': String(body['refresh_token']),
      'a refresh token as access token': String(body['refresh_token']).replace('lsrt_', 'lsat_'),
      'a code': fresh.code,
      'a code as access token': fresh.code.replace('lsac_', 'lsat_'),
      'a client secret': client.secret!,
      'an ID token': String(body['id_token']),
      'its row id': row!.id,
      'its hash': row!.token_hash.toString('hex'),
      'its hash as a token': `lsat_${row!.token_hash.toString('base64url')}`,
      'its grant': code.grantId,
      'no prefix': core,
      'another prefix': `lsrt_${core}`,
      'a prefix in capitals': `LSAT_${core}`,
      'a letter less': accessToken.slice(0, -1),
      'a letter more': `${accessToken}A`,
      padding: `${accessToken}=`,
      'two of it': `${accessToken}${accessToken}`,
      'a JWT around it': `${accessToken}.${accessToken}.${accessToken}`,
    }
    for (const [name, wrong] of Object.entries(wrongs)) await expectRefusedEverywhere(wrong, name)
    for (let at = 0; at < accessToken.length; at += 1) {
      const changed = accessToken.slice(0, at) + (accessToken[at] === 'A' ? 'B' : 'A') + accessToken.slice(at + 1)
      expect((await call(changed)).status, `letter ${at}`).toBe(401)
    }
    expect((await call(accessToken)).status).toBe(200)
  })

  it('looks nothing up that has not the shape of a token', async () => {
    const { accessToken } = await issue()
    for (const wrong of [accessToken.slice(0, -1), `${accessToken}A`, accessToken.replace('lsat_', 'lsrt_')]) {
      expect(await statementsOf(() => call(wrong))).toBe(0)
    }
  })

  it('refuses the token of another schema', async () => {
    const { accessToken } = await issue({}, await insertClient(neighbour), neighbour)
    expect((await askUserinfo(neighbour, accessToken)).status).toBe(200)
    await expectRefusedEverywhere(accessToken)
  })

  it('leaves no row for what is not even ours', async () => {
    const before = (await server.events()).length
    await askUserinfo(server, `lsat_${'A'.repeat(43)}`)
    expect(await server.events()).toHaveLength(before)
  })
})

describe('an opaque access token in another place', () => {
  it('is neither code nor refresh token, and harms nobody there', async () => {
    const { code, body, accessToken } = await issue()
    expect((await refresh(server, client, accessToken)).body['error']).toBe('invalid_grant')
    expect((await redeem(server, client, { ...code, code: accessToken })).body['error']).toBe('invalid_grant')
    expect((await call(accessToken)).status).toBe(200)
    expect((await refresh(server, client, body['refresh_token'])).status).toBe(200)
  })
})
