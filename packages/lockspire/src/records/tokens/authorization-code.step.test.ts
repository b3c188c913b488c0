/** What the statements behind a code hold true by themselves, when the request that runs them has read something that changed since. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { secondsAfter } from '#base/clock.js'
import { hashSecret, randomId } from '#base/secrets.js'

import type { FoundAccount } from '../../host.js'
import { startServer } from '../../lockspire.js'
import { insertClient } from '../../testing/issue-code.js'
import { pkce } from '../../testing/test-browser.js'
import { testHost } from '../../testing/test-host.js'
import { startTestServer, type TestServer } from '../../testing/test-server.js'
import type { Server } from '../../server.js'
import { findClient, type Client } from '../clients/client.js'
import { disableClient } from '../clients/register-client.js'
import { endInteraction, findInteraction, insertInteraction, type Interaction } from '../interactions/interaction.js'
import {
  finishWithConsent,
  finishWithRememberedConsent,
  issueOnRememberedConsent,
  type CodeOrder,
} from './authorization-code.js'

let outer: TestServer
let server: Server
let client: Client
let interaction: Interaction
let order: CodeOrder

const ada: FoundAccount = { subject: 'ada', authentication: null, claims: { sub: 'ada' } }
const system = { kind: 'system' } as const

beforeAll(async () => {
  outer = await startTestServer()
  server = await startServer({
    database: outer.database,
    schema: outer.schema,
    clock: outer.clock,
    issuer: outer.issuer,
    accountResolver: testHost(),
    brand: { name: 'Example' },
    scopes: { 'notes:read': { description: 'Read your notes' } },
    keys: `test:${Buffer.alloc(32, 7).toString('base64url')}`,
  })
})
afterAll(() => outer.close())

beforeEach(async () => {
  const { clientId, redirectUri } = await insertClient(outer)
  const found = await findClient(server, clientId)
  if (!found) throw new Error('the client is gone')
  client = found
  const request = {
    redirectUri,
    responseMode: 'query',
    state: null,
    scopes: ['openid'],
    resources: ['https://notes.example/api'],
    codeChallenge: pkce.challenge,
    nonce: null,
    prompts: [],
    maxAgeSeconds: null,
    loginHint: null,
    subjectHint: null,
    uiLocales: [],
    acrValues: [],
  } as const
  order = { client, request, account: ada, requestId: 'request' }
  interaction = await begin()
})

async function begin(): Promise<Interaction> {
  const id = randomId()
  const { client: owner, request } = order
  const fresh = {
    id,
    browserHash: hashSecret('browser'),
    client: owner,
    request,
    subject: 'ada',
    authenticateAfter: null,
  }
  await insertInteraction(server, { ...fresh, requestId: 'request' })
  const found = await findInteraction(server, id)
  if (!found) throw new Error('the interaction is gone')
  return found
}

async function left(): Promise<{ codes: number; told: number }> {
  const [row] = await outer.query<{ codes: number; told: number }>(
    `select (select count(*) from $schema.authorization_codes where client_id = $1::uuid) as codes,
            (select count(*) from $schema.audit_events
              where fields->>'client' = $2 and event in ('authorization_code.issued', 'consent.granted')) as told`,
    [client.id, client.clientId],
  )
  return { codes: Number(row?.codes), told: Number(row?.told) }
}

describe('allowing', () => {
  test('gives a code, its consent and two audit rows, once', async () => {
    expect(await finishWithConsent(server, interaction, order)).not.toBeNull()
    expect(await finishWithConsent(server, interaction, order)).toBeNull()
    expect(await left()).toEqual({ codes: 1, told: 2 })
  })

  test.each<[string, () => Promise<unknown>]>([
    ['was cancelled meanwhile', () => endInteraction(server, interaction, cancelled())],
    ['expired meanwhile', async () => outer.clock.advance(1800)],
    [
      'belongs to another account',
      async () => (order = { ...order, account: { ...ada, subject: 'grace', claims: { sub: 'grace' } } }),
    ],
    ['has a client that was disabled meanwhile', () => disableClient(server, client.clientId, system)],
  ])('gives nothing where the interaction %s', async (_name, change) => {
    await change()
    expect(await finishWithConsent(server, interaction, order)).toBeNull()
    expect(await left()).toEqual({ codes: 0, told: 0 })
    expect(await outer.query('select from $schema.consents where client_id = $1::uuid', [client.id])).toEqual([])
  })
})

describe('a remembered consent', () => {
  beforeEach(async () => {
    await finishWithConsent(server, interaction, order)
    interaction = await begin()
  })

  test('gives a code, with an interaction or without', async () => {
    expect(await issueOnRememberedConsent(server, order)).not.toBeNull()
    expect(await finishWithRememberedConsent(server, interaction, order)).not.toBeNull()
    expect(await finishWithRememberedConsent(server, interaction, order)).toBeNull()
    expect(await left()).toEqual({ codes: 3, told: 4 })
  })

  test('gives nothing once the client is disabled', async () => {
    await disableClient(server, client.clientId, system)
    expect(await issueOnRememberedConsent(server, order)).toBeNull()
    expect(await finishWithRememberedConsent(server, interaction, order)).toBeNull()
    expect(await left()).toEqual({ codes: 1, told: 2 })
  })

  test.each<[string, () => Promise<unknown>]>([
    ['was cancelled meanwhile', () => endInteraction(server, interaction, cancelled())],
    ['expired meanwhile', async () => outer.clock.advance(1800)],
  ])('gives nothing where the interaction %s', async (_name, change) => {
    await change()
    expect(await finishWithRememberedConsent(server, interaction, order)).toBeNull()
    expect(await left()).toEqual({ codes: 1, told: 2 })
  })
})

test('a code lives a minute, and only its hash is stored', async () => {
  const code = await finishWithConsent(server, interaction, order)
  const [row] = await outer.query<{ code_hash: Buffer; expires_at: Date; text: string }>(
    'select code_hash, expires_at, c::text as text from $schema.authorization_codes c where client_id = $1::uuid',
    [client.id],
  )
  expect(row?.code_hash).toEqual(hashSecret(code?.reveal() ?? ''))
  expect(row?.text).not.toContain(code?.reveal())
  expect(row?.expires_at).toEqual(secondsAfter(outer.clock.now(), 60))
})

function cancelled() {
  return {
    outcome: 'denied',
    subject: 'ada',
    event: { at: outer.clock.now(), event: 'authorization_request.denied', outcome: 'refused', actor: system },
  } as const
}
