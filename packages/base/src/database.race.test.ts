/** The database handle on a real PostgreSQL: retries, lost plans, limits, waits and lost connections. */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createDatabase, transaction, type Database, type Tx } from './database.js'
import { statement } from './statement.js'
import { openTestDatabase } from './testing/store.js'

const read = statement<{ n: number }>('select n from counted where id = $1')
const write = statement('update counted set n = $2 where id = $1')
const serializable = statement('set transaction isolation level serializable')

describe('database under concurrency', () => {
  let database: Database

  beforeAll(async () => {
    database = await openTestDatabase({ poolSize: 4 })
    await statement('create table counted (id int primary key, n int not null)')(database.view('public'), [])
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    const db = database.view<unknown>('public')
    await statement('truncate counted')(db, [])
    await statement('insert into counted select id, 0 from generate_series($1::int, $2::int) id')(db, [1, 10])
  })

  /** Two at a time, so that each transaction has read before the other one writes. */
  function meeting(size: number): () => Promise<void> {
    let waiting = size
    let open: () => void = () => {}
    const met = new Promise<void>((resolve) => {
      open = resolve
    })
    return () => {
      waiting -= 1
      if (waiting <= 0) open()
      return met
    }
  }

  it('runs a transaction again that lost a serialization race', async () => {
    const meet = meeting(2)
    let runs = 0
    const increment = async (tx: Tx<unknown>): Promise<void> => {
      runs += 1
      await serializable(tx, [])
      const [row] = await read(tx, [1])
      await meet()
      await write(tx, [1, (row?.n ?? 0) + 1])
    }
    const db = database.view<unknown>('public')
    await Promise.all([transaction(db, increment), transaction(db, increment)])
    expect(runs).toBe(3)
    expect(await read(db, [1])).toEqual([{ n: 2 }])
  })

  it('runs a transaction again that was the victim of a deadlock', async () => {
    const meet = meeting(2)
    let runs = 0
    const lock = (first: number, second: number) => async (tx: Tx<unknown>) => {
      runs += 1
      await write(tx, [first, 5])
      await meet()
      await write(tx, [second, 5])
    }
    const db = database.view<unknown>('public')
    await Promise.all([transaction(db, lock(1, 2)), transaction(db, lock(2, 1))])
    expect(runs).toBe(3)
  })

  it('gives up after one more run', async () => {
    const db = database.view<unknown>('public')
    let runs = 0
    const failing = transaction(db, async (tx) => {
      runs += 1
      await sql`do $$ begin raise exception 'again' using errcode = '40001'; end $$`.execute(tx)
    })
    await expect(failing).rejects.toMatchObject({ code: '40001' })
    expect(runs).toBe(2)
  })

  it('does not run a transaction again that broke a constraint', async () => {
    const db = database.view<unknown>('public')
    let runs = 0
    const failing = transaction(db, async (tx) => {
      runs += 1
      await statement('insert into counted (id, n) values ($1, 0)')(tx, [1])
    })
    await expect(failing).rejects.toMatchObject({ code: '23505', constraint: 'counted_pkey' })
    expect(runs).toBe(1)
  })

  it('keeps statements prepared under names made from their text', async () => {
    const single = await createDatabase(urlOf(await nameOf(database)), { poolSize: 1 })
    const db = single.view<unknown>('public')
    const before = { ...single.counters }
    for (let id = 1; id <= 5; id += 1) await read(db, [id])
    expect(single.counters.statements - before.statements).toBe(5)
    const prepared = await statement<{ name: string; statement: string }>(
      'select name, statement from pg_prepared_statements',
    )(db, [])
    expect(prepared).toEqual([
      { name: expect.stringMatching(/^[\w-]{24}$/), statement: expect.stringContaining('select n') },
    ])
    await single.close()
  })

  it('sends statements unnamed when told so', async () => {
    const single = await createDatabase(urlOf(await nameOf(database)), { poolSize: 1, preparedStatements: false })
    const db = single.view<unknown>('public')
    await read(db, [1])
    expect(await statement('select name from pg_prepared_statements')(db, [])).toEqual([])
    await single.close()
  })

  it('plans a prepared statement again when a migration changed its columns', async () => {
    const db = database.view<unknown>('public')
    const all = statement<object>('select * from counted where id = $1')
    await Promise.all([1, 2, 3, 4].map((id) => all(db, [id])))
    await statement('alter table counted add column extra text')(db, [])
    expect(await Promise.all([1, 2, 3, 4].map((id) => all(db, [id])))).toHaveLength(4)
    await Promise.all([1, 2, 3, 4].map((id) => all(db, [id])))
    await statement('alter table counted drop column extra')(db, [])
    expect(await transaction(db, (tx) => all(tx, [1]))).toEqual([{ id: 1, n: 0 }])
  })

  it('does without names once a session lost its prepared statements', async () => {
    const single = await createDatabase(urlOf(await nameOf(database)), { poolSize: 1 })
    const db = single.view<unknown>('public')
    await read(db, [1])
    await statement('deallocate all')(db, [])
    expect(await read(db, [1])).toEqual([{ n: 0 }])
    expect(await transaction(db, (tx) => read(tx, [2]))).toEqual([{ n: 0 }])
    await single.close()
  })

  it('counts round trips and commits', async () => {
    const db = database.view<unknown>('public')
    const before = { ...database.counters }
    await transaction(db, (tx) => write(tx, [1, 1]))
    await transaction(db, async (tx) => {
      await write(tx, [1, 2])
      throw new Error('stop')
    }).catch(() => {})
    expect(database.counters.statements - before.statements).toBe(6)
    expect(database.counters.commits - before.commits).toBe(1)
  })

  it('ends a statement that runs too long', async () => {
    const limited = await createDatabase(urlOf(await nameOf(database)), { statementTimeoutSeconds: 1 })
    await expect(statement('select pg_sleep(5)')(limited.view('public'), [])).rejects.toMatchObject({ code: '57014' })
    await limited.close()
  })

  it('says what is the matter when no connection becomes free', async () => {
    const small = await createDatabase(urlOf(await nameOf(database)), { poolSize: 1, connectTimeoutSeconds: 1 })
    const db = small.view<unknown>('public')
    await expect(transaction(db, () => read(db, [1]))).rejects.toThrow(/waited 1 s for one of 1 database connections/)
    expect(await read(db, [1])).toHaveLength(1)
    await small.close()
  })

  it('says which server does not answer, and not the password', async () => {
    const absent = await createDatabase('postgres://someone:hidden@localhost:1/db')
    const failing = read(absent.view('public'), [1])
    await expect(failing).rejects.toThrow('the database at localhost:1/db does not answer (ECONNREFUSED)')
    await absent.close()
  })

  it('survives losing its connections and tells of it', async () => {
    const lost: Error[] = []
    const fragile = await createDatabase(urlOf(await nameOf(database)), {
      poolSize: 1,
      onConnectionLost: (error) => lost.push(error),
    })
    const db = fragile.view<unknown>('public')
    const [session] = await statement<{ pid: number }>('select pg_backend_pid() as pid')(db, [])
    await statement('select pg_terminate_backend($1)')(database.view('public'), [session?.pid])
    await expect.poll(() => lost.length).toBeGreaterThan(0)
    expect(await read(db, [1])).toHaveLength(1)
    await fragile.close()
  })

  it('survives a session that the server ends in the middle of a transaction', async () => {
    const impatient = await createDatabase(urlOf(await nameOf(database)), { idleInTransactionTimeoutSeconds: 1 })
    const db = impatient.view<unknown>('public')
    const idle = transaction(db, async (tx) => {
      await write(tx, [1, 7])
      await new Promise((resolve) => setTimeout(resolve, 1500))
      await write(tx, [1, 8])
    })
    await expect(idle).rejects.toThrow()
    expect(await read(db, [1])).toEqual([{ n: 0 }])
    await impatient.close()
  })

  it('refuses an address of another kind of database', async () => {
    await expect(createDatabase('mysql://localhost/db')).rejects.toThrow(/begins with postgres:/)
  })
})

async function nameOf(database: Database): Promise<string> {
  const [row] = await statement<{ name: string }>('select current_database() as name')(database.view('public'), [])
  return row?.name ?? ''
}

function urlOf(name: string): string {
  const url = new URL(process.env['TEST_POSTGRES_URL'] ?? '')
  url.pathname = `/${name}`
  return url.href
}
