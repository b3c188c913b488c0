/** Runs the jobs of one schema: claims what is due under a lease, retries with growing waits, and closes without dropping work. */
import type { Clock } from './clock.js'
import { secondsAfter } from './clock.js'
import type { Database } from './database.js'
import type { JsonValue } from './json.js'
import type { Logger } from './log.js'
import { randomId, randomUnit } from './secrets.js'
import { quoteSchema, statement } from './statement.js'

/** What each kind of job does; it may run more than once for one job and must bear that. */
export type JobHandlers = Readonly<Record<string, (payload: JsonValue) => Promise<void>>>

/** How a worker runs. */
export interface WorkerOptions {
  readonly database: Database
  readonly schema: string
  readonly handlers: JobHandlers
  readonly clock: Clock
  readonly log: Logger
  /** Seconds between two looks at the table; default 1, 0 looks only when told (`wake`, `drain`). */
  readonly pollSeconds?: number
  /** Jobs run at the same time; default 5. */
  readonly concurrency?: number
  /** Seconds until others may take the job of a worker that died; renewed while it lives; default 60. */
  readonly leaseSeconds?: number
}

/** A running worker. */
export interface Worker {
  /** Runs everything that is due now, also what those jobs enqueue, and waits for it. */
  drain(): Promise<void>
  /** Looks at the table at once; call it after a commit that enqueued. */
  wake(): void
  /** Takes no more jobs and waits for the running ones. */
  close(): Promise<void>
}

const MAX_ATTEMPTS = 8
const FIRST_WAIT_SECONDS = 10

interface ClaimedJob {
  readonly id: string
  readonly kind: string
  readonly payload: JsonValue
  readonly attempts: number
}

/** Starts a worker; it polls until closed. */
export function startWorker(options: WorkerOptions): Worker {
  const { database, clock, log, handlers } = options
  const db = database.view<object>(options.schema)
  const sql = workerStatements(quoteSchema(options.schema))
  const pollSeconds = options.pollSeconds ?? 1
  const concurrency = options.concurrency ?? 5
  const leaseSeconds = options.leaseSeconds ?? 60
  const workerId = randomId()
  const kinds = Object.keys(handlers)
  const running = new Map<string, Promise<void>>()
  let isClosed = false
  let looking: Promise<number> | undefined
  let isWoken = false

  async function claim(): Promise<number> {
    const free = concurrency - running.size
    if (free <= 0) return 0
    const now = clock.now()
    const jobs = await sql.claim(db, [now, kinds, free, secondsAfter(now, leaseSeconds), workerId])
    for (const job of jobs) {
      const done = runJob(job).finally(() => {
        running.delete(job.id)
        // A free place is filled at once, so that a long queue does not wait for the next look.
        if (!isClosed) wake()
      })
      running.set(job.id, done)
    }
    return jobs.length
  }

  async function runJob(job: ClaimedJob): Promise<void> {
    try {
      if (job.attempts > MAX_ATTEMPTS) throw new Error('the worker ended each time while this job ran')
      await handlers[job.kind]?.(job.payload)
      await sql.finish(db, [job.id, workerId])
    } catch (error) {
      await settleFailure(job, error)
    }
  }

  async function settleFailure(job: ClaimedJob, error: unknown): Promise<void> {
    const isDead = job.attempts >= MAX_ATTEMPTS
    const fields = { job: job.kind, jobId: job.id, attempts: job.attempts, error }
    if (isDead) log.error(fields, 'job failed for the last time and is kept as dead')
    else log.warn(fields, 'job failed and will run again')
    const now = clock.now()
    try {
      const nextAt = secondsAfter(now, waitSeconds(job.attempts))
      await sql.fail(db, [job.id, workerId, nextAt, describe(error), isDead ? now : null])
    } catch (storeError) {
      // The lease ends by itself, and the job is then taken again.
      log.error({ job: job.kind, jobId: job.id, error: storeError }, 'the failure of a job could not be stored')
    }
  }

  /** One look at a time; a wake during a look makes one more follow. */
  function look(): Promise<number> {
    looking ??= claim().finally(() => {
      looking = undefined
      if (isWoken && !isClosed) {
        isWoken = false
        wake()
      }
    })
    return looking
  }

  function wake(): void {
    if (isClosed) return
    if (looking !== undefined) {
      isWoken = true
      return
    }
    look().catch((error: unknown) => log.error({ error }, 'jobs could not be read'))
  }

  const polling = pollSeconds > 0 ? setInterval(wake, pollSeconds * 1000) : undefined
  const renewing = setInterval(() => {
    if (running.size === 0) return
    const until = secondsAfter(clock.now(), leaseSeconds)
    sql.renew(db, [[...running.keys()], workerId, until]).catch((error: unknown) => log.error({ error }, 'leases of jobs could not be renewed'))
  }, (leaseSeconds * 1000) / 3)
  renewing.unref()

  return {
    wake,
    async drain() {
      for (;;) {
        if (looking !== undefined) await looking
        const found = await look()
        if (found === 0 && running.size === 0) return
        await Promise.race(running.values())
      }
    },
    async close() {
      isClosed = true
      clearInterval(polling)
      await looking?.catch(() => {})
      await Promise.all(running.values())
      clearInterval(renewing)
    },
  }
}

/** Grows from ten seconds by doubling, spread by a fifth either way so that failures of one cause do not return together. */
function waitSeconds(attempts: number): number {
  return FIRST_WAIT_SECONDS * 2 ** (attempts - 1) * (0.8 + 0.4 * randomUnit())
}

/** Name and message only: a stack or a cause may hold values of the request. */
function describe(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : 'something that is not an Error was thrown').slice(0, 1000)
}

function workerStatements(schema: string) {
  return {
    claim: statement<ClaimedJob>(
      `with due as materialized (
         select id from ${schema}.jobs
          where dead_at is null and run_at <= $1 and kind = any($2::text[]) and (locked_until is null or locked_until <= $1)
          order by greatest(run_at, created_at)
          limit $3
          for update skip locked
       )
       update ${schema}.jobs as job set locked_until = $4, locked_by = $5, attempts = attempts + 1
         from due where job.id = due.id
       returning job.id, job.kind, job.payload, job.attempts`,
    ),
    renew: statement(`update ${schema}.jobs set locked_until = $3 where id = any($1::uuid[]) and locked_by = $2`),
    finish: statement(`delete from ${schema}.jobs where id = $1 and locked_by = $2`),
    fail: statement(
      `update ${schema}.jobs set run_at = $3, last_error = $4, dead_at = $5, locked_until = null, locked_by = null
        where id = $1 and locked_by = $2`,
    ),
  }
}
