/** The migrated store of one command. */
import { systemClock } from '#base/clock.js'
import { withDatabase, type StoreChoice } from '#base/command-store.js'
import type { Database } from '#base/database.js'
import { Fault } from '#base/fault.js'
import { pendingMigrations } from '#base/migrator.js'

import { migrations } from '../migrations/migrations.js'
import type { ClientStore } from '../records/clients/client.js'
import { isScopeToken } from '../rules/scope.js'
import type { LockspireTables } from '../schema.js'
import { preparedFor } from '../server.js'

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
