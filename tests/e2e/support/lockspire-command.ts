/** Runs the lockspire command as an operator does. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type { ClientCredentials } from './oauth-client.js'
import type { Store } from './stores.js'

const command = fileURLToPath(new URL('../../../packages/lockspire/dist/lockspire/src/cli/main.js', import.meta.url))
const run = promisify(execFile)
const scopes = ['openid', 'email', 'offline_access', 'notes:read', 'notes:write']

/** Registers a client by `lockspire client create`. */
export async function createClient(
  store: Store,
  client: { name: string; redirectUri: string; authMethod: 'client_secret_basic' | 'client_secret_post' | 'none' },
): Promise<ClientCredentials> {
  const parameters = [
    ...['client', 'create', '--json', '--name', client.name, '--redirect-uri', client.redirectUri],
    ...['--type', client.authMethod === 'none' ? 'public' : 'confidential'],
    ...['--auth-method', client.authMethod, '--scope', ...scopes],
  ]
  const { stdout } = await run(process.execPath, [command, ...parameters], {
    env: { PATH: process.env['PATH'] ?? '', DATABASE_URL: store.databaseUrl ?? '', DATA_DIR: store.dataDir },
  })
  const answer = JSON.parse(stdout) as { client_id: string; client_secret?: string }
  return { clientId: answer.client_id, clientSecret: answer.client_secret ?? '', redirectUri: client.redirectUri }
}
