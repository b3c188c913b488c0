/** The thin skin between Kysely and the driver's pool: names statements so that they stay prepared, counts, and explains waits. */
import { createHash } from 'node:crypto'

import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'

import { Fault } from './fault.js'

/** What was asked of the driver since the database was opened. */
export interface StatementCounters {
  /** Round trips, `begin` and `commit` included. */
  statements: number
  /** Explicit commits; a writing statement outside a transaction is not in here. */
  commits: number
}

/** The part of a driver's client that is used; `pg` fits. */
export interface DriverClient {
  query<Row>(config: DriverQuery): Promise<PostgresQueryResult<Row>>
  on(event: 'error', listener: (error: Error) => void): unknown
  release(): void
}

/** One statement as the driver takes it; a name makes it a prepared statement. */
export interface DriverQuery {
  readonly text: string
  readonly name?: string
  readonly values: unknown[]
}

/** The part of a driver's pool that is used; `pg.Pool` fits. */
export interface DriverPool {
  connect(): Promise<DriverClient>
  end(): Promise<void>
}

/** How the skin behaves. */
export interface DriverPoolOptions {
  /** False sends every statement unnamed, for poolers that hand a session to another client between statements. */
  readonly preparedStatements: boolean
  /** What a caller is told who waited too long for a connection. */
  readonly busyMessage: string
  /** Which server, for messages; never with a password. */
  readonly place: string
  /** Keeps the process alive while a caller waits; a store inside the process has no socket that would. */
  readonly holdsProcess: boolean
}

/** A statement kept prepared costs memory in every session, so that only this many texts get a name. */
const MAX_NAMES = 1000

/** Wraps a driver's pool for Kysely; the counters are kept up to date in place. */
export function driverPool(pool: DriverPool, options: DriverPoolOptions, counters: StatementCounters): PostgresPool {
  const names = new StatementNames(options.preparedStatements)
  const wrapped = new WeakMap<DriverClient, NamingClient>()
  return {
    async connect() {
      const client = await connectInTime(pool, options)
      let naming = wrapped.get(client)
      if (naming === undefined) {
        // A session that ends between two statements of a transaction says so here; without a listener that would end
        // the process. The next statement fails, and the pool drops the connection when it comes back.
        client.on('error', () => {})
        naming = new NamingClient(client, names, counters)
        wrapped.set(client, naming)
      }
      return naming
    },
    end: () => pool.end(),
  }
}

async function connectInTime(pool: DriverPool, options: DriverPoolOptions): Promise<DriverClient> {
  // The pool's own timer lets the process end: a deadlock would look like a silent exit.
  const hold = options.holdsProcess ? setInterval(() => {}, 60_000) : undefined
  try {
    return await pool.connect()
  } catch (error) {
    throw explain(error, options)
  } finally {
    clearInterval(hold)
  }
}

/** Turns what the driver says when there is no connection into what is the matter and what to do. */
function explain(error: unknown, options: DriverPoolOptions): unknown {
  if (!(error instanceof Error)) return error
  if (error.message.startsWith('timeout exceeded')) return new Fault(options.busyMessage, { cause: error })
  if (error.message.includes('unsupported startup parameter')) {
    return new Fault(
      `the pooler at ${options.place} refuses time limits (${error.message}); set statementTimeoutSeconds and idleInTransactionTimeoutSeconds to 0 and give the role these limits instead`,
      { cause: error },
    )
  }
  // Node reports a name with several addresses as one error without a message.
  const code = 'code' in error ? String(error.code) : ''
  if (/^E[A-Z_]+$/.test(code))
    return new Fault(`the database at ${options.place} does not answer (${code})`, { cause: error })
  return error
}

/** Gives each text a name made from its content, so that a name can never mean another text, not even in a shared session. */
class StatementNames {
  readonly #names = new Map<string, string>()
  #isEnabled: boolean

  constructor(isEnabled: boolean) {
    this.#isEnabled = isEnabled
  }

  nameOf(text: string): string | undefined {
    if (!this.#isEnabled) return undefined
    const known = this.#names.get(text)
    if (known !== undefined || this.#names.size >= MAX_NAMES) return known
    const name = createHash('sha256').update(text).digest('base64url').slice(0, 24)
    this.#names.set(text, name)
    return name
  }

  /** Says whether the statement may succeed under what is now decided about names. */
  learn(error: unknown, text: string): boolean {
    const known = this.#names.get(text)
    if (known === undefined || !isDriverError(error)) return false
    // A migration changed the columns behind a prepared plan: a new name makes the server plan it again.
    if (error.code === '0A000' && error.routine === 'RevalidateCachedQuery') {
      this.#names.set(text, `${known}'`)
      return true
    }
    // The session is not ours alone (a transaction pooler): names cannot be used at all.
    if (error.code === '26000' || error.code === '42P05') {
      this.#isEnabled = false
      return true
    }
    return false
  }
}

/** One checked-out connection. */
class NamingClient implements PostgresPoolClient {
  readonly #client: DriverClient
  readonly #names: StatementNames
  readonly #counters: StatementCounters
  #isInTransaction = false

  constructor(client: DriverClient, names: StatementNames, counters: StatementCounters) {
    this.#client = client
    this.#names = names
    this.#counters = counters
  }

  query<Row>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>>
  query(cursor: never): never
  query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<PostgresQueryResult<Row>> {
    if (parameters.length === 0) this.#follow(sql)
    return this.#send<Row>(sql, parameters).catch((error: unknown) => {
      if (!this.#names.learn(error, sql) || this.#isInTransaction) throw error
      return this.#send<Row>(sql, parameters)
    })
  }

  release(): void {
    this.#isInTransaction = false
    this.#client.release()
  }

  #send<Row>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>> {
    this.#counters.statements += 1
    const values = parameters as unknown[]
    const name = parameters.length === 0 ? undefined : this.#names.nameOf(text)
    return this.#client.query<Row>(name === undefined ? { text, values } : { text, name, values })
  }

  #follow(sql: string): void {
    if (sql === 'begin' || sql.startsWith('start transaction')) this.#isInTransaction = true
    else if (sql === 'commit' || sql === 'rollback') this.#isInTransaction = false
    if (sql === 'commit') this.#counters.commits += 1
  }
}

interface DriverError extends Error {
  readonly code: string
  readonly routine?: string
}

function isDriverError(error: unknown): error is DriverError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}

/** Says whether the same transaction may succeed when it is run again: serialization failure, deadlock, or a plan that was lost. */
export function isTransient(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (!isDriverError(at)) continue
    if (at.code === '40001' || at.code === '40P01' || at.code === '26000' || at.code === '42P05') return true
    if (at.code === '0A000' && at.routine === 'RevalidateCachedQuery') return true
  }
  return false
}
