/** The database handle on both stores: commit, rollback, retry, names of statements, types. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Database, transaction } from './database.js'
import { statement } from './statement.js'
import { openTestDatabase, uniqueSchema } from './testing/store.js'

interface Tables {
  notes: { id: number; text: string }
}

describe('database', () => {
  const schema = uniqueSchema('db')
  let database: Database

  beforeAll(async () => {
    database = await openTestDatabase()
    const db = database.view<Tables>(schema)
    await sql.raw(`create schema ${schema}`).execute(db)
    await sql.raw(`create table ${schema}.notes (id bigint primary key, text text not null)`).execute(db)
  })
  afterAll(() => database.close())

  it('commits what a transaction wrote', async () => {
    const db = database.view<Tables>(schema)
    await transaction(db, (tx) => tx.insertInto('notes').values({ id: 1, text: 'kept' }).execute())
    expect(await db.selectFrom('notes').selectAll().where('id', '=', 1).execute()).toEqual([{ id: 1, text: 'kept' }])
  })

  it('rolls back what a transaction wrote before it threw', async () => {
    const db = database.view<Tables>(schema)
    const failing = transaction(db, async (tx) => {
      await tx.insertInto('notes').values({ id: 2, text: 'lost' }).execute()
      throw new Error('stop')
    })
    await expect(failing).rejects.toThrow('stop')
    expect(await db.selectFrom('notes').selectAll().where('id', '=', 2).execute()).toEqual([])
  })

  it('runs a statement with the view and with a transaction', async () => {
    const db = database.view<Tables>(schema)
    const insert = statement<{ id: number }>(`insert into ${schema}.notes (id, text) values ($1, $2) returning id`)
    expect(await insert(db, [3, 'three'])).toEqual([{ id: 3 }])
    expect(await transaction(db, (tx) => insert(tx, [4, 'four']))).toEqual([{ id: 4 }])
  })

  it('answers the same view of a schema each time', () => {
    expect(database.view(schema)).toBe(database.view(schema))
    expect(() => database.view('No Schema')).toThrow(/must be 1 to 41/)
  })

  it('answers values in the types that the code means', async () => {
    const [row] = await statement<Record<string, unknown>>(
      `select 9007199254740991::bigint as big, count(*) as counted, timestamptz '2026-01-02 03:04:05.678+02' as at,
              date '2026-01-02' as day, '\\x00ff'::bytea as bytes, array['a', 'b'] as texts, '{"a": [1]}'::jsonb as json,
              $1::timestamptz as back, $2::bytea as sent, $3::text[] as list
         from ${schema}.notes where id = $4`,
    )(database.view(schema), [new Date('2026-07-08T09:10:11.121Z'), Buffer.from([1, 2]), ['x', 'y,z'], 1])
    expect(row).toEqual({
      big: 9007199254740991,
      counted: 1,
      at: new Date('2026-01-02T01:04:05.678Z'),
      day: '2026-01-02',
      bytes: Buffer.from([0, 255]),
      texts: ['a', 'b'],
      json: { a: [1] },
      back: new Date('2026-07-08T09:10:11.121Z'),
      sent: Buffer.from([1, 2]),
      list: ['x', 'y,z'],
    })
  })

  it('faults on a whole number that a JavaScript number cannot hold', async () => {
    const tooBig = statement('select 9007199254740993::bigint as big where $1')
    await expect(tooBig(database.view(schema), [true])).rejects.toThrow(/does not fit/)
    expect(await tooBig(database.view(schema), [false])).toEqual([])
  })

  it('goes on after statements that failed, in and outside a transaction', async () => {
    const db = database.view<Tables>(schema)
    const insert = statement(`insert into ${schema}.notes (id, text) values ($1, $2)`)
    await insert(db, [50, 'first'])
    for (let round = 0; round < 3; round += 1) {
      await expect(insert(db, [50, 'again'])).rejects.toMatchObject({ code: '23505', constraint: 'notes_pkey' })
      await expect(insert(db, [null, 'x'])).rejects.toMatchObject({ code: '23502' })
      await expect(insert(db, ['not a number', 'x'])).rejects.toMatchObject({ code: '22P02' })
      await expect(transaction(db, (tx) => insert(tx, [50, 'again']))).rejects.toMatchObject({ code: '23505' })
    }
    await insert(db, [51, 'last'])
    expect(await db.selectFrom('notes').select('id').where('id', '>=', 50).orderBy('id').execute()).toEqual([
      { id: 50 },
      { id: 51 },
    ])
  })

  it('lets exactly one of 20 concurrent conditional updates win', async () => {
    const db = database.view<Tables>(schema)
    const insert = statement(`insert into ${schema}.notes (id, text) values ($1, $2)`)
    const spend = statement<{ id: number }>(
      `update ${schema}.notes set text = 'spent' where id = $1 and text = 'live' returning id`,
    )
    await insert(db, [60, 'live'])
    await insert(db, [61, 'live'])
    const alone = await Promise.all(Array.from({ length: 20 }, () => spend(db, [60])))
    expect(alone.flat()).toEqual([{ id: 60 }])
    const together = await Promise.all(Array.from({ length: 20 }, () => transaction(db, (tx) => spend(tx, [61]))))
    expect(together.flat()).toEqual([{ id: 61 }])
  })
})
