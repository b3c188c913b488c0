/** Deletes rows whose time is long over, in batches that hold no lock for long. */
import { secondsAfter } from '#base/clock.js'
import { statement } from '#base/statement.js'

import { perSchema } from './per-schema.js'
import type { Server } from './server.js'

/** How many rows went, by table. */
export interface Pruned {
  readonly sessions: number
  readonly oneTimeSecrets: number
  readonly knownDevices: number
  readonly throttles: number
}

const BATCH = 500
const MAX_BATCHES = 200
const DAY_SECONDS = 86_400
// Ended sessions and spent secrets stay a while, so that "when was I logged in" and "this link was used" can be answered.
const KEEP_SESSIONS_SECONDS = 30 * DAY_SECONDS
const KEEP_SECRETS_SECONDS = 7 * DAY_SECONDS
const KEEP_DEVICES_SECONDS = 400 * DAY_SECONDS

const statements = perSchema((schema) => {
  const batch = (table: string, condition: string) =>
    statement<{ gone: number }>(`with gone as (delete from ${schema}.${table} where ctid = any(array(
      select ctid from ${schema}.${table} where ${condition} limit ${BATCH} for update skip locked)) returning 1)
      select count(*)::int as gone from gone`)
  return {
    sessions: batch('sessions', 'expires_at < $1'),
    oneTimeSecrets: batch('one_time_secrets', 'expires_at < $1'),
    knownDevices: batch('known_devices', 'last_seen_at < $1'),
    throttles: batch('throttles', 'expires_at < $1'),
  }
})

/** Deletes what is over, at most 100,000 rows of each table a call. */
export async function prune(server: Server): Promise<Pruned> {
  const now = server.clock.now()
  const sql = statements(server.config.quotedSchema)
  const run = async (remove: (typeof sql)['sessions'], keepSeconds: number) => {
    let total = 0
    for (let round = 0; round < MAX_BATCHES; round += 1) {
      const gone = (await remove(server.db, [secondsAfter(now, -keepSeconds)]))[0]?.gone ?? 0
      total += gone
      if (gone < BATCH) break
    }
    return total
  }
  return {
    sessions: await run(sql.sessions, KEEP_SESSIONS_SECONDS),
    oneTimeSecrets: await run(sql.oneTimeSecrets, KEEP_SECRETS_SECONDS),
    knownDevices: await run(sql.knownDevices, KEEP_DEVICES_SECONDS),
    throttles: await run(sql.throttles, 0),
  }
}
