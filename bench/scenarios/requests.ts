/** Scenarios of one request: the floors, the anonymous page, the session check, userinfo, the guarded call, the key set. */
import { prepareRequest } from '../connection.js'
import type { Connection, PreparedRequest } from '../connection.js'

import { logIn, logInAndConsent, redeemCode, requestCode } from './flow.js'
import { expectStatus } from './scenario.js'
import type { Operation, RecordedScenario, Scenario } from './scenario.js'

function repeat(connection: Connection, request: PreparedRequest, what: string): Operation {
  return async () => expectStatus(await connection.send(request), 200, what)
}

function floorScenario(name: string, title: string, path: string): Scenario {
  return {
    name,
    title,
    server: 'floor',
    prepare: async (connection) => repeat(connection, prepareRequest(connection.host, `GET ${path}`), title),
  }
}

/** A bare `node:http` server that answers a constant. */
export const rawHttp = floorScenario('raw-http', 'floor: raw node:http', '/raw')

/** The same constant through Hono and its adapter for Node. */
export const honoHttp = floorScenario('hono', 'floor: hono on node:http', '/hono')

/** The statements of a scenario, sent by `pg` alone behind `node:http`, each connection along a chain of its own. */
function statementsOf(scenario: RecordedScenario, title: string): Scenario {
  return {
    name: `sql-${scenario}`,
    title,
    server: 'floor',
    records: scenario,
    prepare: async (connection, _seed, index) =>
      repeat(connection, prepareRequest(connection.host, `GET /${scenario}/${index}`), title),
  }
}

/** The floors that are recorded from the libraries; on PostgreSQL only. */
export const recordedFloors: readonly Scenario[] = [
  statementsOf('session', 'floor: session check, SQL by pg'),
  statementsOf('userinfo', 'floor: userinfo, SQL by pg'),
  statementsOf('refresh', 'floor: refresh, SQL by pg'),
  statementsOf('code-flow', 'floor: code flow, SQL by pg'),
]

/** A page of the host behind sigra's middleware, asked for by nobody in particular. */
export const anonymous: Scenario = {
  name: 'anonymous',
  title: 'anonymous request',
  server: 'target',
  floor: 'hono',
  prepare: async (connection) => repeat(connection, prepareRequest(connection.host, 'GET /'), 'the home page'),
}

/** A route of the host that needs a logged-in user, asked for with a session cookie. */
export const sessionCheck: Scenario = {
  name: 'session',
  title: 'session check',
  server: 'target',
  floor: 'sql-session',
  async prepare(connection, seed, index) {
    const cookie = await logIn(connection, seed, index)
    return repeat(connection, prepareRequest(connection.host, 'GET /me', { Cookie: cookie }), 'the session check')
  },
}

function bearerScenario(name: string, title: string, path: string, floor: string): Scenario {
  return {
    name,
    title,
    server: 'target',
    floor,
    async prepare(connection, seed, index) {
      const browser = await logInAndConsent(connection, seed, index)
      const tokens = await redeemCode(connection, seed, await requestCode(connection, seed, browser))
      const headers = { Authorization: `Bearer ${tokens.access_token}` }
      return repeat(connection, prepareRequest(connection.host, `GET ${path}`, headers), title)
    },
  }
}

/** The userinfo endpoint with an access token. */
export const userinfo = bearerScenario('userinfo', 'userinfo', '/oauth/userinfo', 'sql-userinfo')

/** A route of the host's API, guarded by `requireAccessToken`. */
export const guardedApi = bearerScenario('api', 'guarded API call', '/api/notes', 'hono')

/** The key set that other services fetch. */
export const keySet: Scenario = {
  name: 'jwks',
  title: 'key set',
  server: 'target',
  floor: 'hono',
  prepare: async (connection) => repeat(connection, prepareRequest(connection.host, 'GET /oauth/jwks'), 'the key set'),
}
