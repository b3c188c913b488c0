/** The same operations by the peer, asked with the same requests. */
import { prepareRequest } from '../connection.js'
import type { Connection } from '../connection.js'

import { authorizationRequest, redeemCode, refreshTokens, requestCode } from './flow.js'
import type { CookieHeader, Endpoints } from './flow.js'
import type { Scenario, Seed } from './scenario.js'

const PEER: Endpoints = { authorize: '/auth', token: '/token' }

/** Follows the peer's first redirects, whose interaction is approved at once, and answers the cookies of the session. */
async function logIn(connection: Connection, seed: Seed, index: number): Promise<CookieHeader> {
  const jar = new Map<string, string>()
  const header = (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  let { request } = authorizationRequest(connection, seed, { session: '', endpoints: PEER })
  for (let hop = 0; hop < 10; hop += 1) {
    const answer = await connection.send(request)
    keepCookies(jar, answer.cookies())
    const location = answer.header('location') ?? ''
    if (location.startsWith(seed.redirectUri)) return header()
    const { pathname } = new URL(location, 'http://peer')
    request = prepareRequest(connection.host, `GET ${pathname}`, { Cookie: header(), 'X-Person': `person${index}` })
  }
  throw new Error('the log in at the peer does not end')
}

function keepCookies(jar: Map<string, string>, cookies: readonly string[]): void {
  for (const cookie of cookies) {
    const [name = '', value = ''] = cookie.split(/=(.*)/s)
    if (value === '') jar.delete(name)
    else jar.set(name, value)
  }
}

/** The peer's code flow. */
export const peerCodeFlow: Scenario = {
  name: 'peer-code-flow',
  title: 'peer: code + PKCE flow (2 requests)',
  server: 'peer',
  async prepare(connection, seed, index) {
    const session = await logIn(connection, seed, index)
    return async () => {
      await redeemCode(connection, seed, await requestCode(connection, seed, session, PEER), PEER)
    }
  },
}

/** The peer's refresh with rotation. */
export const peerRefresh: Scenario = {
  name: 'peer-refresh',
  title: 'peer: refresh with rotation',
  server: 'peer',
  async prepare(connection, seed, index) {
    const session = await logIn(connection, seed, index)
    let tokens = await redeemCode(connection, seed, await requestCode(connection, seed, session, PEER), PEER)
    return async () => {
      tokens = await refreshTokens(connection, seed, tokens.refresh_token, PEER)
    }
  },
}
