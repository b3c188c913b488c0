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
})
