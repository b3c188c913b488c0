/** The guard of a host's API, with every token it must refuse (RFC 6750, RFC 9068). */
import { createHmac, createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'

import { Hono } from 'hono'
import { exportSPKI, importJWK, SignJWT, type JWK } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { ConfigurationError } from '#base/fault.js'

import type { AccessTokenVariables } from './require-access-token.js'
import {
  insertClient,
  insertCode,
  readAnswer,
  redeem,
  type TestCode,
  type TestRegistration,
  type WireAnswer,
} from '../testing/issue-code.js'
import { mailApi, notesApi, startTestServer, type TestServer } from '../testing/test-server.js'

let server: TestServer
let client: TestRegistration
let api: Hono<{ Variables: AccessTokenVariables }>

beforeAll(async () => {
  server = await startTestServer()
  client = await insertClient(server)
  const { lockspire } = server
  api = new Hono<{ Variables: AccessTokenVariables }>()
  api.get('/notes', lockspire.requireAccessToken({ scope: 'notes:read' }), (c) => c.json(c.var.accessToken))
  api.post('/notes', lockspire.requireAccessToken({ scope: ['notes:read', 'notes:write'] }), (c) =>
    c.json({ ok: true }),
  )
  api.get('/mail', lockspire.requireAccessToken({ scope: 'mail:read', resource: mailApi }), (c) => c.json({ ok: true }))
  api.get('/careful', lockspire.requireAccessToken({ scope: 'notes:read', checkGrant: true }), (c) =>
    c.json({ ok: true }),
  )
})
afterAll(() => server.close())

let code: TestCode
let accessToken: string
let idToken: string
let refreshToken: string

beforeEach(async () => {
  code = await insertCode(server, client)
  const { body } = await redeem(server, client, code)
  accessToken = String(body['access_token'])
  idToken = String(body['id_token'])
  refreshToken = String(body['refresh_token'])
})

async function call(authorization: string | undefined, path = '/notes', method = 'GET'): Promise<WireAnswer> {
  const headers = new Headers()
  if (authorization !== undefined) headers.set('Authorization', authorization)
  return readAnswer(await api.request(path, { method, headers }))
}

/** The server's own private key, as only a thief of database and key ring would have it. */
async function ownKey(): Promise<{ kid: string; key: KeyObject }> {
  const { parseKeyRing } = await import('#base/key-ring.js')
  const ring = parseKeyRing('lockspire', `test:${Buffer.alloc(32, 7).toString('base64url')}`)
  const [row] = await server.query<{ id: string; kid: string; sealed_private_key: Buffer }>(
    'select * from $schema.signing_keys',
  )
  const der = ring.open(row!.sealed_private_key, { table: 'signing_keys', column: 'sealed_private_key', row: row!.id })
  return { kid: row!.kid, key: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }) }
}

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>
}

async function resigned(change: Record<string, unknown>, header: { typ?: string } = {}): Promise<string> {
  const { kid, key } = await ownKey()
  return new SignJWT({ ...claimsOf(accessToken), ...change })
    .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt', ...header })
    .sign(key)
}

