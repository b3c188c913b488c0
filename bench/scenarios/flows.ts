/** Scenarios that issue tokens: the whole code flow with a live session, and the refresh. */
import { logInAndConsent, redeemCode, refreshTokens, requestCode } from './flow.js'
import type { Scenario } from './scenario.js'

/** Authorization request with a live session and a remembered consent, then the redemption: two requests. */
export const codeFlow: Scenario = {
  name: 'code-flow',
  title: 'code + PKCE flow (2 requests)',
  server: 'target',
  floor: 'sql-code-flow',
  peer: 'peer-code-flow',
  async prepare(connection, seed, index) {
    const session = await logInAndConsent(connection, seed, index)
    return async () => {
      await redeemCode(connection, seed, await requestCode(connection, seed, session))
    }
  },
}

/** A refresh with rotation; each connection follows its own family of tokens. */
export const refresh: Scenario = {
  name: 'refresh',
  title: 'refresh with rotation',
  server: 'target',
  floor: 'sql-refresh',
  peer: 'peer-refresh',
  async prepare(connection, seed, index) {
    const session = await logInAndConsent(connection, seed, index)
    let tokens = await redeemCode(connection, seed, await requestCode(connection, seed, session))
    return async () => {
      tokens = await refreshTokens(connection, seed, tokens.refresh_token)
    }
  },
}
