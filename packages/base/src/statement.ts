/** Hot statements as plain SQL text: no query builder, one round trip, prepared by the driver's skin. */
import { CompiledQuery, type QueryExecutorProvider } from 'kysely'

import { ConfigurationError } from './fault.js'

/** A statement that is ready to be called with a database view or a transaction, and with the values for $1, $2, … */
export type Statement<Row> = (db: QueryExecutorProvider, parameters: readonly unknown[]) => Promise<Row[]>

/** Makes a callable statement from SQL text with $1… placeholders; outside a transaction it commits by itself. */
export function statement<Row>(text: string): Statement<Row> {
  // The builder's pipeline (compiling, freezing, result plugins) is left out: the connection is asked directly.
  const { sql, query, queryId } = CompiledQuery.raw(text)
  return async (db, parameters) => {
    const compiled: CompiledQuery<Row> = { sql, query, queryId, parameters }
    const { rows } = await db.getExecutor().provideConnection((connection) => connection.executeQuery<Row>(compiled))
    return rows
  }
}

/** Quotes a configured schema name for SQL text; a name outside [a-z_][a-z0-9_]{0,40} is a configuration error. */
export function quoteSchema(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,40}$/.test(name)) {
    throw new ConfigurationError('the database', [
      `schema ${JSON.stringify(name)} must be 1 to 41 lower-case letters, digits or underscores, and must not begin with a digit`,
    ])
  }
  return `"${name}"`
}
