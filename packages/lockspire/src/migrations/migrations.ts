/** Every migration by name; forward only, and never edited once released. */
import type { Migration } from '#base/migrator.js'

import { first } from './0001-first.js'

/** Applied in the order of their names. */
export const migrations: Readonly<Record<string, Migration>> = { '0001_first': first }
