/** Registering and switching clients from the host's own code. */
import { lockspire } from './product.js'

/** Registers a partner, shows its secret once, and switches it off and on. */
export async function partnerOffAndOn(tell: (text: string) => void): Promise<string> {
  // region clients
  const { client, secret } = await lockspire.clients.create({
    name: 'Notebook Reader',
    kind: 'confidential',
    redirectUris: ['https://reader.example/callback'],
    scopes: ['openid', 'offline_access', 'notes:read'],
  })
  tell(`${client.clientId} ${secret.reveal()}`) // the only moment at which the secret can be read
  await lockspire.clients.disable(client.clientId)
  await lockspire.clients.enable(client.clientId)
  // endregion clients
  return client.clientId
}
