/** Clients: what may be registered, and what disabling does. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { ConfigurationError } from '#base/fault.js'
import { hashSecret } from '#base/secrets.js'

import { startTestServer, type TestServer } from '../../testing/test-server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const good = {
  name: 'Reader',
  kind: 'confidential',
  redirectUris: ['https://client.example/callback'],
  scopes: ['openid', 'notes:read'],
} as const

describe('a new client', () => {
  test('gets its secret once; the table holds its hash', async () => {
    const { client, secret } = await server.lockspire.clients.create(good)
    expect(client).toMatchObject({
      name: 'Reader',
      kind: 'confidential',
      authMethod: 'client_secret_basic',
      grantTypes: ['authorization_code'],
      disabledAt: null,
    })
    expect(secret.reveal()).toMatch(/^lscs_[\w-]{43}$/)
    expect(String(secret)).toBe('[secret]')
    const [row] = await server.query<{ secret_hash: Buffer; text: string }>(
      'select secret_hash, c::text as text from $schema.clients c where client_id = $1',
      [client.clientId],
    )
    expect(row?.secret_hash.equals(hashSecret(secret.reveal()))).toBe(true)
    expect(row?.text).not.toContain(secret.reveal())
    expect(Object.keys(client)).not.toContain('secretHash')
    expect((await server.events()).at(-1)).toMatchObject({
      event: 'client.created',
      actor_kind: 'operator',
      object_id: client.clientId,
    })
  })

  test('gets another secret on demand, and the first one is dead', async () => {
    const { client, secret } = await server.lockspire.clients.create(good)
    const rotated = await server.lockspire.clients.rotateSecret(client.clientId)
    const asked = async (given: string) =>
      (
        await server.fetch('/oauth/token', {
          method: 'POST',
          headers: {
            authorization: `Basic ${Buffer.from(`${client.clientId}:${given}`).toString('base64')}`,
            'content-type': 'application/x-www-form-urlencoded',
          },
          body: 'grant_type=authorization_code&code=none&redirect_uri=https%3A%2F%2Fclient.example%2Fcallback&code_verifier=x',
        })
      ).status
    expect([await asked(secret.reveal()), await asked(rotated?.reveal() ?? '')]).toEqual([401, 400])
    expect((await server.events()).filter((event) => event.event === 'client.secret_rotated')).toMatchObject([
      { actor_kind: 'operator', object_id: client.clientId },
    ])
    const { client: open } = await server.lockspire.clients.create({ ...good, kind: 'public' })
    expect(await server.lockspire.clients.rotateSecret(open.clientId)).toBeNull()
    expect(await server.lockspire.clients.rotateSecret('nobody')).toBeNull()
  })

  test('that is public has none', async () => {
    const { client, secret } = await server.lockspire.clients.create({ ...good, kind: 'public' })
    expect([client.authMethod, secret]).toEqual(['none', null])
  })

  test('may refresh when it may ask for offline_access', async () => {
    const { client } = await server.lockspire.clients.create({ ...good, scopes: ['openid', 'offline_access'] })
    expect(client.grantTypes).toEqual(['authorization_code', 'refresh_token'])
  })

  test('keeps an id that it is given, which nobody else gets', async () => {
    await server.lockspire.clients.create({ ...good, clientId: 'reader' })
    await expect(server.lockspire.clients.create({ ...good, clientId: 'reader' })).rejects.toThrow(/is taken/)
  })

  test.each<[string, object, RegExp]>([
    ['no name', { name: ' ' }, /name must be/],
    ['a name of 81 characters', { name: 'x'.repeat(81) }, /name must be/],
    ['a name that turns the text around it', { name: 'Reader\u202Egpj' }, /name must be/],
    ['a name with an invisible character', { name: 'Read\u200Ber' }, /name must be/],
    ['a name of letters that show nothing', { name: '\u3164\u115F' }, /name must be/],
    ['a name whose marks run over the page', { name: `R${'\u0335'.repeat(70)}` }, /name must be/],
    ['an unknown kind', { kind: 'trusted' }, /kind must be/],
    ['no redirect URI', { redirectUris: [] }, /redirectUris must hold/],
    ['javascript:', { redirectUris: ['javascript:alert(1)'] }, /must begin with https/],
    ['data:', { redirectUris: ['data:text/html,x'] }, /must begin with https/],
    ['plain HTTP', { redirectUris: ['http://client.example/callback'] }, /must begin with https/],
    ['a fragment', { redirectUris: ['https://client.example/#x'] }, /no fragment/],
    ['a wildcard', { redirectUris: ['https://*.client.example/callback'] }, /no wildcard/],
    ['a twin of a response parameter', { redirectUris: ['https://client.example/?code=1'] }, /already has a parameter/],
    ['a private scheme and a secret', { redirectUris: ['com.example.app:/callback'] }, /make the client public/],
    ['an unknown scope', { scopes: ['openid', 'everything'] }, /"everything" is not configured/],
    ['no scope', { scopes: [] }, /at least one scope/],
    ['a secret for a public client', { kind: 'public', authMethod: 'client_secret_post' }, /authMethod must be none/],
    ['no secret for a confidential one', { authMethod: 'none' }, /authMethod must be none/],
    ['an unknown method', { authMethod: 'private_key_jwt' }, /authMethod must be/],
    ['an unknown grant type', { grantTypes: ['password'] }, /"password" is not known/],
    [
      'offline_access without refresh_token',
      { scopes: ['offline_access'], grantTypes: ['authorization_code'] },
      /needs the grant type/,
    ],
    ['an id with a space', { clientId: 'a b' }, /clientId must be/],
  ])('is refused with %s', async (_name, change, expected) => {
    const attempt = server.lockspire.clients.create({ ...good, ...change })
    await expect(attempt).rejects.toBeInstanceOf(ConfigurationError)
    await expect(attempt).rejects.toThrow(expected)
  })
})

describe('a client', () => {
  test('is disabled and enabled once each, and the audit log tells by whom', async () => {
    const { client } = await server.lockspire.clients.create(good)
    const { clients } = server.lockspire
    expect([await clients.disable(client.clientId), await clients.disable(client.clientId)]).toEqual([true, false])
    expect((await clients.find(client.clientId))?.disabledAt).toEqual(server.clock.now())
    expect([await clients.enable(client.clientId), await clients.enable(client.clientId)]).toEqual([true, false])
    expect((await clients.find(client.clientId))?.disabledAt).toBeNull()
    expect((await server.events()).slice(-2).map((row) => row.event)).toEqual(['client.disabled', 'client.enabled'])
    expect([await clients.disable('nobody'), await clients.find('nobody')]).toEqual([false, null])
  })

  test('is listed page by page', async () => {
    const all = await server.lockspire.clients.list()
    const first = await server.lockspire.clients.list({ limit: 2 })
    const second = await server.lockspire.clients.list({ limit: 2, after: first[1]?.clientId ?? '' })
    expect([...first, ...second].map((one) => one.clientId)).toEqual(all.slice(0, 4).map((one) => one.clientId))
  })
})
