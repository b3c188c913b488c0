/** A browser for tests: it keeps cookies, is logged in at the host or not, follows nothing by itself, and presses buttons. */
import { hashSecret } from '#base/secrets.js'

import type { Authentication } from '../host.js'
import type { TestAssigns } from './test-host.js'
import type { TestServer } from './test-server.js'

/** An answer as a browser sees it. */
export interface BrowserAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Where it is sent, as an absolute URL. */
  readonly location: URL | null
}

/** Fields of a form by name; a list repeats its name, undefined leaves it out. */
export type Fields = Readonly<Record<string, string | readonly string[] | undefined>>

/** A browser. */
export interface TestBrowser {
  /** Logs in at the host, now unless told. */
  logIn(account: string, authentication?: Authentication | null): void
  logOut(): void
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<BrowserAnswer>
  /** Posts as a page of the server does, unless headers say otherwise. */
  post(path: string, fields: Fields, headers?: Readonly<Record<string, string>>): Promise<BrowserAnswer>
  readonly cookies: Map<string, string>
}

/** Opens a browser. */
export function openBrowser(server: TestServer): TestBrowser {
  const cookies = new Map<string, string>()
  let assigns: TestAssigns = {}

  async function send(
    path: string,
    init: RequestInit,
    headers: Readonly<Record<string, string>>,
  ): Promise<BrowserAnswer> {
    const all = new Headers(headers)
    if (cookies.size > 0) all.set('Cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await server.fetch(path, { ...init, headers: all }, assigns)
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    const target = response.headers.get('location')
    return {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      location: target === null ? null : new URL(target, server.issuer),
    }
  }

  return {
    cookies,
    logIn(account, authentication) {
      const now = {
        authenticatedAt: server.clock.now(),
        methods: ['pwd'],
        level: 'aal1',
        sessionId: `session of ${account}`,
      }
      assigns = authentication === null ? { account } : { account, authentication: authentication ?? now }
    },
    logOut() {
      assigns = {}
    },
    get: (path, headers = {}) => send(path, {}, headers),
    post: (path, fields, headers = {}) =>
      send(
        path,
        { method: 'POST', body: encodeFields(fields) },
        {
          'Content-Type': 'application/x-www-form-urlencoded',
          'Sec-Fetch-Site': 'same-origin',
          ...headers,
        },
      ),
  }
}

/** Encodes fields as a form or a query. */
export function encodeFields(fields: Fields): string {
  const encoded = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) encoded.append(name, one)
  }
  return encoded.toString()
}

/** A verifier and its challenge, always the same, for tests that do not redeem twice. */
export const pkce = {
  verifier: 'a-verifier-that-is-long-enough-for-every-test-0123456789',
  challenge: hashSecret('a-verifier-that-is-long-enough-for-every-test-0123456789').toString('base64url'),
}

/** The path of an authorization request; `change` replaces parameters, undefined leaves them out. */
export function authorizePath(
  client: { readonly clientId: string; readonly redirectUri: string },
  change: Fields = {},
): string {
  const fields = {
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    response_type: 'code',
    scope: 'openid notes:read',
    state: 'a state',
    code_challenge: pkce.challenge,
    code_challenge_method: 'S256',
    ...change,
  }
  return `/oauth/authorize?${encodeFields(fields)}`
}

/** The value of a hidden field. */
export function hiddenField(html: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? ''
}

/** What the browser brings to the client: the parameters of the redirect, or of the form that sends itself. */
export function responseParameters(answer: BrowserAnswer): Record<string, string> {
  if (answer.location) return Object.fromEntries(answer.location.searchParams)
  const fields = [...answer.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
  return Object.fromEntries(fields.map(([, name, value]) => [name ?? '', unescapeHtml(value ?? '')]))
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}
