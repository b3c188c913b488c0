/** Where a command finds its database, and how it opens it for one piece of work. */
import { existsSync } from 'node:fs'

import { createDatabase, type Database } from './database.js'
import { Fault } from './fault.js'
import { quoteSchema } from './statement.js'
import type { Terminal } from './terminal.js'

/** Options that every command has, as they are read from the command line. */
export interface SharedOptions {
  readonly json?: boolean
  readonly dataDir?: string
  readonly schema?: string
}

/** Where a command finds its store. */
export interface StoreChoice {
  /** `DATABASE_URL`; the embedded store in the data folder where it is not set. */
  readonly databaseUrl: string | undefined
  readonly dataDir: string
  readonly schema: string
}

/** Options first, then the environment. The database's address holds a password and is no option. */
export function choiceOf(library: string, options: SharedOptions, { environment }: Terminal): StoreChoice {
  return {
    databaseUrl: environment['DATABASE_URL'],
    dataDir: options.dataDir ?? (environment['DATA_DIR'] || './.data'),
    schema: options.schema ?? (environment[`${library.toUpperCase()}_SCHEMA`] || library),
  }
}

/** Opens the database and closes it whatever happens; only `mayCreate` lets an embedded store be made where there is none. */
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
