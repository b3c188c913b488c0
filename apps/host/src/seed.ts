/** What development starts with: a user with two notes, and the partner app's client. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { sigra } from './auth.js'
import { demoUser } from './demo-user.js'
import { environment } from './env.js'
import { notesDb } from './notes/db.js'
import { addNote } from './notes/repository.js'
import { lockspire } from './oauth.js'

/** Makes what is missing; a second start changes nothing. Never called in production. */
export async function seedDevelopment(): Promise<void> {
  await seedUser()
  await seedPartner()
}

async function seedUser(): Promise<void> {
  const created = await sigra.users.create({ ...demoUser, confirmed: true })
  if (!created.ok) return
  await addNote(notesDb, created.value.id, 'Buy oat milk and two lemons')
  await addNote(
    notesDb,
    created.value.id,
    'The analytical engine weaves algebraic patterns, just as the loom weaves flowers and leaves.',
  )
}

interface PartnerClient {
  readonly client_id: string
  readonly client_secret: string
}

/** The secret is shown once, so it lives in one file; if the file is lost, the partner gets a client with a new one. */
async function seedPartner(): Promise<void> {
  const file = environment.partnerClientFile
  const redirectUri = new URL('/callback', environment.partnerOrigin).href
  const kept = await readPartner(file)
  const known = kept === null ? null : await lockspire.clients.find(kept.client_id)
  if (known !== null && known.disabledAt === null && known.redirectUris.includes(redirectUri)) return
  const { client, secret } = await lockspire.clients.create({
    name: 'Notebook Reader',
    kind: 'confidential',
    redirectUris: [redirectUri],
    scopes: ['openid', 'email', 'offline_access', 'notes:read', 'notes:write'],
  })
  await writePartner(file, { client_id: client.clientId, client_secret: secret.reveal() })
}

async function readPartner(file: string): Promise<PartnerClient | null> {
  const text = await readFile(file, 'utf8').catch(() => '')
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('client_id' in value) || !('client_secret' in value))
      return null
    const { client_id, client_secret } = value
    return typeof client_id === 'string' && typeof client_secret === 'string' ? { client_id, client_secret } : null
  } catch {
    return null
  }
}

async function writePartner(file: string, client: PartnerClient): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}.tmp`
  await writeFile(draft, `${JSON.stringify(client, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, file)
}
