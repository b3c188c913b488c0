/** Runs the jobs of one schema: claims what is due under a lease, retries with growing waits, and closes without dropping work. */
import { secondsAfter, type Clock } from './clock.js'
import type { Database, Db } from './database.js'
import type { JsonValue } from './json.js'
import type { Logger } from './log.js'
import { randomId, randomUnit } from './secrets.js'
import { quoteSchema, statement } from './statement.js'

/** What each kind of job does; it may run more than once for one job and must bear that. */
export type JobWork = Readonly<Record<string, (payload: JsonValue) => Promise<void>>>

/** How a worker runs. */
export interface WorkerOptions {
  readonly database: Database
  readonly schema: string
  readonly handlers: JobWork
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

/** Starts a worker; it polls until closed. Close it before the database. */
export function startWorker(options: WorkerOptions): Worker {
  const running = new RunningWorker(options)
  running.start()
  return { drain: () => running.drain(), wake: () => running.wake(), close: () => running.close() }
}

class RunningWorker {
  readonly #options: WorkerOptions
  readonly #db: Db<unknown>
  readonly #sql: ReturnType<typeof workerStatements>
  readonly #id = randomId()
  readonly #kinds: readonly string[]
  readonly #leaseSeconds: number
  readonly #concurrency: number
  readonly #running = new Map<string, Promise<void>>()
  readonly #timers: NodeJS.Timeout[] = []
  #looking: Promise<number> | undefined
  #isWoken = false
  #isFailing = false
  #isClosed = false

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#db = options.database.view<unknown>(options.schema)
    this.#sql = workerStatements(quoteSchema(options.schema))
    this.#kinds = Object.keys(options.handlers)
    this.#leaseSeconds = options.leaseSeconds ?? 60
    this.#concurrency = options.concurrency ?? 5
  }

  start(): void {
    const pollSeconds = this.#options.pollSeconds ?? 1
    if (pollSeconds > 0) this.#timers.push(setInterval(() => this.wake(), pollSeconds * 1000))
    const renewing = setInterval(() => this.#renew(), (this.#leaseSeconds * 1000) / 3)
    renewing.unref()
    this.#timers.push(renewing)
  }

  wake(): void {
    if (this.#isClosed) return
    if (this.#looking !== undefined) {
      this.#isWoken = true
      return
    }
    this.#look().then(
      () => {
        this.#isFailing = false
      },
      (error: unknown) => {
        // Said once for an outage, not once a second.
        if (!this.#isFailing) this.#options.log.error({ error }, 'jobs could not be read')
        this.#isFailing = true
      },
    )
  }

  async drain(): Promise<void> {
    for (;;) {
      if (this.#looking !== undefined) await this.#looking
      const found = await this.#look()
      if (this.#running.size > 0) await Promise.race(this.#running.values())
      else if (found === 0) return
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#looking?.catch(() => {})
    // Leases are renewed until the last job has ended.
    await Promise.all(this.#running.values())
    for (const timer of this.#timers) clearInterval(timer)
  }

  /** One look at a time; a wake during a look makes one more follow. */
  #look(): Promise<number> {
    this.#looking ??= this.#claim().finally(() => {
      this.#looking = undefined
      const wasWoken = this.#isWoken
      this.#isWoken = false
      if (wasWoken) this.wake()
    })
    return this.#looking
  }

  async #claim(): Promise<number> {
    const free = this.#concurrency - this.#running.size
    if (free <= 0) return 0
    const now = this.#options.clock.now()
    const until = secondsAfter(now, this.#leaseSeconds)
    const jobs = await this.#sql.claim(this.#db, [now, this.#kinds, free, until, this.#id])
    for (const job of jobs) {
      const done = this.#run(job).finally(() => {
        this.#running.delete(job.id)
        // A free place is filled at once, so that a long queue does not wait for the next look.
        this.wake()
      })
      this.#running.set(job.id, done)
    }
    return jobs.length
  }

  async #run(job: ClaimedJob): Promise<void> {
    try {
      if (job.attempts > MAX_ATTEMPTS) throw new Error('the worker ended each time while this job ran')
      await this.#options.handlers[job.kind]?.(job.payload)
      await this.#sql.finish(this.#db, [job.id, this.#id])
    } catch (error) {
      await this.#settleFailure(job, error)
    }
  }

  async #settleFailure(job: ClaimedJob, error: unknown): Promise<void> {
    const { clock, log } = this.#options
    const isDead = job.attempts >= MAX_ATTEMPTS
    const fields = { job: job.kind, jobId: job.id, attempts: job.attempts, error }
    if (isDead) log.error(fields, 'job failed for the last time and is kept as dead')
    else log.warn(fields, 'job failed and will run again')
    const now = clock.now()
    try {
      const nextAt = secondsAfter(now, waitSeconds(job.attempts))
      await this.#sql.fail(this.#db, [job.id, this.#id, nextAt, describe(error), isDead ? now : null])
    } catch (storeError) {
      // The lease ends by itself, and the job is then taken again.
      log.error({ job: job.kind, jobId: job.id, error: storeError }, 'the failure of a job could not be stored')
    }
  }

  #renew(): void {
    if (this.#running.size === 0) return
    const { clock, log } = this.#options
    const until = secondsAfter(clock.now(), this.#leaseSeconds)
    this.#sql
      .renew(this.#db, [[...this.#running.keys()], this.#id, until])
      .catch((error: unknown) => log.error({ error }, 'leases of jobs could not be renewed'))
  }
}

/** Grows from ten seconds by doubling, spread by a fifth either way so that failures of one cause do not return together. */
function waitSeconds(attempts: number): number {
  return FIRST_WAIT_SECONDS * 2 ** (attempts - 1) * (0.8 + 0.4 * randomUnit())
}

/** Name and message only: a stack or a cause may hold values of the request. */
function describe(error: unknown): string {
  return (
    error instanceof Error ? `${error.name}: ${error.message}` : 'something that is not an Error was thrown'
  ).slice(0, 1000)
}

function workerStatements(schema: string) {
  const free = 'kind = any($2::text[]) and (locked_until is null or locked_until <= $1)'
  return {
    claim: statement<ClaimedJob>(
      // Two ranges of one index, so that neither a backlog nor jobs far ahead are read through; then the longest due first,
      // so that a stream of new jobs does not starve those that wait for another attempt.
      `with at_once as materialized (
         select id, created_at as since from ${schema}.jobs
          where dead_at is null and run_at = 'epoch' and ${free}
          order by created_at limit $3 for update skip locked
       ), timed as materialized (
         select id, run_at as since from ${schema}.jobs
          where dead_at is null and run_at > 'epoch' and run_at <= $1 and ${free}
          order by run_at, created_at limit $3 for update skip locked
       ), due as (
         select id from (select * from at_once union all select * from timed) as candidates order by since limit $3
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
