/** What is stored and logged after a whole round of flows: none of the secrets issued in it. */
import { createPrivateKey } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { parseKeyRing } from '#base/key-ring.js'

import { openBrowser, authorizePath } from './testing/test-browser.js'
import { testClient } from './testing/test-client.js'
import { startTestServer, type TestServer } from './testing/test-server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

/** Every row of every table as text; bytes as hex, as a dump shows them. */
async function dump(): Promise<string> {
  const tables = await server.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = '$schema'`,
  )
  const texts: string[] = []
  for (const { name } of tables) {
    texts.push(
      ...(await server.query<{ row: string }>(`select t::text as row from $schema.${name} t`)).map(({ row }) => row),
    )
  }
  return texts.join('\n')
}

describe('secrets at rest', () => {
  it('are in no table, no audit row and no log, neither as text nor as bytes', async () => {
    const secrets: string[] = []
    for (const [kind, accessTokenFormat] of [
      ['confidential', 'jwt'],
      ['public', 'jwt'],
      ['confidential', 'opaque'],
      ['public', 'opaque'],
    ] as const) {
      const client = await testClient(server, { kind, accessTokenFormat })
      const authorized = await client.authorize('ada')
      const first = await client.redeem(authorized)
      const second = await client.refresh(String(first.body['refresh_token']))
      await client.userinfo(String(second.body['access_token']))
      // Refusals and failures write rows and lines as well.
      await client.redeem(authorized, { code_verifier: 'y'.repeat(43) })
      await client.redeem(authorized)
      await client.refresh(String(first.body['refresh_token']), { scope: 'admin' })
      server.host.brokenClaims = new Error('the profile service is down')
      await client.userinfo(String(second.body['access_token']))
      server.host.brokenClaims = undefined
      secrets.push(authorized.code, authorized.verifier, ...(client.secret === null ? [] : [client.secret]))
      for (const { body } of [first, second]) {
        for (const name of ['access_token', 'refresh_token', 'id_token']) {
          const value = body[name]
          if (typeof value === 'string') secrets.push(value)
        }
      }
    }
    const browser = openBrowser(server)
    const asking = await testClient(server)
    await browser.get(authorizePath(asking, { scope: 'openid' }))
    secrets.push(...browser.cookies.values())

    const kept = `${await dump()}\n${server.logs.map((line) => JSON.stringify({ ...line, error: line.error instanceof Error ? line.error.stack : null })).join('\n')}`
    expect(secrets.length).toBeGreaterThanOrEqual(27)
    for (const secret of secrets) {
      // The part behind the prefix, and for tokens of three segments the last, which is the signature.
      const core = secret
        .split('.')
        .at(-1)!
        .replace(/^ls[a-z]{2}_/, '')
      expect(core.length).toBeGreaterThan(20)
      for (const form of [core, Buffer.from(secret).toString('hex'), Buffer.from(core, 'base64url').toString('hex')]) {
        expect(kept.includes(form), secret.slice(0, 5)).toBe(false)
      }
    }
  })

  it('include the private signing key, which lies sealed', async () => {
    const [row] = await server.query<{ id: string; sealed_private_key: Buffer }>('select * from $schema.signing_keys')
    const ring = parseKeyRing('lockspire', `test:${Buffer.alloc(32, 7).toString('base64url')}`)
    const place = { table: 'signing_keys', column: 'sealed_private_key', row: row!.id }
    const der = ring.open(row!.sealed_private_key, place)
    const { d } = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' })
    const kept = await dump()
    for (const form of [
      d!,
      Buffer.from(d!, 'base64url').toString('hex'),
      Buffer.from(d!, 'base64url').toString('base64'),
    ]) {
      expect(kept.includes(form)).toBe(false)
    }
  })
})
