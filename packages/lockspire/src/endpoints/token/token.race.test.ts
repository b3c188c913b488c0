/** Races on PostgreSQL: one code and one refresh token have one winner, and a loser revokes what the winner got. */
import { createDatabase, type Database } from '#base/database.js'
import { openTestDatabase, testPostgresUrl, uniqueSchema } from '#base/testing/store.js'
import { sql } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import {
  askUserinfo,
  insertClient,
  insertCode,
  redeem,
  refresh,
  type TestRegistration,
  type WireAnswer,
} from '../../testing/issue-code.js'
import { startTestServer, type TestServer } from '../../testing/test-server.js'

/** Two servers on two pools of one database: what two processes are to PostgreSQL. */
let databases: Database[]
let one: TestServer
let other: TestServer
let client: TestRegistration

beforeAll(async () => {
  databases = await Promise.all([1, 2, 3].map(() => createDatabase(testPostgresUrl(), { poolSize: 26 })))
  const schema = uniqueSchema('race')
  ;[one, other] = (await Promise.all(
    databases.slice(0, 2).map((database) => startTestServer({ database, schema })),
  )) as [TestServer, TestServer]
})
afterAll(async () => {
  await one.query('drop schema $schema cascade')
  await Promise.all([one.close(), other.close()])
  await Promise.all(databases.map((database) => database.close()))
})
beforeEach(async () => {
  client = await insertClient(one)
})

function inTurns(count: number, act: (server: TestServer) => Promise<WireAnswer>): Promise<WireAnswer[]> {
  return Promise.all(Array.from({ length: count }, (_, at) => act(at % 2 === 0 ? one : other)))
}

function successes(answers: readonly WireAnswer[]): WireAnswer[] {
  for (const answer of answers) {
    expect([200, 400]).toContain(answer.status)
    if (answer.status === 400) expect(answer.body['error']).toBe('invalid_grant')
  }
  return answers.filter((answer) => answer.status === 200)
}

async function liveTokens(grantId: string): Promise<number> {
  const rows = await one.query(
    `select r.id from $schema.refresh_tokens r join $schema.grants g on g.id = r.grant_id
       join $schema.consents s on s.id = g.consent_id join $schema.clients c on c.id = g.client_id
      where g.id = $1 and r.spent_at is null and g.revoked_at is null and s.revoked_at is null and c.disabled_at is null`,
    [grantId],
  )
  return rows.length
}

async function countEvents(objectId: string, event: string): Promise<number> {
  return (await one.query('select id from $schema.audit_events where object_id = $1 and event = $2', [objectId, event]))
    .length
}

/** Runs SQL in a transaction that stays open while `meanwhile` starts, and commits when all of it waits for a lock. */
async function holding<T>(
  text: string,
  parameters: readonly string[],
  waiting: { count: number; start: () => Promise<T> },
): Promise<T> {
  const db = databases[2]!.view<object>(one.schema)
  let started: Promise<T> | undefined
  await db.transaction().execute(async (tx) => {
    await sql
      .raw(parameters.reduce((sum, value) => sum.replace('?', `'${value}'`), text.replaceAll('$schema', one.schema)))
      .execute(tx)
    started = waiting.start()
    for (let turn = 0; turn < 500; turn += 1) {
      const blocked = await one.query(
        `select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%' || $1 || '%'`,
        [one.schema],
      )
      if (blocked.length >= waiting.count) return
      await sleep(10)
    }
    throw new Error('nothing waits for the lock')
  })
  return started!
}

