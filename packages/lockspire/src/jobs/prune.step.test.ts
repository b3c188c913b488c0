/** Pruning deletes what expired, in batches, and nothing that still matters. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { randomId } from '#base/secrets.js'

import { startServer } from '../lockspire.js'
import type { Server } from '../server.js'
import { insertClient, insertCode, redeem, refresh, type TestRegistration } from '../testing/issue-code.js'
import { startTestServer, type TestServer } from '../testing/test-server.js'
import { prune } from './prune.js'

let server: TestServer
let inner: Server
let client: TestRegistration

beforeAll(async () => {
  server = await startTestServer()
  const { database, schema, clock, host, issuer } = server
  inner = await startServer({
    database,
    schema,
    clock,
    issuer,
    accountResolver: host,
    brand: { name: 'Example' },
    scopes: {},
    keys: `test:${Buffer.alloc(32, 7).toString('base64url')}`,
  })
  client = await insertClient(server)
})
afterAll(() => server.close())

const DAY = 86_400

async function count(table: string): Promise<number> {
  const [row] = await server.query<{ count: number }>(`select count(*)::int as count from $schema.${table}`)
  return row!.count
}

describe('pruning', () => {
  it('keeps whatever can still be used or recognised', async () => {
    const code = await insertCode(server, client)
    const first = await redeem(server, client, code)
    const second = await refresh(server, client, first.body['refresh_token'])
    await insertCode(server, client)
    server.clock.advance(13 * DAY)
    expect(await prune(inner)).toEqual({
      interactions: 0,
      authorizationCodes: 0,
      refreshTokens: 0,
      accessTokens: 0,
      grants: 0,
    })
    expect((await refresh(server, client, second.body['refresh_token'])).status).toBe(200)
    server.clock.advance(13 * DAY)
    await prune(inner)
    expect((await refresh(server, client, first.body['refresh_token'])).body['error']).toBe('invalid_grant')
    expect((await server.events()).at(-1)).toMatchObject({ event: 'refresh_token.reused' })
  })

  it('still recognises a code that comes back in the last days of its grant', async () => {
    const code = await insertCode(server, client)
    await redeem(server, client, code)
    server.clock.advance(89 * DAY)
    await prune(inner)
    await redeem(server, client, code)
    expect((await server.events()).at(-1)).toMatchObject({ event: 'authorization_code.reused' })
  })

  it('deletes opaque access tokens an hour after their end, long before their grant', async () => {
    const holder = await insertClient(server, { accessTokenFormat: 'opaque' })
    const code = await insertCode(server, holder)
    const { body } = await redeem(server, holder, code)
    await server.query(
      `insert into $schema.access_tokens (id, token_hash, grant_id, scopes, resources, created_at, expires_at)
       select gen_random_uuid(), sha256(n::text::bytea), grant_id, scopes, resources, created_at, expires_at
         from $schema.access_tokens, generate_series(1, 1200) as n where grant_id = $1`,
      [code.grantId],
    )
    server.clock.advance(300 + 3600)
    expect(await prune(inner)).toMatchObject({ accessTokens: 0 })
    server.clock.advance(1)
    const kept = await refresh(server, holder, body['refresh_token'])
    expect(await prune(inner)).toMatchObject({ accessTokens: 1201, grants: 0 })
    expect(await count('access_tokens')).toBe(1)
    expect(kept.status).toBe(200)
  })

  it('deletes what has ended, more than a batch of it, and answers how much', async () => {
    const { grantId } = await (async () => {
      const code = await insertCode(server, client)
      await redeem(server, client, code)
      return code
    })()
    await server.query(
      `insert into $schema.refresh_tokens (id, token_hash, grant_id, generation, created_at, expires_at, spent_at)
       select gen_random_uuid(), sha256(n::text::bytea), $1::uuid, n, now(), now(), now() from generate_series(1, 1200) as n`,
      [grantId],
    )
    await server.query(
      `insert into $schema.interactions (id, browser_hash, client_id, request, log_in_redirects, created_at, expires_at)
       values ($1, sha256('x'), $2, '{}', 0, $3, $3)`,
      [randomId(), client.id, server.clock.now()],
    )
    server.clock.advance(92 * DAY)
    const pruned = await prune(inner)
    expect(pruned.refreshTokens).toBeGreaterThanOrEqual(1201)
    expect(pruned).toMatchObject({ interactions: 1 })
    expect(pruned.grants).toBeGreaterThanOrEqual(1)
    expect(pruned.authorizationCodes).toBeGreaterThanOrEqual(1)
    for (const table of ['interactions', 'authorization_codes', 'refresh_tokens', 'access_tokens', 'grants'])
      expect(await count(table), table).toBe(0)
    expect(await count('clients')).toBe(2)
    expect(await prune(inner)).toEqual({
      interactions: 0,
      authorizationCodes: 0,
      refreshTokens: 0,
      accessTokens: 0,
      grants: 0,
    })
  })
})
