/** Forward-only migrations in code: one transaction each, safe when several processes start together. */
import { setTimeout as sleep } from 'node:timers/promises'

import type { Kysely } from 'kysely'

import { type Database, type Db, transaction } from './database.js'
import { Fault } from './fault.js'
import { quoteSchema, statement } from './statement.js'

/** One change of the schema; it runs inside a transaction and must not be edited once it was released. */
export type Migration = (db: Kysely<unknown>, schema: string) => Promise<void>

/** What to migrate: a schema, and its migrations by name, as '0001_first'. */
export interface Migrations {
  readonly schema: string
  readonly migrations: Readonly<Record<string, Migration>>
}

/**
 * Applies what is pending, in order of name, and answers the names this call applied. Faults when the database holds
 * a migration that this code does not know, because it then belongs to a later version.
 */
export async function migrate(database: Database, { schema, migrations }: Migrations): Promise<string[]> {
  const db = database.view<unknown>(schema)
  await createHistory(db, schema)
  const applied: string[] = []
  for (const name of await findPending(db, { schema, migrations })) {
    const migration = migrations[name]
    if (migration !== undefined && (await applyOnce(db, schema, { name, migration }))) applied.push(name)
  }
  return applied
}

/** Names that `migrate` would apply; reads only. Faults on a migration that this code does not know. */
export async function pendingMigrations(database: Database, { schema, migrations }: Migrations): Promise<string[]> {
  const db = database.view<unknown>(schema)
  const [history] = await statement<{ found: boolean }>('select to_regclass($1) is not null as found')(db, [
    `${quoteSchema(schema)}.migrations`,
  ])
  return history?.found === true ? findPending(db, { schema, migrations }) : Object.keys(migrations).toSorted()
}

async function findPending(db: Db<unknown>, { schema, migrations }: Migrations): Promise<string[]> {
  const rows = await statement<{ name: string }>(`select name from ${quoteSchema(schema)}.migrations`)(db, [])
  const applied = new Set(rows.map((row) => row.name))
  const unknown = [...applied].filter((name) => !Object.hasOwn(migrations, name)).toSorted()
  if (unknown.length > 0) {
    throw new Fault(
      `schema ${schema} is newer than this code: it has ${unknown.join(', ')}, which this version does not know. Start the later version again`,
    )
  }
  const pending = Object.keys(migrations)
    .filter((name) => !applied.has(name))
    .toSorted()
  const latest = [...applied].toSorted().at(-1)
  const late = pending[0]
  if (late !== undefined && latest !== undefined && late < latest) {
    throw new Fault(
      `schema ${schema} has ${latest} but not ${late}; migrations only go forward, in the order of their names`,
    )
  }
  return pending
}

/** Runs one migration and its row in one transaction; false when another process did it meanwhile. */
async function applyOnce(
  db: Db<unknown>,
  schema: string,
  { name, migration }: { name: string; migration: Migration },
): Promise<boolean> {
  return transaction(db, async (tx) => {
    // The row goes first: a second process waits on its key until this transaction ends, and then finds it taken.
    const insert = statement(
      `insert into ${quoteSchema(schema)}.migrations (name) values ($1) on conflict (name) do nothing returning name`,
    )
    if ((await insert(tx, [name])).length === 0) return false
    // Filling a large table may take longer than any request is allowed to.
    await statement('set local statement_timeout = 0')(tx, [])
    await migration(tx, schema)
    return true
  })
}

/** Creates the schema and its history; two processes that do so at once collide in the catalogue, and the loser finds it made. */
async function createHistory(db: Db<unknown>, schema: string): Promise<void> {
  const createSchema = statement(`create schema if not exists ${quoteSchema(schema)}`)
  const createTable = statement(
    `create table if not exists ${quoteSchema(schema)}.migrations (name text primary key, applied_at timestamptz not null default now())`,
  )
  for (let attempt = 1; ; attempt += 1) {
    try {
      await createSchema(db, [])
      await createTable(db, [])
      return
    } catch (error) {
      if (attempt === 5 || !isCollision(error)) throw error
      await sleep(20 * attempt)
    }
  }
}

/** Unique violation in a catalogue, duplicate schema, table or type, or a tuple another process just changed. */
function isCollision(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['23505', '42P06', '42P07', '42710', 'XX000'].includes(String(error.code))
  )
}