describe('races at the token endpoint', () => {
  it('lets exactly one of 50 parallel redemptions win, and the losers revoke what it got', async () => {
    for (let round = 0; round < 3; round += 1) {
      const code = await insertCode(one, client)
      const [winner, ...more] = successes(await inTurns(50, (server) => redeem(server, client, code)))
      expect(winner).toBeDefined()
      expect(more).toEqual([])
      expect(await one.query('select id from $schema.refresh_tokens where grant_id = $1', [code.grantId])).toHaveLength(
        1,
      )
      expect(await liveTokens(code.grantId)).toBe(0)
      expect(await countEvents(code.codeId, 'authorization_code.redeemed')).toBe(1)
      expect(await countEvents(code.codeId, 'authorization_code.reused')).toBe(49)
      expect((await refresh(one, client, winner!.body['refresh_token'])).body['error']).toBe('invalid_grant')
      expect((await askUserinfo(other, winner!.body['access_token'])).status).toBe(401)
    }
  })

  it('revokes the winner also when both had read the code before either spent it', async () => {
    const code = await insertCode(one, client)
    const answers = await holding('select id from $schema.authorization_codes where id = ? for update', [code.codeId], {
      count: 2,
      start: () => inTurns(2, (server) => redeem(server, client, code)),
    })
    expect(successes(answers)).toHaveLength(1)
    expect(await liveTokens(code.grantId)).toBe(0)
    expect(await countEvents(code.codeId, 'authorization_code.reused')).toBe(1)
  })

  it('lets exactly one of 50 parallel refreshes win, and the family is dead', async () => {
    for (let round = 0; round < 3; round += 1) {
      const code = await insertCode(one, client)
      const { body } = await redeem(one, client, code)
      const [winner, ...more] = successes(await inTurns(50, (server) => refresh(server, client, body['refresh_token'])))
      expect(winner).toBeDefined()
      expect(more).toEqual([])
      expect(await one.query('select id from $schema.refresh_tokens where grant_id = $1', [code.grantId])).toHaveLength(
        2,
      )
      expect(await liveTokens(code.grantId)).toBe(0)
      expect((await refresh(other, client, winner!.body['refresh_token'])).body['error']).toBe('invalid_grant')
      expect((await askUserinfo(other, winner!.body['access_token'])).status).toBe(401)
    }
  })

  it('stores one opaque access token for one winner, dead with the family', async () => {
    const holder = await insertClient(one, { accessTokenFormat: 'opaque' })
    const stored = (grantId: string) => one.query('select id from $schema.access_tokens where grant_id = $1', [grantId])
    const code = await insertCode(one, holder)
    const [winner] = successes(await inTurns(20, (server) => redeem(server, holder, code)))
    expect(await stored(code.grantId)).toHaveLength(1)
    expect((await askUserinfo(other, winner!.body['access_token'])).status).toBe(401)
    const second = await insertCode(one, holder)
    const { body } = await redeem(one, holder, second)
    const [child] = successes(await inTurns(20, (server) => refresh(server, holder, body['refresh_token'])))
    expect(await stored(second.grantId)).toHaveLength(2)
    for (const token of [body['access_token'], child!.body['access_token']])
      expect((await askUserinfo(other, token)).status).toBe(401)
  })

  it('kills the family also when both had read the token before either rotated it', async () => {
    const code = await insertCode(one, client)
    const { body } = await redeem(one, client, code)
    const answers = await holding('select id from $schema.grants where id = ? for update', [code.grantId], {
      count: 2,
      start: () => inTurns(2, (server) => refresh(server, client, body['refresh_token'])),
    })
    expect(successes(answers)).toHaveLength(1)
    expect(await liveTokens(code.grantId)).toBe(0)
    expect(
      await one.query('select generation from $schema.refresh_tokens where grant_id = $1 order by generation', [
        code.grantId,
      ]),
    ).toHaveLength(2)
  })

  it('gives nothing to a rotation that waited for a revocation', async () => {
    const code = await insertCode(one, client)
    const { body } = await redeem(one, client, code)
    const answer = await holding(
      `update $schema.grants set revoked_at = now(), revoked_reason = 'account_gone' where id = ?`,
      [code.grantId],
      { count: 1, start: () => refresh(one, client, body['refresh_token']) },
    )
    expect(answer.body['error']).toBe('invalid_grant')
    expect(await liveTokens(code.grantId)).toBe(0)
    expect(await one.query('select id from $schema.refresh_tokens where grant_id = $1', [code.grantId])).toHaveLength(1)
  })

  it.each([
    [
      'its grant is revoked',
      `update $schema.grants set revoked_at = now(), revoked_reason = 'account_gone' where id = $1`,
      'grantId',
    ],
    ['its consent is revoked', 'update $schema.consents set revoked_at = now() where id = $1', 'consentId'],
  ] as const)('leaves no live token when %s while it is rotated', async (_name, text, id) => {
    for (let round = 0; round < 20; round += 1) {
      const code = await insertCode(one, client)
      const { body } = await redeem(one, client, code)
      const [answer] = await Promise.all([
        refresh(one, client, body['refresh_token']),
        sleep(round % 5).then(() => other.query(text, [code[id]])),
      ])
      expect(await liveTokens(code.grantId)).toBe(0)
      if (answer.status === 200)
        expect((await refresh(other, client, answer.body['refresh_token'])).body['error']).toBe('invalid_grant')
    }
  })

  it('leaves no live token when the client is disabled while it redeems and rotates', async () => {
    const codes = await Promise.all(Array.from({ length: 10 }, () => insertCode(one, client)))
    const [, ...answers] = await Promise.all([
      sleep(5).then(() => other.lockspire.clients.disable(client.clientId)),
      ...codes.map((code) => redeem(one, client, code)),
    ])
    for (const code of codes) expect(await liveTokens(code.grantId)).toBe(0)
    for (const answer of answers) {
      if (answer.status === 200)
        expect((await refresh(one, client, answer.body['refresh_token'])).body['error']).toBe('invalid_client')
    }
  })

  it('burns a code for everybody when guesses race with its redemption', async () => {
    const code = await insertCode(one, client)
    const answers = await inTurns(20, (server) => redeem(server, client, code, { code_verifier: 'x'.repeat(43) }))
    expect(successes(answers)).toEqual([])
    expect((await redeem(one, client, code)).body['error']).toBe('invalid_grant')
  })

  it('keeps chains of honest refreshes of many families apart', async () => {
    const codes = await Promise.all(Array.from({ length: 8 }, () => insertCode(one, client)))
    await Promise.all(
      codes.map(async (code, at) => {
        let token = (await redeem(one, client, code)).body['refresh_token']
        for (let turn = 0; turn < 10; turn += 1) {
          const answer = await refresh((turn + at) % 2 === 0 ? one : other, client, token)
          expect(answer.status).toBe(200)
          token = answer.body['refresh_token']
        }
        expect(await liveTokens(code.grantId)).toBe(1)
      }),
    )
  })
})

describe('the first signing key', () => {
  it('is one, however many servers start together, and all of them use it', async () => {
    const database = await openTestDatabase({ poolSize: 20 })
    const schema = uniqueSchema('keys')
    const servers = await Promise.all(Array.from({ length: 8 }, () => startTestServer({ database, schema })))
    const sets = await Promise.all(servers.map(async (server) => (await server.fetch('/oauth/jwks')).text()))
    expect(new Set(sets).size).toBe(1)
    expect(await servers[0]!.query('select id from $schema.signing_keys')).toHaveLength(1)
    expect(
      await servers[0]!.query(`select id from $schema.audit_events where event = 'signing_key.created'`),
    ).toHaveLength(1)
    const holder = await insertClient(servers[0]!)
    const { body } = await redeem(servers[1]!, holder, await insertCode(servers[0]!, holder))
    for (const server of servers) {
      expect((await askUserinfo(server, body['access_token'])).status).toBe(200)
      await server.lockspire.close()
    }
    await database.close()
  })
})
