/** The database handle that both libraries share: one Kysely dialect over PostgreSQL, or over PGlite in a folder. */
import { setTimeout as sleep } from 'node:timers/promises'

import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'

import { driverPool, isTransient, type StatementCounters } from './driver-pool.js'
import { Fault } from './fault.js'
import { openPglite } from './pglite.js'
import { randomUnit } from './secrets.js'
import { quoteSchema } from './statement.js'

export { DatabaseInUse } from './folder-lock.js'

/** A database that a host made once and hands to every library. */
export interface Database {
  readonly kind: 'pglite' | 'postgres'
  /** A typed view of one schema; the same one each time. */
  view<Tables>(schema: string): Db<Tables>
  /** Round trips and commits so far. */
  readonly counters: StatementCounters
  /** Waits for what is running, then gives up every connection and, for a folder, its lock. */
  close(): Promise<void>
}

/** Reads, and writes that commit by themselves. */
export type Db<Tables> = Kysely<Tables>
/** Reads and writes inside one transaction. */
export type Tx<Tables> = Transaction<Tables>

/** How to open a database; every duration is in seconds. */
export interface DatabaseOptions {
  /** Keep hot statements prepared in each session; default true. Turn it off behind a pooler in transaction mode. */
  readonly preparedStatements?: boolean
  /** Connections at most; default 10. PGlite always has one. */
  readonly poolSize?: number
  /** Folder of the embedded store when no address is given; default `./.data`, the store lies in its `db`. */
  readonly dataDir?: string
  /** How long to wait for a connection; default 10. */
  readonly connectTimeoutSeconds?: number
  /** The server ends a statement that runs longer; default 30, 0 leaves the server's own setting. PostgreSQL only. */
  readonly statementTimeoutSeconds?: number
  /** The server ends a session that idles inside a transaction; default 60, 0 leaves the server's own. PostgreSQL only. */
  readonly idleInTransactionTimeoutSeconds?: number
  /** What a `memory:` store starts from, made by `makePgliteImage`; saves the seconds that making an empty one takes. */
  readonly memoryImage?: Blob
  /** Told of a connection that broke while nobody used it, for example at a fail-over; the pool replaces it by itself. */
  readonly onConnectionLost?: (error: Error) => void
}

const CONNECT_TIMEOUT_SECONDS = 10

function connectTimeout(options: DatabaseOptions): number {
  return options.connectTimeoutSeconds ?? CONNECT_TIMEOUT_SECONDS
}

/**
 * Opens a database: `postgres://…` is a server, `memory:` an embedded store that is forgotten (tests), and a folder
 * or nothing the embedded store on disk. Faults with `DatabaseInUse` when another process has the folder open.
 */
export async function createDatabase(url?: string, options: DatabaseOptions = {}): Promise<Database> {
  if (url !== undefined && /^postgres(ql)?:\/\//.test(url)) return openPostgres(url, options)
  if (url !== undefined && /^[a-z][a-z0-9+.-]+:\/\//i.test(url)) {
    throw new Fault('a database address begins with postgres:// or is the path of a folder')
  }
  const lite = await openPglite(
    url === 'memory:' ? { memoryImage: options.memoryImage } : { folder: url || `${options.dataDir ?? './.data'}/db` },
  )
  const pool = new pg.Pool({
    ...lite.config,
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: connectTimeout(options) * 1000,
    types: typeParsers,
  })
  return assemble({ kind: 'pglite', place: 'the embedded store', pool, afterwards: () => lite.close() }, options)
}

function openPostgres(url: string, options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: connectTimeout(options) * 1000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    statement_timeout: (options.statementTimeoutSeconds ?? 30) * 1000,
    idle_in_transaction_session_timeout: (options.idleInTransactionTimeoutSeconds ?? 60) * 1000,
    types: typeParsers,
  })
  return assemble({ kind: 'postgres', place: placeOf(url), pool, afterwards: async () => {} }, options)
}

/** Host, port and database of an address, without the password. */
function placeOf(url: string): string {
  return url
    .replace(/^[a-z]+:\/\//, '')
    .replace(/^.*@/, '')
    .replace(/\?.*$/, '')
}

/** The parts that differ between the stores. */
interface OpenStore {
  readonly kind: Database['kind']
  readonly place: string
  readonly pool: pg.Pool
  readonly afterwards: () => Promise<void>
}

function assemble({ kind, place, pool, afterwards }: OpenStore, options: DatabaseOptions): Database {
  // Without a listener, a connection that breaks while idle would end the process.
  pool.on('error', (error) => options.onConnectionLost?.(error))
  const counters: StatementCounters = { statements: 0, commits: 0 }
  const root = new Kysely<unknown>({
    dialect: new PostgresDialect({
      pool: driverPool(
        pool,
        {
          preparedStatements: options.preparedStatements ?? true,
          busyMessage: busyMessage(kind, pool.options.max, connectTimeout(options)),
          place,
          holdsProcess: kind === 'pglite',
        },
        counters,
      ),
    }),
  })
  const views = new Map<string, Kysely<unknown>>()
  let closing: Promise<void> | undefined
  return {
    kind,
    counters,
    view<Tables>(schema: string): Db<Tables> {
      let view = views.get(schema)
      if (view === undefined) {
        quoteSchema(schema)
        view = root.withSchema(schema)
        views.set(schema, view)
      }
      return view as Kysely<Tables>
    },
    close() {
      closing ??= pool.end().then(afterwards)
      return closing
    },
  }
}

function busyMessage(kind: Database['kind'], size: number, seconds: number): string {
  return kind === 'pglite'
    ? `waited ${seconds} s for the only connection of the embedded store; code inside transaction() must use the transaction it was given, not the database`
    : `waited ${seconds} s for one of ${size} database connections; either all are busy, or code inside transaction() uses the database instead of the transaction it was given`
}

/**
 * Runs work in one transaction: a value commits, a throw rolls back. A serialization failure or deadlock runs the
 * work once more after a short random wait, so that the work must have no effect outside the database.
 */
export async function transaction<Tables, T>(db: Db<Tables>, work: (tx: Tx<Tables>) => Promise<T>): Promise<T> {
  try {
    return await db.transaction().execute(work)
  } catch (error) {
    if (!isTransient(error)) throw error
  }
  await sleep(2 + Math.floor(randomUnit() * 20))
  return db.transaction().execute(work)
}

const INT8 = 20
const DATE = 1082

/** Whole numbers of 64 bits arrive as numbers while these can hold them, and dates without a time stay text. */
const typeParsers: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (format !== 'binary') {
      if (oid === INT8) return parseWholeNumber
      if (oid === DATE) return String
    }
    return pg.types.getTypeParser(oid, format) as unknown
  },
}

function parseWholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value))
    throw new Fault('a 64-bit number from the database does not fit a JavaScript number')
  return value
}
