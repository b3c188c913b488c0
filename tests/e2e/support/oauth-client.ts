/** A client of a few raw requests, for tests that need to see and repeat every single one of them. */
import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'

import type { BrowserPage, HttpBrowser } from './http-browser.js'
import type { Store } from './stores.js'

/** What a registered client knows about itself. */
export interface ClientCredentials {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
}

/** One answer of the token endpoint. */
export interface TokenAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, string | number>>
}

/** A code with what its redemption needs. */
export interface IssuedCode {
  readonly code: string
  readonly codeVerifier: string
}

/** The client that the development seed made for the partner app. */
export async function seededClient(store: Store, partnerPort: number): Promise<ClientCredentials> {
  const text = await readFile(path.join(store.dataDir, 'partner-client.json'), 'utf8')
  const file = JSON.parse(text) as { client_id: string; client_secret: string }
  return {
    clientId: file.client_id,
    clientSecret: file.client_secret,
    redirectUri: `http://localhost:${partnerPort}/callback`,
  }
}

/** Asks for a code as a browser does; `person` answers the pages in between. */
export async function obtainCode(
  browser: HttpBrowser,
  host: string,
  client: ClientCredentials,
  person: (page: BrowserPage) => Promise<BrowserPage>,
): Promise<IssuedCode> {
  const { url, codeVerifier } = authorizationUrl(host, client)
  let page = await browser.get(url)
  for (let pages = 0; pages < 4 && !page.url.href.startsWith(client.redirectUri); pages += 1) page = await person(page)
  const code = page.url.searchParams.get('code')
  if (code === null) throw new Error(`no code came back: ${page.status} ${page.url}\n${page.body.slice(0, 2000)}`)
  return { code, codeVerifier }
}

/** An authorization request with fresh PKCE, state and nonce. */
export function authorizationUrl(
  host: string,
  client: ClientCredentials,
  more: Record<string, string> = {},
): { url: URL; codeVerifier: string; state: string } {
  const codeVerifier = randomBytes(32).toString('base64url')
  const state = randomBytes(16).toString('base64url')
  const url = new URL('/oauth/authorize', host)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    scope: 'openid email offline_access notes:read notes:write',
    state,
    nonce: randomBytes(16).toString('base64url'),
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  }).toString()
  return { url, codeVerifier, state }
}

/** Redeems a code at one host process. */
export function redeem(host: string, client: ClientCredentials, issued: IssuedCode): Promise<TokenAnswer> {
  return askForTokens(host, client, {
    grant_type: 'authorization_code',
    code: issued.code,
    code_verifier: issued.codeVerifier,
    redirect_uri: client.redirectUri,
  })
}

/** Refreshes at one host process. */
export function refresh(host: string, client: ClientCredentials, refreshToken: string): Promise<TokenAnswer> {
  return askForTokens(host, client, { grant_type: 'refresh_token', refresh_token: refreshToken })
}

async function askForTokens(
  host: string,
  client: ClientCredentials,
  parameters: Record<string, string>,
): Promise<TokenAnswer> {
  const credentials = `${encodeURIComponent(client.clientId)}:${encodeURIComponent(client.clientSecret)}`
  const response = await fetch(new URL('/oauth/token', host), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: new URLSearchParams(parameters),
  })
  return { status: response.status, body: (await response.json()) as TokenAnswer['body'] }
}

/** A text of a token answer that must be there. */
export function textOf(answer: TokenAnswer, name: string): string {
  const value = answer.body[name]
  if (typeof value !== 'string')
    throw new Error(`the answer (${answer.status}) has no ${name}: ${JSON.stringify(Object.keys(answer.body))}`)
  return value
}
