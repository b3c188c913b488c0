/** A third party's app on a person's own machine: asks for access, waits for the answer, reads the notes. */
import { fileURLToPath } from 'node:url'
// region connect
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as openid from 'openid-client'

/** Connects the client to the product at `issuer`; `show` brings an address to the person. Answers what the API said. */
export async function connect(issuer: URL, clientId: string, show: (address: URL) => void): Promise<unknown> {
  const provider = await openid.discovery(issuer, clientId, {}, openid.None(), {
    execute: issuer.protocol === 'http:' ? [openid.allowInsecureRequests] : [],
  })
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const callback = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`)
  const [pkceCodeVerifier, expectedState] = [openid.randomPKCECodeVerifier(), openid.randomState()]
  const comesBack = new Promise<URL>((resolve) => {
    server.on('request', (request, response) => {
      response.setHeader('connection', 'close').end('You can close this window.')
      resolve(new URL(request.url ?? '/', callback))
    })
  })
  show(
    openid.buildAuthorizationUrl(provider, {
      redirect_uri: callback.href,
      scope: 'openid offline_access notes:read',
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
    }),
  )
  const answer = await comesBack
  server.close()
  const tokens = await openid.authorizationCodeGrant(provider, answer, { pkceCodeVerifier, expectedState })
  const notes = await openid.fetchProtectedResource(provider, tokens.access_token, new URL('/api/notes', issuer), 'GET')
  return notes.json()
}
// endregion connect

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [issuer = 'http://localhost:3000', clientId = ''] = process.argv.slice(2)
  const show = (address: URL): void => console.log(`Open this address in a browser:\n\n  ${address.href}\n`)
  console.log(JSON.stringify(await connect(new URL(issuer), clientId, show), null, 2))
}
