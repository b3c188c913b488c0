/** Stores for whole processes: a fresh folder each, and a fresh database on the test server where asked. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { sql } from 'kysely'

import { createDatabase, type Database } from '#base/database.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))

export type StoreKind = 'pglite' | 'postgres'

/** Where one run of the host keeps everything. */
export interface Store {
  readonly kind: StoreKind
  readonly dataDir: string
  readonly databaseUrl: string | undefined
  /** Opens the database beside or after the host; a folder only after the host has ended. */
  open(): Promise<Database>
  /** Removes the folder and the database. */
  remove(): Promise<void>
}

/** Makes a store of one kind; an `untouched` one leaves even the making of the folder to the host. */
export async function createStore(kind: StoreKind, state: 'initialised' | 'untouched' = 'initialised'): Promise<Store> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'notes-'))
  if (kind === 'pglite' && state === 'initialised')
    await cp(await emptyFolder(), path.join(dataDir, 'db'), { recursive: true })
  const databaseUrl = kind === 'postgres' ? await createPostgresDatabase() : undefined
  return {
    kind,
    dataDir,
    databaseUrl,
    open: () => createDatabase(databaseUrl ?? path.join(dataDir, 'db')),
    async remove() {
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
      if (databaseUrl === undefined) return
      const name = new URL(databaseUrl).pathname.slice(1)
      await onServer((server) => sql.raw(`drop database if exists ${name} with (force)`).execute(server.view('public')))
    },
  }
}

/** An empty embedded store, kept between runs because making one takes seconds. */
async function emptyFolder(): Promise<string> {
  const folder = path.join(root, 'node_modules', '.cache', 'sigra-lockspire', 'empty-pglite-0.5.14')
  if (existsSync(folder)) return folder
  const draft = `${folder}.${process.pid}`
  await rm(draft, { recursive: true, force: true })
  await (await createDatabase(draft)).close()
  await rename(draft, folder)
  return folder
}

/** A second folder on the same database, for a second host process. */
export async function besides(store: Store): Promise<Store> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'notes-'))
  return { ...store, dataDir, remove: () => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }) }
}

/** Key rings for several processes that serve one product, as production gives them. */
export function sharedKeys(): Record<string, string> {
  const ring = () => `k1:${randomBytes(32).toString('base64url')}`
  return { SIGRA_KEYS: ring(), LOCKSPIRE_KEYS: ring() }
}

async function createPostgresDatabase(): Promise<string> {
  const name = `e2e_${randomBytes(6).toString('hex')}`
  await onServer((server) => sql.raw(`create database ${name}`).execute(server.view('public')))
  const url = serverUrl()
  url.pathname = `/${name}`
  return url.href
}

async function onServer(work: (server: Database) => Promise<unknown>): Promise<void> {
  const server = await createDatabase(serverUrl().href, { poolSize: 1 })
  try {
    await work(server)
  } finally {
    await server.close()
  }
}

function serverUrl(): URL {
  const text = process.env['TEST_POSTGRES_URL']
  if (text === undefined)
    throw new Error('TEST_POSTGRES_URL is not set; the global set-up of the tests starts a server')
  return new URL(text)
}
