/** The one database of the product; both libraries and the notes share it. */
import { createDatabase, type Database } from 'sigra'
import { environment } from './env.js'

/** PostgreSQL where DATABASE_URL says so, otherwise the embedded store in the data folder. */
export const database: Database = await createDatabase(environment.databaseUrl, { dataDir: environment.dataDir })
