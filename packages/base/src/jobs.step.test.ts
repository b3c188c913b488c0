/** Jobs on both stores: exactly once, retried, dead at last, and taken over from a worker that died. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { movableClock, type MovableClock } from './clock.js'
import { transaction, type Database } from './database.js'
import { createJobsTable, enqueue, startWorker, type JobsTables, type JobWork, type Worker } from './jobs.js'
import { silentLogger } from './log.js'
import { migrate } from './migrator.js'
import { openTestDatabase, uniqueSchema } from './testing/store.js'

describe('jobs', () => {
  let database: Database
  let schema: string
  let clock: MovableClock

  beforeAll(async () => {
    database = await openTestDatabase()
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    schema = uniqueSchema('jobs')
    clock = movableClock(new Date('2031-05-06T07:08:09Z'))
    await migrate(database, { schema, migrations: { '0001_first': createJobsTable } })
  })

  function work(handlers: JobWork, options: { pollSeconds?: number; leaseSeconds?: number } = {}): Worker {
    return startWorker({ database, schema, handlers, clock, log: silentLogger, pollSeconds: 0, ...options })
  }
  function put(...jobs: { kind: string; payload: string | number | null | string[]; runAt?: Date }[]): Promise<void> {
    return transaction(database.view<JobsTables>(schema), async (tx) => {
      for (const job of jobs) await enqueue(tx, schema, job)
    })
  }
  function stored() {
    return database.view<JobsTables>(schema).selectFrom('jobs').selectAll().execute()
  }

  it('runs each of 50 jobs exactly once with five workers, and leaves none', async () => {
    const seen: unknown[] = []
    await put(...Array.from({ length: 50 }, (_, at) => ({ kind: 'count', payload: at })))
    const workers = Array.from({ length: 5 }, () =>
      work({
        count: async (payload) => {
          seen.push(payload)
        },
      }),
    )
    await Promise.all(workers.map((worker) => worker.drain()))
    await Promise.all(workers.map((worker) => worker.close()))
    expect(seen.toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 50 }, (_, at) => at))
    expect(await stored()).toEqual([])
  })

  it('hands over the payload as it was, also an array, a text and null', async () => {
    const seen: unknown[] = []
    const worker = work({
      keep: async (payload) => {
        seen.push(payload)
      },
    })
    await put(
      { kind: 'keep', payload: ['a', 'b'] },
      { kind: 'keep', payload: '{"not":"parsed"}' },
      { kind: 'keep', payload: null },
    )
    await worker.drain()
    await worker.close()
    expect(seen).toHaveLength(3)
    expect(seen).toEqual(expect.arrayContaining([['a', 'b'], '{"not":"parsed"}', null]))
  })

  it('forgets a job whose transaction rolled back', async () => {
    const failing = transaction(database.view<JobsTables>(schema), async (tx) => {
      await enqueue(tx, schema, { kind: 'never', payload: null })
      throw new Error('stop')
    })
    await expect(failing).rejects.toThrow('stop')
    expect(await stored()).toEqual([])
  })

  it('waits for the moment a job was meant for', async () => {
    let runs = 0
    const worker = work({
      later: async () => {
        runs += 1
      },
    })
    await put({ kind: 'later', payload: null, runAt: new Date('2031-05-06T08:00:00Z') })
    await worker.drain()
    expect(runs).toBe(0)
    clock.advance(3600)
    await worker.drain()
    await worker.close()
    expect(runs).toBe(1)
  })

  it('also drains what a job enqueues', async () => {
    const seen: string[] = []
    const worker = work({
      parent: async () => {
        seen.push('parent')
        await put({ kind: 'child', payload: null })
      },
      child: async () => {
        seen.push('child')
      },
    })
    await put({ kind: 'parent', payload: null })
    await worker.drain()
    await worker.close()
    expect(seen).toEqual(['parent', 'child'])
  })

  it('retries with growing waits and keeps the job as dead after eight attempts, with name and message only', async () => {
    let runs = 0
    const worker = work({
      fail: async () => {
        runs += 1
        throw new RangeError(`broken ${runs}`, { cause: 'hidden' })
      },
    })
    await put({ kind: 'fail', payload: 'x' })
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await worker.drain()
      expect(runs).toBe(attempt)
      const [job] = await stored()
      const waits = (Number(job?.run_at) - clock.now().getTime()) / 1000
      expect(waits).toBeGreaterThanOrEqual(8 * 2 ** (attempt - 1) - 1)
      expect(waits).toBeLessThanOrEqual(12 * 2 ** (attempt - 1) + 1)
      clock.advance(waits - 1)
      await worker.drain()
      expect(runs).toBe(attempt)
      clock.advance(1.001)
    }
    clock.advance(86_400)
    await worker.drain()
    await worker.close()
    expect(runs).toBe(8)
    expect(await stored()).toMatchObject([
      { attempts: 8, last_error: 'RangeError: broken 8', dead_at: expect.any(Date) },
    ])
  })

  it('leaves a running job alone while its lease lasts, and retakes it when the worker that held it died', async () => {
    let release: () => void = () => {}
    const stuck = new Promise<void>((resolve) => {
      release = resolve
    })
    let runs = 0
    await put({ kind: 'slow', payload: null })
    const dying = work({ slow: () => stuck }, { leaseSeconds: 60 })
    dying.wake()
    const other = work(
      {
        slow: async () => {
          runs += 1
        },
      },
      { leaseSeconds: 60 },
    )
    await expect.poll(async () => (await stored())[0]?.attempts).toBe(1)
    clock.advance(59)
    await other.drain()
    expect(runs).toBe(0)
    clock.advance(2)
    await other.drain()
    expect(runs).toBe(1)
    expect(await stored()).toEqual([])
    // The first worker comes back late; it no longer owns the job and must not disturb anything.
    release()
    await Promise.all([dying.close(), other.close()])
  })

  it('renews the lease of a job that runs for long', async () => {
    let release: () => void = () => {}
    const stuck = new Promise<void>((resolve) => {
      release = resolve
    })
    await put({ kind: 'slow', payload: null })
    const worker = work({ slow: () => stuck }, { leaseSeconds: 0.3 })
    worker.wake()
    await expect.poll(async () => (await stored())[0]?.attempts).toBe(1)
    const [before] = await stored()
    clock.advance(100)
    await expect
      .poll(async () => Number((await stored())[0]?.locked_until))
      .toBeGreaterThan(Number(before?.locked_until))
    release()
    await worker.close()
    expect(await stored()).toEqual([])
  })

  it('gives up on a job whose worker died eight times', async () => {
    await put({ kind: 'crash', payload: null })
    await database.view<JobsTables>(schema).updateTable('jobs').set({ attempts: 8 }).execute()
    let runs = 0
    const worker = work({
      crash: async () => {
        runs += 1
      },
    })
    await worker.drain()
    await worker.close()
    expect(runs).toBe(0)
    expect(await stored()).toMatchObject([
      { dead_at: expect.any(Date), last_error: expect.stringContaining('the worker ended') },
    ])
  })

  it('runs the longest due first, so that new jobs do not starve those that wait for another attempt', async () => {
    const seen: unknown[] = []
    const worker = startWorker({
      database,
      schema,
      clock,
      log: silentLogger,
      pollSeconds: 0,
      concurrency: 1,
      handlers: {
        keep: async (payload) => {
          seen.push(payload)
        },
      },
    })
    await put({ kind: 'keep', payload: 'first' })
    await put({ kind: 'keep', payload: 'second' })
    await put({ kind: 'keep', payload: 'waited', runAt: new Date('2001-01-01T00:00:00Z') })
    await worker.drain()
    await worker.close()
    expect(seen).toEqual(['waited', 'first', 'second'])
  })

  it('leaves kinds it does not know to others', async () => {
    await put({ kind: 'unknown', payload: null })
    const worker = work({ known: async () => {} })
    await worker.drain()
    await worker.close()
    expect(await stored()).toMatchObject([{ kind: 'unknown', attempts: 0, locked_until: null }])
  })

  it('finds jobs by polling, and at once when woken', async () => {
    const seen: unknown[] = []
    const keep: JobWork = {
      keep: async (payload) => {
        seen.push(payload)
      },
    }
    const polling = work(keep, { pollSeconds: 0.05 })
    await put({ kind: 'keep', payload: 'polled' })
    await expect.poll(() => seen).toEqual(['polled'])
    await polling.close()
    const woken = work(keep)
    await put({ kind: 'keep', payload: 'woken' })
    woken.wake()
    await expect.poll(() => seen).toEqual(['polled', 'woken'])
    await woken.close()
  })

  it('waits for running jobs when closed, and takes no more', async () => {
    let ended = false
    let begin: () => void = () => {}
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    const worker = work({
      slow: async () => {
        begin()
        await new Promise((resolve) => setTimeout(resolve, 100))
        ended = true
      },
    })
    await put({ kind: 'slow', payload: null })
    worker.wake()
    await begun
    await put({ kind: 'slow', payload: 'too late' })
    await worker.close()
    expect(ended).toBe(true)
    worker.wake()
    expect(await stored()).toMatchObject([{ payload: 'too late', attempts: 0 }])
  })
})
