/** Both discovery documents say what the server does, and nothing else (RFC 8414, OpenID Connect Discovery). */
import { allowInsecureRequests, customFetch, discoveryRequest, processDiscoveryResponse } from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { grants } from '../token/grants.js'
import { parsePrompt } from '../../rules/prompt.js'
import { parseResponseMode } from '../../rules/response-mode.js'
import { startTestServer, type TestServer } from '../../testing/test-server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const oidc = '/.well-known/openid-configuration'
const oauth = '/.well-known/oauth-authorization-server'

async function metadata(at: TestServer = server): Promise<Record<string, unknown>> {
  return (await (await at.fetch(oidc)).json()) as Record<string, unknown>
}

describe('discovery (RFC 8414, OpenID Connect Discovery)', () => {
  it.each(['oidc', 'oauth2'] as const)('is accepted by a stranger that asks as %s', async (algorithm) => {
    const issuer = new URL(server.issuer)
    const response = await discoveryRequest(issuer, {
      algorithm,
      [allowInsecureRequests]: true,
      [customFetch]: (url) => server.fetch(new URL(url).pathname),
    })
    const found = await processDiscoveryResponse(issuer, response)
    expect(found.token_endpoint).toBe('https://id.example/oauth/token')
  })

  it('says the same at both addresses, cacheably, to any origin', async () => {
    const [first, second] = await Promise.all([server.fetch(oidc), server.fetch(oauth)])
    expect(await first.text()).toBe(await second.text())
    for (const response of [first, second]) {
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(response.headers.get('cache-control')).toBe('public, max-age=300')
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
    }
  })

  it.each([oidc, oauth, '/oauth/jwks'])('answers 304 for %s to whoever has it', async (path) => {
    const first = await server.fetch(path)
    const etag = first.headers.get('etag')!
    const again = await server.fetch(path, { headers: { 'If-None-Match': etag } })
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag])
    expect((await server.fetch(path, { headers: { 'If-None-Match': '"other"' } })).status).toBe(200)
  })

  it('promises only what is there', async () => {
    const found = await metadata()
    for (const name of ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri']) {
      const response = await server.fetch(new URL(String(found[name])).pathname, { method: 'PATCH' })
      expect(response.status, name).toBe(405)
    }
    expect(found['grant_types_supported']).toEqual([...grants.keys()])
    for (const prompt of found['prompt_values_supported'] as string[]) expect(parsePrompt(prompt).ok, prompt).toBe(true)
    for (const mode of found['response_modes_supported'] as string[])
      expect(parseResponseMode(mode).ok, mode).toBe(true)
    for (const name of [
      'request_parameter_supported',
      'request_uri_parameter_supported',
      'claims_parameter_supported',
    ]) {
      expect(found[name], name).toBe(false)
    }
    expect(found).toMatchObject({
      issuer: server.issuer,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
      id_token_signing_alg_values_supported: ['ES256'],
      subject_types_supported: ['public'],
      authorization_response_iss_parameter_supported: true,
    })
    expect(found).not.toHaveProperty('registration_endpoint')
    expect(found).not.toHaveProperty('introspection_endpoint')
  })

  it('follows the configuration', async () => {
    expect(await metadata()).toMatchObject({
      scopes_supported: ['openid', 'profile', 'email', 'offline_access', 'notes:read', 'notes:write', 'mail:read'],
    })
    expect((await metadata())['claims_supported']).toContain('email_verified')
  })

  it('is found for an issuer with a path, appended and inserted', async () => {
    const { database } = server
    const nested = await startTestServer({ database, options: { issuer: 'https://id.example/tenant' } })
    const found = (await (await nested.fetch(`/tenant${oidc}`)).json()) as Record<string, unknown>
    expect(found).toMatchObject({
      issuer: 'https://id.example/tenant',
      token_endpoint: 'https://id.example/tenant/oauth/token',
    })
    for (const path of [`${oidc}/tenant`, `${oauth}/tenant`, `/tenant${oauth}`]) {
      expect(await (await nested.fetch(path)).json()).toEqual(found)
    }
    expect((await nested.fetch(oidc)).status).toBe(404)
    expect((await nested.fetch('/tenant/oauth/jwks')).status).toBe(200)
    await nested.lockspire.close()
  })

  it('ignores what the request says about the host', async () => {
    const headers = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' }
    expect(await (await server.fetch(oidc, { headers })).text()).not.toContain('evil')
  })
})