describe('requireAccessToken (RFC 6750, RFC 9068)', () => {
  it('lets a good token through and tells the route whose it is', async () => {
    const answer = await call(`Bearer ${accessToken}`)
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      subject: 'ada',
      clientId: client.clientId,
      grantId: code.grantId,
      audiences: [notesApi],
    })
    expect(answer.body['scopes']).toContain('notes:read')
  })

  it('asks no database', async () => {
    const { statements } = server.database.counters
    for (let turn = 0; turn < 5; turn += 1) await call(`Bearer ${accessToken}`)
    expect(server.database.counters.statements).toBe(statements)
  })

  it('knows the scheme in any letters', async () => {
    for (const scheme of ['bearer', 'BEARER']) expect((await call(`${scheme} ${accessToken}`)).status).toBe(200)
  })

  it('challenges without an error where no token came, and says what is needed', async () => {
    const answer = await call(undefined)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="https://id.example", scope="notes:read"')
    expect(answer.body).not.toHaveProperty('error')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('refuses a token in the query, also beside a good header', async () => {
    expect(await call(undefined, `/notes?access_token=${accessToken}`)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    })
    expect((await call(`Bearer ${accessToken}`, `/notes?access_token=${accessToken}`)).status).toBe(400)
  })

  it('refuses two Authorization headers', async () => {
    const headers: [string, string][] = [
      ['Authorization', `Bearer ${accessToken}`],
      ['Authorization', `Bearer ${accessToken}`],
    ]
    expect((await api.request('/notes', { headers })).status).toBe(400)
  })

  it('demands every scope', async () => {
    expect((await call(`Bearer ${accessToken}`, '/notes', 'POST')).status).toBe(200)
    const narrow = await redeem(server, client, await insertCode(server, client, { scopes: ['notes:read'] }))
    const answer = await call(`Bearer ${String(narrow.body['access_token'])}`, '/notes', 'POST')
    expect([answer.status, answer.body['error']]).toEqual([403, 'insufficient_scope'])
    expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
    expect(answer.headers.get('www-authenticate')).toContain('scope="notes:read notes:write"')
  })

  it('demands its own audience', async () => {
    const scopes = ['mail:read', 'notes:read']
    const forMail = await redeem(server, client, await insertCode(server, client, { scopes, resources: [mailApi] }))
    const mailToken = `Bearer ${String(forMail.body['access_token'])}`
    expect((await call(mailToken, '/mail')).status).toBe(200)
    expect((await call(mailToken, '/notes')).body['error']).toBe('invalid_token')
    expect((await call(`Bearer ${accessToken}`, '/mail')).body['error']).toBe('invalid_token')
    const forBoth = await redeem(
      server,
      client,
      await insertCode(server, client, { scopes, resources: [mailApi, notesApi] }),
    )
    for (const path of ['/mail', '/notes'])
      expect((await call(`Bearer ${String(forBoth.body['access_token'])}`, path)).status).toBe(200)
  })

  it('refuses at the very second of expiry', async () => {
    server.clock.advance(299)
    expect((await call(`Bearer ${accessToken}`)).status).toBe(200)
    server.clock.advance(1)
    const answer = await call(`Bearer ${accessToken}`)
    expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_token'])
    expect(answer.headers.get('www-authenticate')).toContain('expired')
  })

  it('refuses every other kind of secret of this server', async () => {
    const fresh = await insertCode(server, client)
    for (const wrong of [idToken, refreshToken, fresh.code, client.secret!, fresh.grantId]) {
      expect(await call(`Bearer ${wrong}`)).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
    }
  })

  it('refuses a change of any single byte, in every segment', async () => {
    for (let at = 0; at < accessToken.length; at += 3) {
      const changed = accessToken.slice(0, at) + (accessToken[at] === 'A' ? 'B' : 'A') + accessToken.slice(at + 1)
      expect((await call(`Bearer ${changed}`)).status, `byte ${at}`).not.toBe(200)
    }
  })

  it.each([
    ['another issuer', { iss: 'https://evil.example' }, {}],
    ['the issuer with a slash', { iss: 'https://id.example/' }, {}],
    ['an audience that only begins alike', { aud: `${notesApi}/v2` }, {}],
    ['the client as audience', { aud: 'client' }, {}],
    ['no audience', { aud: undefined }, {}],
    ['an exp in the past', { exp: 1_700_000_000 }, {}],
    ['no exp', { exp: undefined }, {}],
    ['an exp as text', { exp: '99999999999' }, {}],
    ['no sub', { sub: undefined }, {}],
    ['no grant', { grant: undefined }, {}],
    ['a scope list', { scope: ['notes:read'] }, {}],
    ['the kind JWT', {}, { typ: 'JWT' }],
    ['the kind logout+jwt', {}, { typ: 'logout+jwt' }],
    ['the long spelling of its kind', {}, { typ: 'application/at+jwt' }],
  ])('refuses %s, however well it is signed', async (_name, change, header) => {
    expect((await call(`Bearer ${await resigned({})}`)).status).toBe(200)
    expect(await call(`Bearer ${await resigned(change, header)}`)).toMatchObject({
      status: 401,
      body: { error: 'invalid_token' },
    })
  })

  it('refuses foreign keys and algorithms', async () => {
    const { kid } = await ownKey()
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const claims = claimsOf(accessToken)
    const [, body] = accessToken.split('.')
    const head = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url')
    const jwks = (await (await server.fetch('/oauth/jwks')).json()) as { keys: JWK[] }
    const spki = await exportSPKI((await importJWK(jwks.keys[0]!, 'ES256')) as CryptoKey)
    const mac = `${head({ alg: 'HS256', typ: 'at+jwt', kid })}.${body}`
    const wrongs = [
      await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' }).sign(stranger.privateKey),
      await new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: 'other', typ: 'at+jwt' })
        .sign(stranger.privateKey),
      await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid, typ: 'at+jwt' }).sign(rsa.privateKey),
      await new SignJWT(claims)
        .setProtectedHeader({
          alg: 'ES256',
          kid: 'mine',
          typ: 'at+jwt',
          jwk: stranger.publicKey.export({ format: 'jwk' }) as JWK,
        })
        .sign(stranger.privateKey),
      `${head({ alg: 'none', typ: 'at+jwt', kid })}.${body}.`,
      `${head({ alg: 'none', typ: 'at+jwt', kid })}.${body}.AAAA`,
      `${mac}.${createHmac('sha256', spki).update(mac).digest('base64url')}`,
      `${mac}.${createHmac('sha256', JSON.stringify(jwks.keys[0])).update(mac).digest('base64url')}`,
    ]
    for (const wrong of wrongs) expect((await call(`Bearer ${wrong}`)).status).toBe(401)
  })

  it('asks the database for an unknown key only now and then', async () => {
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const token = await new SignJWT(claimsOf(accessToken))
      .setProtectedHeader({ alg: 'ES256', kid: 'new', typ: 'at+jwt' })
      .sign(stranger.privateKey)
    server.clock.advance(6)
    const { statements } = server.database.counters
    for (let turn = 0; turn < 20; turn += 1) await call(`Bearer ${token}`)
    expect(server.database.counters.statements).toBe(statements + 1)
  })

  it('goes on without the grant until expiry, unless told to check it', async () => {
    expect((await call(`Bearer ${accessToken}`, '/careful')).status).toBe(200)
    await server.query(`update $schema.grants set revoked_at = now(), revoked_reason = 'code_reused' where id = $1`, [
      code.grantId,
    ])
    expect((await call(`Bearer ${accessToken}`)).status).toBe(200)
    expect(await call(`Bearer ${accessToken}`, '/careful')).toMatchObject({
      status: 401,
      body: { error: 'invalid_token' },
    })
  })

  it('asks the database once a request when told to check the grant', async () => {
    const { statements } = server.database.counters
    await call(`Bearer ${accessToken}`, '/careful')
    expect(server.database.counters.statements).toBe(statements + 1)
  })

  it('does not start for a scope or resource that is not configured, which does not compile either', () => {
    const { lockspire } = server
    // @ts-expect-error the scope is not configured
    expect(() => lockspire.requireAccessToken({ scope: 'notes:delete' })).toThrow(ConfigurationError)
    const elsewhere = 'https://other.example'
    // @ts-expect-error the resource is not configured
    const guarding = () => lockspire.requireAccessToken({ scope: 'notes:read', resource: elsewhere })
    expect(guarding).toThrow(ConfigurationError)
    expect(() => server.lockspire.requireAccessToken({ scope: [] })).toThrow(ConfigurationError)
  })
})
