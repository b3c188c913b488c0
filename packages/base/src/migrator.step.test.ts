/** The migrator on both stores: up, again, two processes at once, and a database from a later version. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Database } from './database.js'
import { migrate, pendingMigrations, type Migration } from './migrator.js'
import { statement } from './statement.js'
import { openTestDatabase, uniqueSchema } from './testing/store.js'

const first: Migration = async (db, schema) => {
  await db.schema.withSchema(schema).createTable('things').addColumn('id', 'integer').execute()
}
const second: Migration = async (db, schema) => {
  await db.schema.withSchema(schema).alterTable('things').addColumn('name', 'text').execute()
}
const failing: Migration = async (db, schema) => {
  await db.schema.withSchema(schema).createTable('half').addColumn('id', 'integer').execute()
  throw new Error('stopped half way')
}

describe('migrations', () => {
  let database: Database

  beforeAll(async () => {
    database = await openTestDatabase()
  })
  afterAll(() => database.close())

  it('applies what is pending in order of name and answers the names', async () => {
    const schema = uniqueSchema('app')
    const migrations = { '0002_second': second, '0001_first': first }
    expect(await pendingMigrations(database, { schema, migrations })).toEqual(['0001_first', '0002_second'])
    expect(await migrate(database, { schema, migrations })).toEqual(['0001_first', '0002_second'])
    expect(await pendingMigrations(database, { schema, migrations })).toEqual([])
    expect(await statement(`select id, name from ${schema}.things`)(database.view(schema), [])).toEqual([])
  })

  it('applies nothing a second time', async () => {
    const schema = uniqueSchema('app')
    await migrate(database, { schema, migrations: { '0001_first': first } })
    expect(await migrate(database, { schema, migrations: { '0001_first': first } })).toEqual([])
    const later = { '0001_first': first, '0002_second': second }
    expect(await migrate(database, { schema, migrations: later })).toEqual(['0002_second'])
  })

  it('lets several starters migrate at once, and each migration run once', async () => {
    const schema = uniqueSchema('app')
    const migrations = { '0001_first': first, '0002_second': second }
    const starters = Array.from({ length: 4 }, () => migrate(database, { schema, migrations }))
    const applied = (await Promise.all(starters)).flat().toSorted()
    expect(applied).toEqual(['0001_first', '0002_second'])
  })

  it('keeps nothing of a migration that threw, and goes on from there', async () => {
    const schema = uniqueSchema('app')
    const broken = { '0001_first': first, '0002_half': failing }
    await expect(migrate(database, { schema, migrations: broken })).rejects.toThrow('stopped half way')
    expect(await pendingMigrations(database, { schema, migrations: broken })).toEqual(['0002_half'])
    const [found] = await statement<{ half: string | null }>('select to_regclass($1) as half')(database.view(schema), [
      `${schema}.half`,
    ])
    expect(found).toEqual({ half: null })
  })

  it('refuses a database that a later version migrated', async () => {
    const schema = uniqueSchema('app')
    await migrate(database, { schema, migrations: { '0001_first': first, '0002_second': second } })
    const older = { schema, migrations: { '0001_first': first } }
    await expect(migrate(database, older)).rejects.toThrow(/newer than this code: it has 0002_second/)
    await expect(pendingMigrations(database, older)).rejects.toThrow(/newer than this code/)
  })

  it('refuses a migration that would run out of order', async () => {
    const schema = uniqueSchema('app')
    await migrate(database, { schema, migrations: { '0002_second': first } })
    const late = { '0001_first': first, '0002_second': first }
    await expect(migrate(database, { schema, migrations: late })).rejects.toThrow(/only go forward/)
  })

  it('refuses a schema name that is not a plain identifier', async () => {
    await expect(migrate(database, { schema: 'a"; drop', migrations: {} })).rejects.toThrow(/must be 1 to 41/)
  })
})
