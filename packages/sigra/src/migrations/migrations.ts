/** Every migration of sigra's schema in order; forward only, never edited once released. */
import type { Kysely } from 'kysely'

import { first } from './0001-first.js'

/** Name of the migration to what it does. */
export const migrations: Record<string, (db: Kysely<unknown>, schema: string) => Promise<void>> = {
  '0001_first': first,
}
