/** Decisions that arrive together, on two servers of one PostgreSQL: exactly one wins. */
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { Database } from '#base/database.js'
import { openTestDatabase } from '#base/testing/store.js'

import { insertClient, type TestRegistration } from '../../testing/issue-code.js'
import {
  authorizePath,
  hiddenField,
  openBrowser,
  responseParameters,
  type Fields,
  type TestBrowser,
} from '../../testing/test-browser.js'
import { startTestServer, type TestServer } from '../../testing/test-server.js'

let database: Database
let servers: readonly [TestServer, TestServer]

beforeAll(async () => {
  database = await openTestDatabase()
  const first = await startTestServer({ database })
  servers = [first, await startTestServer({ database, schema: first.schema, clock: first.clock })]
})
afterAll(async () => {
  for (const server of servers) await server.close()
  await database.close()
})

/** The same browser at both servers. */
function openBoth(): readonly [TestBrowser, TestBrowser] {
  const both = [openBrowser(servers[0]), openBrowser(servers[1])] as const
  for (const browser of both) browser.logIn('ada')
  return both
}

async function beginConsent(
  browsers: readonly [TestBrowser, TestBrowser],
  client: TestRegistration,
  change: Fields = {},
) {
  const path = (await browsers[0].get(authorizePath(client, change))).location?.pathname ?? ''
  const page = await browsers[0].get(path)
  for (const [name, value] of browsers[0].cookies) browsers[1].cookies.set(name, value)
  return { path, fields: { decision: 'allow', account: hiddenField(page.text, 'account') } }
}

test('of fifty people who press allow at once, one gets a code', async () => {
  const client = await insertClient(servers[0])
  const browsers = openBoth()
  const { path, fields } = await beginConsent(browsers, client)
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, at) => browsers[at % 2 === 0 ? 0 : 1].post(path, fields)),
  )
  expect(answers.filter((answer) => responseParameters(answer)['code'] !== undefined)).toHaveLength(1)
  expect(answers.filter((answer) => answer.status === 409)).toHaveLength(49)
  const [rows] = await servers[0].query<{ codes: number; consents: number; issued: number; granted: number }>(
    `select (select count(*) from $schema.authorization_codes where client_id = $1::uuid) as codes,
            (select count(*) from $schema.consents where client_id = $1::uuid) as consents,
            (select count(*) from $schema.audit_events where event = 'authorization_code.issued' and fields->>'client' = $2) as issued,
            (select count(*) from $schema.audit_events where event = 'consent.granted' and fields->>'client' = $2) as granted`,
    [client.id, client.clientId],
  )
  expect(rows).toEqual({ codes: 1, consents: 1, issued: 1, granted: 1 })
})

test('allow and cancel at once: the client hears one of them', async () => {
  const client = await insertClient(servers[0])
  const browsers = openBoth()
  const { path, fields } = await beginConsent(browsers, client)
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      browsers[at % 2 === 0 ? 0 : 1].post(path, at % 3 === 0 ? { ...fields, decision: 'deny' } : fields),
    ),
  )
  expect(answers.filter((answer) => answer.location !== null)).toHaveLength(1)
})

test('several requests of one client allowed at once make one remembered consent that covers them all', async () => {
  const client = await insertClient(servers[0])
  const browsers = openBoth()
  const scopes = ['openid', 'notes:read', 'notes:write', 'email', 'profile', 'offline_access']
  const begun = []
  for (const scope of scopes) begun.push(await beginConsent(browsers, client, { scope }))
  const answers = await Promise.all(
    begun.map(({ path, fields }, at) => browsers[at % 2 === 0 ? 0 : 1].post(path, fields)),
  )
  expect(answers.every((answer) => responseParameters(answer)['code'] !== undefined)).toBe(true)
  const kept = await servers[0].query<{ scopes: string[] }>(
    `select scopes from $schema.consents where client_id = $1::uuid`,
    [client.id],
  )
  expect(kept).toEqual([{ scopes: scopes.toSorted() }])
})

test('a client that is disabled while people press allow gets no code afterwards', async () => {
  const client = await insertClient(servers[0])
  const browsers = openBoth()
  const begun = []
  for (let at = 0; at < 10; at += 1) begun.push(await beginConsent(browsers, client))
  const disabling = servers[1].lockspire.clients.disable(client.clientId)
  await Promise.all([disabling, ...begun.map(({ path, fields }) => browsers[0].post(path, fields))])
  const [row] = await servers[0].query<{ n: number }>(
    `select count(*) as n from $schema.authorization_codes a join $schema.clients c on c.id = a.client_id
      where c.id = $1::uuid and a.created_at > c.disabled_at`,
    [client.id],
  )
  expect(Number(row?.n)).toBe(0)
  const { length } = await servers[0].query(
    `select from $schema.interactions where client_id = $1::uuid and ended_at is null`,
    [client.id],
  )
  const open = begun.slice(0, length)
  for (const { path, fields } of open) expect((await browsers[1].post(path, fields)).location).toBeNull()
})
