/** Opens the database that the environment names, for one command, and says plainly what stands in the way. */
import { existsSync } from 'node:fs'

import { systemClock } from '#base/clock.js'
import { createDatabase, type Database } from '#base/database.js'
import { Fault } from '#base/fault.js'
import { pendingMigrations } from '#base/migrator.js'
import { quoteSchema } from '#base/statement.js'

import { migrations } from '../migrations/migrations.js'
import type { ClientStore } from '../records/clients/client.js'
import { isScopeToken } from '../rules/scope.js'
import type { LockspireTables } from '../schema.js'
import { preparedFor } from '../server.js'

/** Where a command finds its store. */
export interface StoreChoice {
  /** `DATABASE_URL`; the embedded store in the data folder where it is not set. */
  readonly databaseUrl: string | undefined
  readonly dataDir: string
  readonly schema: string
}

/** The store of one command. */
export interface OpenStore extends ClientStore {
  readonly database: Database
  readonly schema: string
}

/** Opens the store for some work and closes it whatever happens; faults where it is not there or not migrated. */
export async function withStore<T>(choice: StoreChoice, work: (store: OpenStore) => Promise<T>): Promise<T> {
  return withDatabase(choice, async (database) => {
    const pending = await pendingMigrations(database, { schema: choice.schema, migrations })
    if (pending.length > 0)
      throw new Fault(
        `schema ${choice.schema} is not migrated (${pending.join(', ')} pending): run "lockspire migrate" first`,
      )
    return work({
      database,
      schema: choice.schema,
      db: database.view<LockspireTables>(choice.schema),
      clock: systemClock,
      prepared: preparedFor(choice.schema),
      // Only the host knows its scopes; whatever it does not know is refused when a client asks for it.
      config: { scopes: { has: isScopeToken } },
    })
  })
}

/** Opens the database alone; `mayCreate` lets an embedded store be made where there is none. */
export async function withDatabase<T>(
  choice: StoreChoice & { readonly mayCreate?: boolean },
  work: (database: Database) => Promise<T>,
): Promise<T> {
  quoteSchema(choice.schema)
  const folder = `${choice.dataDir}/db`
  if (!choice.databaseUrl && choice.mayCreate !== true && !existsSync(folder)) {
    throw new Fault(
      `there is no database in ${folder}: set DATABASE_URL, or DATA_DIR to the data folder of your product`,
    )
  }
  const database = await createDatabase(choice.databaseUrl || undefined, { dataDir: choice.dataDir, poolSize: 2 })
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}
