/** Databases for tests: by the environment's STORE one embedded store for all tests of a worker, or a fresh PostgreSQL database. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { createDatabase, type Database, type DatabaseOptions } from '../database.js'
import { Fault } from '../fault.js'
import { makePgliteImage } from '../pglite.js'
import { randomId } from '../secrets.js'
import { statement } from '../statement.js'

/** Which store a test run is about. */
export type StoreKind = Database['kind']

/** The store that STORE names; 'pglite' when it names none. */
export function storeUnderTest(): StoreKind {
  const store = process.env['STORE'] ?? 'pglite'
  if (store !== 'pglite' && store !== 'postgres') throw new Fault('STORE must be pglite or postgres')
  return store
}

/**
 * Opens a database for one test file. On PGlite every call of a worker answers the same store, so that schemas must be
 * named by `uniqueSchema`; on PostgreSQL each call makes a database of its own, which `close` drops.
 */
export async function openTestDatabase(options: DatabaseOptions = {}): Promise<Database> {
  return storeUnderTest() === 'pglite' ? sharedPglite() : freshPostgres(options)
}

/** A schema name that no other test of this run uses. */
export function uniqueSchema(name: string): string {
  return `${name}_${randomId().replaceAll('-', '').slice(0, 12)}`
}

/** Address of the PostgreSQL that the test run started; faults when none was. */
export function testPostgresUrl(): string {
  const url = process.env['TEST_POSTGRES_URL']
  if (url === undefined || url === '')
    throw new Fault('no test PostgreSQL: set TEST_POSTGRES_URL, or run through vitest, which starts one')
  return url
}

const sharedKey: unique symbol = Symbol.for('house.test.pglite')
/** On the process, because a test runner loads this file anew for each test file. */
const perProcess = globalThis as { [sharedKey]?: Promise<Database> }

/** One instance costs a quarter of a gigabyte, so that it lives as long as the worker; its `close` does nothing. */
async function sharedPglite(): Promise<Database> {
  perProcess[sharedKey] ??= openMemoryFromCache()
  const database = await perProcess[sharedKey]
  return { ...database, close: async () => {} }
}

async function openMemoryFromCache(): Promise<Database> {
  return createDatabase('memory:', { memoryImage: await cachedImage() })
}

/** A store that initdb has made, kept between runs because making one takes seconds. */
async function cachedImage(): Promise<Blob> {
  const folder = join(process.cwd(), 'node_modules', '.cache', 'test-stores')
  const file = join(folder, `pglite-${await pgliteVersion()}.tar`)
  try {
    return new Blob([new Uint8Array(await readFile(file))])
  } catch {
    const image = await makePgliteImage()
    await mkdir(folder, { recursive: true })
    const draft = `${file}.${randomId()}`
    await writeFile(draft, Buffer.from(await image.arrayBuffer()))
    await rename(draft, file)
    return image
  }
}

/** An image fits only the version that made it. */
async function pgliteVersion(): Promise<string> {
  const main = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  const { version } = JSON.parse(await readFile(join(dirname(main), '..', 'package.json'), 'utf8')) as {
    version: string
  }
  return version
}

/** Databases are copies of one empty template, which takes a tenth of a second. */
async function freshPostgres(options: DatabaseOptions): Promise<Database> {
  const name = uniqueSchema('test')
  const admin = await createDatabase(testPostgresUrl(), { poolSize: 1 })
  await statement(`create database ${name} template template0`)(admin.view('public'), [])
  await admin.close()
  const url = new URL(testPostgresUrl())
  url.pathname = `/${name}`
  const database = await createDatabase(url.href, { poolSize: 10, ...options })
  return {
    ...database,
    async close() {
      await database.close()
      const dropper = await createDatabase(testPostgresUrl(), { poolSize: 1 })
      await statement(`drop database if exists ${name} with (force)`)(dropper.view('public'), [])
      await dropper.close()
    },
  }
}
