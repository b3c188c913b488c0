/** The public keys, as clients fetch them (RFC 7517). */
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { ConfigurationError } from '#base/fault.js'
import { parseKeyRing } from '#base/key-ring.js'
import { randomKeyBytes } from '#base/secrets.js'

import { createFirstKey } from '../../records/signing-keys/signing-key.js'
import { preparedFor } from '../../server.js'
import type { LockspireTables } from '../../schema.js'
import { askUserinfo, insertClient, insertCode, redeem, refresh } from '../../testing/issue-code.js'
import { startTestServer, type TestServer } from '../../testing/test-server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

async function keySet(at: TestServer): Promise<{ keys: Record<string, unknown>[] }> {
  return (await (await at.fetch('/oauth/jwks')).json()) as { keys: Record<string, unknown>[] }
}

/** Another process: the same store, its own memory. */
function beside(at: TestServer): Promise<TestServer> {
  return startTestServer({ database: at.database, schema: at.schema, clock: at.clock, host: at.host })
}

/** Replaces the active key, as a rotation by another process does. */
async function rotate(at: TestServer): Promise<void> {
  await at.query('update $schema.signing_keys set activated_at = null')
  const ring = parseKeyRing('lockspire', `test:${Buffer.alloc(32, 7).toString('base64url')}`)
  const store = { db: at.database.view<LockspireTables>(at.schema), prepared: preparedFor(at.schema) }
  await createFirstKey(store, ring, at.clock.now())
}

describe('JWK set (RFC 7517)', () => {
  it('shows one public key with nothing private in it', async () => {
    const { keys } = await keySet(server)
    expect(keys).toHaveLength(1)
    expect(Object.keys(keys[0]!).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
    expect(keys[0]).toMatchObject({
      kty: 'EC',
      crv: 'P-256',
      alg: 'ES256',
      use: 'sig',
      kid: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) as string,
    })
  })

  it('keeps its key over a restart, sealed in the store', async () => {
    const again = await beside(server)
    expect(await keySet(again)).toEqual(await keySet(server))
    await again.lockspire.close()
    const [row] = await server.query<{ sealed_private_key: Buffer; public_jwk: object }>(
      'select * from $schema.signing_keys',
    )
    expect(row!.public_jwk).not.toHaveProperty('d')
    expect(row!.sealed_private_key.includes(Buffer.from('301306072a8648ce3d0201', 'hex'))).toBe(false)
  })

  it('does not start with another key ring, and says which setting is wrong', async () => {
    const { database, schema } = server
    const keys = `test:${randomKeyBytes(32).toString('base64url')}`
    const started = startTestServer({ database, schema, options: { keys } })
    await expect(started).rejects.toThrow(ConfigurationError)
    await expect(started).rejects.toThrow(/LOCKSPIRE_KEYS/)
  })

  it('signs with the key that another process made active, at once', async () => {
    const client = await insertClient(server)
    const before = await redeem(server, client, await insertCode(server, client))
    await rotate(server)
    const after = await refresh(server, client, before.body['refresh_token'])
    const kid = (token: unknown) =>
      (JSON.parse(Buffer.from(String(token).split('.')[0]!, 'base64url').toString()) as { kid: string }).kid
    expect(kid(after.body['access_token'])).not.toBe(kid(before.body['access_token']))
    const published = (await keySet(server)).keys.map((key) => key['kid'])
    for (const { body } of [before, after]) expect(published).toContain(kid(body['access_token']))
    for (const { body } of [before, after]) expect((await askUserinfo(server, body['access_token'])).status).toBe(200)
  })

  it('accepts tokens that another process signed with a new key', async () => {
    const other = await beside(server)
    const client = await insertClient(server)
    await rotate(server)
    const { body } = await redeem(other, client, await insertCode(server, client))
    server.clock.advance(6)
    expect((await askUserinfo(server, body['access_token'])).status).toBe(200)
    await other.lockspire.close()
  })

  it('drops a retired key within a minute everywhere', async () => {
    const [old] = (await keySet(server)).keys
    await rotate(server)
    await server.query('update $schema.signing_keys set retired_at = now() where activated_at is null')
    server.clock.advance(61)
    await keySet(server)
    await expect.poll(async () => (await keySet(server)).keys.map((key) => key['kid'])).not.toContain(old!['kid'])
  })

  it('believes no retired key after hours in which nobody called, not even once', async () => {
    const [idle, silent] = [await beside(server), await beside(server)]
    const client = await insertClient(server)
    const { body } = await redeem(server, client, await insertCode(server, client))
    const token = String(body['access_token'])
    const guarded = new Hono().get('/', idle.lockspire.requireAccessToken({ scope: 'notes:read' }), (c) => c.text('in'))
    await rotate(server)
    await server.query('update $schema.signing_keys set retired_at = now() where activated_at is null')
    server.clock.advance(200)
    expect((await guarded.request('/', { headers: { Authorization: `Bearer ${token}` } })).status).toBe(401)
    const { kid } = JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }
    expect((await keySet(silent)).keys.map((key) => key['kid'])).not.toContain(kid)
    for (const one of [idle, silent]) await one.lockspire.close()
  })

  it('goes on with the keys it has while the store cannot be asked', async () => {
    const before = await keySet(server)
    await server.query('alter table $schema.signing_keys rename to hidden')
    server.clock.advance(61)
    expect(await keySet(server)).toEqual(before)
    await expect.poll(() => server.logs.at(-1)?.message).toBe('the signing keys could not be reloaded')
    expect(await keySet(server)).toEqual(before)
    server.clock.advance(3600)
    expect(await keySet(server)).toEqual(before)
    await server.query('alter table $schema.hidden rename to signing_keys')
  })

  it('does not open a sealed key that was moved to another row', async () => {
    await server.query('update $schema.signing_keys set id = gen_random_uuid()')
    await expect(beside(server)).rejects.toThrow(ConfigurationError)
  })
})
