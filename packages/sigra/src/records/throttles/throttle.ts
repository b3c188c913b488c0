/**
 * Throttles: counted attempts, one row for each thing that is counted.
 *
 * A bucket lets `limit` attempts pass; the last of them blocks it, for the rest of its window or for a delay that rises
 * with each further attempt. A bucket is "blocked" until `blocked_until`, and forgotten at `expires_at`.
 *
 * (1) Of any number of attempts at once, exactly as many pass as the bucket allows: taking is one statement that commits by itself.
 * (2) An attempt that is refused changes nothing, so nobody can prolong a block by knocking, nor fill a bucket that
 *     everybody shares by knocking at one of their own that is blocked.
 * (3) A bucket is only taken when all buckets before it let the attempt pass.
 * (4) Rows are locked in the order given, so that two attempts cannot wait for each other; callers order global, network, account.
 * (5) Keys are HMACs: the table does not say which addresses were tried.
 */
import { hmac } from '#base/secrets.js'
import { statement, type Statement } from '#base/statement.js'

import { perSchema } from '../../per-schema.js'
import type { AttemptLimit } from '../../rules/attempt-limit.js'
import { lockoutDelays, type LockoutPolicy } from '../../rules/lockout.js'
import type { Server, SigraDb, SigraTx } from '../../server.js'

/** One thing that is counted. */
export interface Bucket {
  readonly key: Buffer
  readonly limit: number
  /** Seconds until the bucket is forgotten: after its first attempt, or after its latest where delays rise. */
  readonly windowSeconds: number
  /** Seconds of each block from the last free attempt on; empty blocks until the window ends. */
  readonly delays: readonly number[]
}

/** What taking an attempt said. */
export type Taken =
  /** `hits` of the last bucket; equal to its limit when this attempt was the last free one. */
  { readonly ok: true; readonly hits: number } | { readonly ok: false; readonly retryAfterSeconds: number }

/** A bucket that lets a number of attempts pass in a window. */
export function windowBucket(server: Server, name: readonly string[], limit: AttemptLimit): Bucket {
  return { key: bucketKey(server, name), limit: limit.attempts, windowSeconds: limit.windowSeconds, delays: [] }
}

/** A bucket whose delays rise; it is forgotten two days after its latest attempt. */
export function risingBucket(server: Server, name: readonly string[], policy: LockoutPolicy): Bucket {
  return {
    key: bucketKey(server, name),
    limit: policy.freeAttempts,
    windowSeconds: 172_800,
    delays: lockoutDelays(policy),
  }
}

/** Counts one attempt on every bucket in turn; commits by itself and must therefore not be called inside a transaction. */
export async function takeAttempt(server: Server, buckets: readonly Bucket[]): Promise<Taken> {
  const now = server.clock.now()
  const take = takeStatements(server.config.quotedSchema)(buckets.length)
  const rows = await take(server.db, [
    now,
    ...buckets.flatMap((bucket) => [bucket.key, bucket.limit, bucket.windowSeconds, [...bucket.delays]]),
  ])
  const hits = rows[0]?.hits ?? null
  if (hits !== null) return { ok: true, hits }
  return { ok: false, retryAfterSeconds: await secondsBlocked(server.db, buckets, now) }
}

/** Gives one attempt back to windows, and forgets rising delays; for attempts that turned out to be right. */
export async function forgetAttempts(server: Server, tx: SigraTx, buckets: readonly Bucket[]): Promise<void> {
  const rising = buckets.filter((bucket) => bucket.delays.length > 0)
  await giveBack(server.config.quotedSchema)(tx, [
    buckets.map((bucket) => bucket.key),
    rising.map((bucket) => bucket.key),
  ])
}

/** Gives one attempt back to every bucket; for attempts that nobody judged, which must not wipe out those before them. */
export async function giveBackAttempt(server: Server, tx: SigraTx, buckets: readonly Bucket[]): Promise<void> {
  await giveBack(server.config.quotedSchema)(tx, [buckets.map((bucket) => bucket.key), []])
}

function bucketKey(server: Server, name: readonly string[]): Buffer {
  return hmac(server.keys.hmacKey('throttle'), ...name)
}

/** Says how long the longest block of these buckets lasts; at least one second. */
async function secondsBlocked(db: SigraDb, buckets: readonly Bucket[], now: Date): Promise<number> {
  const rows = await db
    .selectFrom('throttles')
    .select('blocked_until')
    .where(
      'key',
      'in',
      buckets.map((bucket) => bucket.key),
    )
    .where('blocked_until', '>', now)
    .execute()
  const latest = Math.max(now.getTime() + 1000, ...rows.map((row) => row.blocked_until.getTime()))
  return Math.ceil((latest - now.getTime()) / 1000)
}

const takeStatements = perSchema((schema) => {
  const byCount = new Map<number, Statement<{ hits: number | null }>>()
  return (count: number) => {
    let take = byCount.get(count)
    if (take === undefined) {
      take = statement<{ hits: number | null }>(takeText(schema, count))
      byCount.set(count, take)
    }
    return take
  }
})

/**
 * One upsert a bucket; each inserts only if the one before it did, because it selects from its result. The first looks at
 * all of them, so that what is known to be blocked costs no bucket anything; the upserts judge what happened since.
 */
function takeText(schema: string, count: number): string {
  const keys = Array.from({ length: count }, (_, at) => `$${at * 4 + 2}::bytea`).join(', ')
  const shut = `select 1 from ${schema}.throttles where key in (${keys}) and expires_at > $1 and blocked_until > $1`
  const steps = Array.from({ length: count }, (_, at) => {
    const [key, limit, window, delays] = [2, 3, 4, 5].map((offset) => `$${at * 4 + offset}`)
    const hits = `case when t.expires_at <= $1 then 1 else t.hits + 1 end`
    const fresh = `$1::timestamptz + make_interval(secs => ${window}::int)`
    const isRising = `cardinality(${delays}::int[]) > 0`
    const expires = `case when t.expires_at <= $1 or ${isRising} then ${fresh} else t.expires_at end`
    // An open bucket is blocked until minus infinity, not until now: another process's clock may be a moment behind.
    const block = (made: string, until: string) => `case
      when ${made} < ${limit}::int then '-infinity'::timestamptz
      when ${isRising} then $1::timestamptz + make_interval(secs => (${delays}::int[])[least(${made} - ${limit}::int + 1, cardinality(${delays}::int[]))])
      else ${until} end`
    return `t${at} as (
      insert into ${schema}.throttles as t (key, hits, blocked_until, expires_at)
      select ${key}::bytea, 1, ${block('1', fresh)}, ${fresh} ${at === 0 ? `where not exists (${shut})` : `from t${at - 1}`}
      on conflict (key) do update set hits = ${hits}, expires_at = ${expires}, blocked_until = ${block(`(${hits})`, `(${expires})`)}
      where t.expires_at <= $1 or t.blocked_until <= $1
      returning hits)`
  })
  return `with ${steps.join(',\n')} select hits from t${count - 1}`
}

/** Locks in the order of the list, as taking does; a bucket that gets an attempt back cannot be blocked any more. */
const giveBack = perSchema((schema) =>
  statement(
    `with locked as (
       select key from ${schema}.throttles where key = any($1::bytea[]) order by array_position($1::bytea[], key) for update),
     forgotten as (
       delete from ${schema}.throttles where key in (select key from locked) and key = any($2::bytea[]))
     update ${schema}.throttles set hits = greatest(hits - 1, 0), blocked_until = '-infinity'
      where key in (select key from locked) and not key = any($2::bytea[])`,
  ),
)
