/** The audit log on both stores: rows live and die with the decision they tell of. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createAuditTable, listEvents, recordEvent, type AuditRow, type AuditTables } from './audit-log.js'
import { transaction, type Database } from './database.js'
import { migrate } from './migrator.js'
import { openTestDatabase, uniqueSchema } from './testing/store.js'

type TestEvent = 'door.opened' | 'door.refused'

const opened: AuditRow<TestEvent> = {
  at: new Date('2026-01-02T03:04:05.678Z'),
  event: 'door.opened',
  outcome: 'ok',
  actorKind: 'system',
  fields: { door: 'front', tries: 2, odd: ['a', null] },
}

describe('audit log', () => {
  const schema = uniqueSchema('audit')
  let database: Database

  beforeAll(async () => {
    database = await openTestDatabase()
    await migrate(database, { schema, migrations: { '0001_first': createAuditTable } })
  })
  afterAll(() => database.close())

  it('reads back what was recorded, the latest first', async () => {
    const db = database.view<AuditTables>(schema)
    const refused: AuditRow<TestEvent> = {
      at: new Date('2026-01-03T00:00:00Z'),
      event: 'door.refused',
      outcome: 'refused',
      reason: 'locked',
      actorKind: 'person',
      actorId: 'p1',
      subjectId: 's1',
      objectId: 'o1',
      requestId: 'r1',
    }
    await transaction(db, async (tx) => {
      await recordEvent(tx, schema, opened)
      await recordEvent(tx, schema, refused)
    })
    const rows = await listEvents<AuditTables, TestEvent>(db, schema, { limit: 10 })
    expect(rows).toMatchObject([
      { ...refused, fields: {} },
      { ...opened, reason: null, actorId: null },
    ])
    expect(await listEvents<AuditTables, TestEvent>(db, schema, { event: 'door.opened', limit: 10 })).toHaveLength(1)
  })

  it('keeps no row of a transaction that rolled back', async () => {
    const db = database.view<AuditTables>(schema)
    const before = await listEvents(db, schema, { limit: 100 })
    const failing = transaction(db, async (tx) => {
      await recordEvent(tx, schema, opened)
      throw new Error('stop')
    })
    await expect(failing).rejects.toThrow('stop')
    expect(await listEvents(db, schema, { limit: 100 })).toHaveLength(before.length)
  })
})
