/** `kill -9` of the host at random points under load: what was acknowledged is kept, what was spent stays spent. */
import { setTimeout as sleep } from 'node:timers/promises'

import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type Family, startLoad } from './support/load.js'
import { type ClientCredentials, redeem, refresh, seededClient } from './support/oauth-client.js'
import { freePort, type Program, startHost } from './support/processes.js'
import { createStore, type Store, type StoreKind } from './support/stores.js'

const kinds: readonly StoreKind[] = ['pglite', 'postgres']
/** CRASH_ROUNDS asks for more, for a longer look. */
const rounds = Array.from({ length: Number(process.env['CRASH_ROUNDS'] ?? 3) }, (_, index) => index + 1)
const workers = 4

describe.each(kinds)('kill -9 under load on %s', (kind) => {
  let store: Store
  let port: number
  let partnerPort: number
  let host: Program
  let client: ClientCredentials

  beforeAll(async () => {
    store = await createStore(kind)
    port = await freePort()
    partnerPort = await freePort()
    host = await startHost(store, { port, partnerPort })
    client = await seededClient(store, partnerPort)
  })

  afterAll(async () => {
    await host.stop()
    expect(await brokenFamilies(store)).toEqual([])
    await store.remove()
  })

  test.each(rounds)('round %i loses no acknowledged token and revives no spent one', async () => {
    const load = await startLoad(host.url, client, workers)
    while (load.begun() <= workers) await sleep(5)
    await sleep(Math.random() * 700)
    await host.kill()
    const ledger = await load.ended()
    expect(ledger.surprises).toEqual([])

    host = await startHost(store, { port, partnerPort })
    for (const family of ledger.families) await checkFamily(host.url, client, family)
  })
})

/** Compares what the restarted host says with what its dead self had acknowledged. */
async function checkFamily(host: string, client: ClientCredentials, family: Family): Promise<void> {
  if (family.code === 'unsent') {
    expect((await redeem(host, client, family.issued)).status).toBe(200)
    return
  }
  if (family.code === 'unanswered') {
    // Nobody saw an answer: either nothing happened, or it happened whole. Never half, and never twice.
    const first = await redeem(host, client, family.issued)
    expect([200, 400]).toContain(first.status)
    expect((await redeem(host, client, family.issued)).body).toMatchObject({ error: 'invalid_grant' })
    return
  }
  const newest = family.refreshToken
  if (newest === null) return
  const refreshed = await refresh(host, client, newest)
  if (family.refreshUnanswered) {
    // The one request in flight may have spent it; its successor was never seen, so that reuse may end the family.
    expect([200, 400]).toContain(refreshed.status)
  } else {
    expect(refreshed.status).toBe(200)
  }
  for (const spent of family.spent.slice(-1)) {
    expect(await refresh(host, client, spent)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  }
  expect(await redeem(host, client, family.issued)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
}

/** Families that hold two live tokens, or that came into the world by halves. */
async function brokenFamilies(store: Store): Promise<unknown[]> {
  const database = await store.open()
  try {
    const { rows } = await sql`
      select grants.id, 'two live tokens' as problem
        from lockspire.grants join lockspire.refresh_tokens on refresh_tokens.grant_id = grants.id
       where refresh_tokens.spent_at is null and grants.revoked_at is null
       group by grants.id having count(*) > 1
      union all
      select grants.id, 'no refresh token' from lockspire.grants
       where not exists (select from lockspire.refresh_tokens where refresh_tokens.grant_id = grants.id)
      union all
      select grants.id, 'a generation is missing'
        from lockspire.grants join lockspire.refresh_tokens on refresh_tokens.grant_id = grants.id
       group by grants.id having max(generation) <> count(*) - 1 + min(generation)
      union all
      select id, 'a spent code without its grant' from lockspire.authorization_codes
       where spent_at is not null and not exists (select from lockspire.grants where grants.id = authorization_codes.grant_id)
      union all
      select grants.id, 'a grant whose code is not spent'
        from lockspire.grants join lockspire.authorization_codes on authorization_codes.grant_id = grants.id
       where authorization_codes.spent_at is null
    `.execute(database.view('lockspire'))
    return rows
  } finally {
    await database.close()
  }
}
