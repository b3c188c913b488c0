/** Options that every command has. */
import type { StoreChoice } from './store.js'
import type { Terminal } from './terminal.js'

/** As commander reads them. */
export interface SharedOptions {
  readonly json?: boolean
  readonly dataDir?: string
  readonly schema?: string
}

/** Where the store is: options first, then the environment. The database's address holds a password and is no option. */
export function choiceOf(options: SharedOptions, { environment }: Terminal): StoreChoice {
  return {
    databaseUrl: environment['DATABASE_URL'],
    dataDir: options.dataDir ?? (environment['DATA_DIR'] || './.data'),
    schema: options.schema ?? (environment['LOCKSPIRE_SCHEMA'] || 'lockspire'),
  }
}
