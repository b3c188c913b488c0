/**
 * Deletes what has ended, in batches that each commit by themselves, so that no pruning holds a lock for long.
 *
 * Spent codes and refresh tokens stay until no grant born from them can be live: a copy that comes back must still be
 * recognised as one. Several processes may prune at once; each leaves the rows to the others that they hold.
 */
import { secondsAfter } from '#base/clock.js'
import { randomUnit } from '#base/secrets.js'
import { quoteSchema, statement, type Statement } from '#base/statement.js'

import type { Server } from '../server.js'

/** How many rows of each table one pruning deleted. */
export interface Pruned {
  readonly interactions: number
  readonly authorizationCodes: number
  readonly refreshTokens: number
  readonly accessTokens: number
  readonly grants: number
}

const BATCH = 500
const HOUR = 3600

function pruneStatements(schema: string) {
  const name = quoteSchema(schema)
  const byExpiry = (table: string): Statement<{ id: string }> =>
    statement(
      `delete from ${name}.${table} where id in (
         select id from ${name}.${table} where expires_at < $1 order by expires_at limit $2 for update skip locked
       ) returning id`,
    )
  return {
    interactions: byExpiry('interactions'),
    authorizationCodes: byExpiry('authorization_codes'),
    accessTokens: byExpiry('access_tokens'),
    // Before their grants: deleting a grant takes its tokens along, however many there are.
    refreshTokens: statement<{ id: string }>(
      `delete from ${name}.refresh_tokens where id in (
         select r.id from ${name}.grants g join ${name}.refresh_tokens r on r.grant_id = g.id
          where g.expires_at < $1 order by g.expires_at limit $2 for update of r skip locked
       ) returning id`,
    ),
    grants: byExpiry('grants'),
  }
}

/** Prunes until nothing is left that has ended. */
export async function prune(server: Server): Promise<Pruned> {
  const now = server.clock.now()
  const statements = server.prepared(pruneStatements)
  const anHourAgo = secondsAfter(now, -HOUR)
  return {
    interactions: await inBatches(server, statements.interactions, anHourAgo),
    // A grant begins before its code expires and lasts this long at most.
    authorizationCodes: await inBatches(
      server,
      statements.authorizationCodes,
      secondsAfter(anHourAgo, -server.config.lifetimes.grantSeconds),
    ),
    refreshTokens: await inBatches(server, statements.refreshTokens, anHourAgo),
    accessTokens: await inBatches(server, statements.accessTokens, anHourAgo),
    grants: await inBatches(server, statements.grants, anHourAgo),
  }
}

async function inBatches(server: Server, remove: Statement<{ id: string }>, before: Date): Promise<number> {
  let total = 0
  for (;;) {
    const rows = await remove(server.db, [before, BATCH])
    total += rows.length
    if (rows.length < BATCH) return total
  }
}

/** Pruning that goes on until it is closed. */
export interface Pruning {
  /** Waits for the batch that runs. */
  close(): Promise<void>
}

/** Prunes about once an hour; a failure is logged, and the next hour tries again. */
export function startPruning(server: Server): Pruning {
  let running: Promise<unknown> = Promise.resolve()
  let timer = wait()

  function wait(): NodeJS.Timeout {
    // Processes that started together do not stay together.
    const seconds = HOUR * (0.75 + randomUnit() / 2)
    const next = setTimeout(() => {
      running = prune(server)
        .catch((error: unknown) => server.log.error({ job: 'prune', error }, 'pruning failed'))
        .finally(() => {
          timer = wait()
        })
    }, seconds * 1000)
    return next.unref()
  }

  return {
    async close() {
      clearTimeout(timer)
      await running
      clearTimeout(timer)
    },
  }
}
