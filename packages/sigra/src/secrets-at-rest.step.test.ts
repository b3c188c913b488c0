/** What is stored, logged and queued after a whole round of flows: none of the secrets issued in it. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Database } from '#base/database.js'
import { jsonLogger } from '#base/log.js'
import { hashSecret } from '#base/secrets.js'
import { openTestDatabase } from '#base/testing/store.js'

import { mailedCode, mailedLink } from './testing/test-person.js'
import { startTestSigra } from './testing/test-server.js'

const PASSWORD = 'marker pass phrase 7f3a'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(async () => {
  await database.close()
})

/** Every row of every table of a schema as text; bytes as hex, as a dump shows them. */
async function dump(schema: string): Promise<string> {
  const db = database.view<object>(schema)
  const { rows: tables } = await sql<{
    name: string
  }>`select table_name as name from information_schema.tables where table_schema = ${schema}`.execute(db)
  const texts: string[] = []
  for (const { name } of tables) {
    const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.table(`${schema}.${name}`)} t`.execute(
      db,
    )
    texts.push(...rows.map((row) => row.row))
  }
  return texts.join('\n')
}

describe('secrets at rest', () => {
  it('are in no table, no job, no audit row and no log, neither as they are nor in a form that can be guessed', async () => {
    const lines: string[] = []
    let broken = true
    const kept: string[] = []
    const mailer = {
      async send(mail: { text: string }) {
        // The first tries fail, so that jobs with their payloads and errors stay in the table.
        if (broken) throw new Error('the mail server is away')
        kept.push(mail.text)
      },
    }
    const running = await startTestSigra({ database, mailer, log: jsonLogger((line) => lines.push(line)) })
    const { schema } = running.server.config
    const person = running.person()
    await person.register('dump@example.com', PASSWORD)
    await running.sigra.deliverMail()
    const waiting = await dump(schema)
    expect(waiting).toContain('mail.deliver')
    broken = false
    running.clock.advance(120)
    await running.sigra.deliverMail()
    const [text = ''] = kept
    const mail = { id: '', at: new Date(), to: '', subject: '', text, html: '' }
    const link = new URLSearchParams(mailedLink(mail).split('?')[1]).get('secret') ?? ''
    const code = mailedCode(mail)
    const pending = person.cookies.get('sigra_pending') ?? ''
    await person.post('/users/confirm/code', { code: code === '000000' ? '000001' : '000000' })
    await person.get(mailedLink(mail))
    expect((await person.post('/users/confirm/link', {})).status).toBe(303)
    await running.person().logIn('dump@example.com', `${PASSWORD} wrong`)
    await person.post('/users/unlock', { email: 'dump@example.com' })
    await running.sigra.deliverMail()
    const asked = person.cookies.get('sigra_unlock_asked') ?? ''
    const unlock = kept.at(-1)?.match(/sgu_[\w-]{43}/)?.[0] ?? ''
    const session = person.cookies.get('sigra_session') ?? ''
    const device = person.cookies.get('sigra_device') ?? ''
    expect([link, code, pending, session, device, asked, unlock].every((secret) => secret.length > 5)).toBe(true)

    const everything = `${waiting}\n${await dump(schema)}\n${lines.join('\n')}`
    for (const secret of [link, pending, session, device, asked, unlock, PASSWORD]) {
      expect(everything).not.toContain(secret)
      expect(everything).not.toContain(Buffer.from(secret).toString('hex'))
      expect(everything).not.toContain(Buffer.from(secret).toString('base64'))
    }
    // Six digits are guessed from a plain hash in no time, so not even that may be there.
    expect(everything).not.toContain(hashSecret(code).toString('hex'))
    expect(waiting).not.toMatch(new RegExp(`\\b${code}\\b`))
    await running.close()
  })
})
