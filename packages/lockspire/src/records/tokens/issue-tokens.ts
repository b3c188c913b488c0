/** Mints the tokens of one answer in memory; nothing is stored here, so that a key that cannot sign costs nobody a code. */
import { earlier, secondsAfter } from '#base/clock.js'
import { randomId } from '#base/secrets.js'

import type { AccessTokenFormat } from '../../config.js'
import { accessTokenClaims, type AuthenticationFacts } from '../../rules/access-token-claims.js'
import { signJws } from '../../rules/compact-jws.js'
import { idTokenClaims } from '../../rules/id-token.js'
import { audiencesOf } from '../../rules/reach.js'
import type { Server, SigningKey } from '../../server.js'
import { newAccessToken, type NewAccessToken } from './opaque-access-token.js'
import type { NewRefreshToken } from './refresh-token.js'

/** What the tokens say and how far they reach. */
export interface TokenOrder {
  readonly clientId: string
  readonly grantId: string
  readonly subject: string
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly authentication: AuthenticationFacts
  /** The client's own choice; null where the server's format applies. */
  readonly accessTokenFormat: AccessTokenFormat | null
  /** The end of the grant; nothing outlives it. */
  readonly grantExpiresAt: Date
  /** Made beforehand; storing it is the caller's. */
  readonly refreshToken: NewRefreshToken | null
  /** Null where no ID token is due. */
  readonly idToken: {
    readonly nonce: string | null
    readonly sessionId: string | null
    readonly accountClaims: Readonly<Record<string, unknown>>
  } | null
}

/** Tokens that exist only in memory until the answer leaves. */
export interface IssuedTokens {
  readonly accessToken: string
  /** Set where the access token is opaque; storing it is the caller's. */
  readonly storedAccessToken: NewAccessToken | null
  readonly expiresInSeconds: number
  readonly scopes: readonly string[]
  readonly refreshToken: NewRefreshToken | null
  readonly idToken: string | null
}

/** Makes and signs what was ordered; faults if the key cannot sign. */
export function issueTokens(server: Server, key: SigningKey, order: TokenOrder, now: Date): IssuedTokens {
  const { accessTokenFormat, lifetimes } = server.config
  const expiresAt = earlier(secondsAfter(now, lifetimes.accessTokenSeconds), order.grantExpiresAt)
  const isOpaque = (order.accessTokenFormat ?? accessTokenFormat) === 'opaque'
  const storedAccessToken = isOpaque ? newAccessToken(order, expiresAt) : null
  const accessToken = storedAccessToken?.secret.reveal() ?? signAccessToken(server, key, order, { now, expiresAt })
  return {
    accessToken,
    storedAccessToken,
    expiresInSeconds: Math.floor((expiresAt.getTime() - now.getTime()) / 1000),
    scopes: order.scopes,
    refreshToken: order.refreshToken,
    idToken: order.idToken === null ? null : signIdToken(server, key, { ...order, ...order.idToken, accessToken, now }),
  }
}

function signAccessToken(
  server: Server,
  key: SigningKey,
  order: TokenOrder,
  { now, expiresAt }: { readonly now: Date; readonly expiresAt: Date },
): string {
  const { issuer } = server.config
  const claims = accessTokenClaims({
    issuer,
    subject: order.subject,
    clientId: order.clientId,
    scopes: order.scopes,
    audiences: audiencesOf(order, issuer),
    grantId: order.grantId,
    tokenId: randomId(),
    issuedAt: now,
    expiresAt,
    authentication: order.authentication,
  })
  return signJws(key, 'at+jwt', claims)
}

function signIdToken(
  server: Server,
  key: SigningKey,
  parts: TokenOrder & NonNullable<TokenOrder['idToken']> & { readonly accessToken: string; readonly now: Date },
): string {
  const claims = idTokenClaims({
    issuer: server.config.issuer,
    subject: parts.subject,
    clientId: parts.clientId,
    nonce: parts.nonce,
    sessionId: parts.sessionId,
    accessToken: parts.accessToken,
    issuedAt: parts.now,
    expiresAt: secondsAfter(parts.now, server.config.lifetimes.idTokenSeconds),
    authentication: parts.authentication,
    accountClaims: parts.accountClaims,
  })
  return signJws(key, 'JWT', claims)
}
