/** Signing keys are published ahead, one at a time signs, and a retired one is gone for good. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Fault } from '#base/fault.js'
import { parseKeyRing } from '#base/key-ring.js'
import { randomKeyBytes } from '#base/secrets.js'

import type { LockspireTables } from '../../schema.js'
import { preparedFor } from '../../server.js'
import { startTestServer, type TestServer } from '../../testing/test-server.js'
import { activateKey, createKey, listKeys, retireKey, type ManagedKeys } from './manage-keys.js'

const ringText = `test:${randomKeyBytes(32).toString('base64url')}`
const actor = { kind: 'operator', id: null } as const
const ring = parseKeyRing('lockspire', ringText)

let server: TestServer
let store: ManagedKeys
beforeAll(async () => {
  server = await startTestServer({ options: { keys: ringText } })
  const { database, schema, clock } = server
  store = { db: database.view<LockspireTables>(schema), prepared: preparedFor(schema), clock }
})
afterAll(() => server.close())

async function published(): Promise<string[]> {
  const answer = await server.fetch('/oauth/jwks')
  return ((await answer.json()) as { keys: { kid: string }[] }).keys.map((key) => key.kid)
}

async function activeKid(): Promise<string | undefined> {
  return (await listKeys(store)).find((key) => key.state === 'active')?.kid
}

async function lastEvent(): Promise<string | undefined> {
  const [row] = await server.query<{ event: string }>(
    `select event from $schema.audit_events where event like 'signing_key.%' order by at desc, ctid desc limit 1`,
  )
  return row?.event
}

describe('the life of a signing key', () => {
  it('is published before it signs, signs alone, and is retired after what it signed has expired', async () => {
    const first = await activeKid()
    server.clock.advance(1)
    const second = await createKey(store, ring, actor)
    expect(await lastEvent()).toBe('signing_key.created')
    expect((await listKeys(store)).map((key) => key.state)).toEqual(['active', 'upcoming'])

    expect(await activateKey(store, { kid: second, actor })).toEqual({ ok: false, reason: 'too_early' })
    server.clock.advance(360)
    await published()
    await expect.poll(published).toContain(second)
    expect(await activateKey(store, { kid: second, actor })).toEqual({ ok: true, value: null })
    expect(await lastEvent()).toBe('signing_key.activated')
    expect(await activeKid()).toBe(second)
    expect((await listKeys(store)).map((key) => key.state)).toEqual(['retiring', 'active'])

    expect(await retireKey(store, { kid: first ?? '', actor })).toEqual({ ok: false, reason: 'too_early' })
    server.clock.advance(3660)
    expect(await retireKey(store, { kid: first ?? '', actor })).toEqual({ ok: true, value: null })
    expect(await lastEvent()).toBe('signing_key.retired')
    await published()
    await expect.poll(published).toEqual([second])
    expect(await retireKey(store, { kid: first ?? '', actor })).toEqual({ ok: false, reason: 'unknown' })
    expect(await activateKey(store, { kid: first ?? '', actor })).toEqual({ ok: false, reason: 'unknown' })
  })

  it('does not begin under a key ring that the servers do not have', async () => {
    const before = await listKeys(store)
    const foreign = parseKeyRing('lockspire', `test:${randomKeyBytes(32).toString('base64url')}`)
    await expect(createKey(store, foreign, actor)).rejects.toThrow(Fault)
    expect(await listKeys(store)).toEqual(before)
  })

  it('goes back to the earlier key while that is still published', async () => {
    const before = await activeKid()
    const next = await createKey(store, ring, actor)
    await activateKey(store, { kid: next, actor, isUrgent: true })
    expect(await activateKey(store, { kid: before ?? '', actor })).toEqual({ ok: true, value: null })
    expect(await activeKid()).toBe(before)
  })

  it('never retires the key that signs, not even in a hurry, and never names one that does not exist', async () => {
    const kid = (await activeKid()) ?? ''
    expect(await retireKey(store, { kid, actor, isUrgent: true })).toEqual({ ok: false, reason: 'active' })
    expect(await activateKey(store, { kid, actor })).toEqual({ ok: false, reason: 'already_active' })
    for (const act of [activateKey, retireKey])
      expect(await act(store, { kid: 'nobody', actor })).toEqual({ ok: false, reason: 'unknown' })
  })

  it('retires a stolen key at once', async () => {
    const stolen = (await activeKid()) ?? ''
    const next = await createKey(store, ring, actor)
    await activateKey(store, { kid: next, actor, isUrgent: true })
    expect(await retireKey(store, { kid: stolen, actor, isUrgent: true })).toEqual({ ok: true, value: null })
    expect((await listKeys(store)).map((key) => key.kid)).not.toContain(stolen)
    server.clock.advance(61)
    await published()
    await expect.poll(published).toContain(next)
  })
})
