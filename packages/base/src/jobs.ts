/**
 * Work that leaves after commit: a table of jobs, enqueued in the caller's transaction and run by workers.
 *
 * (1) A job exists exactly when the transaction that enqueued it committed.
 * (2) While a lease lasts, one worker runs the job; a running worker renews its lease.
 * (3) A worker that died leaves its job to others when the lease ends, so that a handler may run again: it must bear that.
 * (4) After the last attempt a job stays as dead, with the name and message of its last error; a job that is done is deleted.
 */
import { type Kysely, sql } from 'kysely'

import type { Tx } from './database.js'
import type { JsonValue } from './json.js'
import { randomId } from './secrets.js'
import { quoteSchema, statement } from './statement.js'

/** The table, for a library's type of its schema. */
export interface JobsTables {
  jobs: {
    id: string
    kind: string
    payload: JsonValue
    run_at: Date
    created_at: Date
    attempts: number
    locked_until: Date | null
    locked_by: string | null
    last_error: string | null
    dead_at: Date | null
  }
}

/** One job to be done; never put a plaintext secret into its payload. */
export interface NewJob {
  readonly kind: string
  readonly payload: JsonValue
  /** Not before this moment; at once when absent. */
  readonly runAt?: Date
}

/** Creates the table; for a library's first migration. */
export async function createJobsTable(db: Kysely<unknown>, schema: string): Promise<void> {
  const table = `${quoteSchema(schema)}.jobs`
  await sql
    .raw(
      `create table ${table} (
        id uuid primary key,
        kind text not null,
        payload jsonb not null,
        run_at timestamptz not null,
        created_at timestamptz not null default now(),
        attempts integer not null default 0,
        locked_until timestamptz,
        locked_by uuid,
        last_error text,
        dead_at timestamptz
      )`,
    )
    .execute(db)
  await sql.raw(`create index jobs_by_turn on ${table} (run_at, created_at) where dead_at is null`).execute(db)
}

/** Enqueues a job in the caller's transaction; a worker sees it after commit. */
export async function enqueue<Tables>(tx: Tx<Tables>, schema: string, job: NewJob): Promise<void> {
  await insertStatement(schema)(tx, jobValues(job))
}

/** Values for `jobPlaceholders`, for a statement that enqueues its own job. */
export function jobValues(job: NewJob): unknown[] {
  return [randomId(), job.kind, JSON.stringify(job.payload), job.runAt ?? AT_ONCE]
}

/** The columns in the order of `jobValues`. */
export const JOB_COLUMNS = 'id, kind, payload, run_at'

/** Typed placeholders for one job; `first` is the number of the first of four. */
export function jobPlaceholders(first: number): string {
  return `$${first}::uuid, $${first + 1}::text, $${first + 2}::jsonb, $${first + 3}::timestamptz`
}

/** The database's 'epoch' stands for at once: earlier than every clock, because the caller's is not known here. */
const AT_ONCE = new Date(0)

const inserts = new Map<string, ReturnType<typeof statement>>()

function insertStatement(schema: string): ReturnType<typeof statement> {
  let insert = inserts.get(schema)
  if (insert === undefined) {
    insert = statement(`insert into ${quoteSchema(schema)}.jobs (${JOB_COLUMNS}) values (${jobPlaceholders(1)})`)
    inserts.set(schema, insert)
  }
  return insert
}

export { startWorker, type JobWork, type Worker, type WorkerOptions } from './job-worker.js'
