/** Where the peer keeps its records: one table, statements prepared, each call one round trip. */
import type { Adapter, AdapterPayload } from 'oidc-provider'
import type pg from 'pg'

/** Makes the table. */
export async function createPeerTables(pool: pg.Pool): Promise<void> {
  await pool.query(`create table peer_records (
    model text not null, id text not null, payload jsonb not null, grant_id text, uid text, user_code text,
    expires_at timestamptz, consumed_at timestamptz, primary key (model, id))`)
  await pool.query('create index on peer_records (grant_id) where grant_id is not null')
  await pool.query('create index on peer_records (model, uid) where uid is not null')
  await pool.query('create index on peer_records (model, user_code) where user_code is not null')
}

interface Row {
  readonly payload: AdapterPayload
  readonly consumed_at: Date | null
}

const FIND = `select payload, consumed_at from peer_records where model = $1 and (expires_at is null or expires_at > now())`

const statements = {
  upsert: `insert into peer_records (model, id, payload, grant_id, uid, user_code, expires_at)
    values ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 second')
    on conflict (model, id) do update set payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid,
      user_code = excluded.user_code, expires_at = excluded.expires_at`,
  find: `${FIND} and id = $2`,
  findByUid: `${FIND} and uid = $2`,
  findByUserCode: `${FIND} and user_code = $2`,
  consume: 'update peer_records set consumed_at = now() where model = $1 and id = $2',
  destroy: 'delete from peer_records where model = $1 and id = $2',
  revokeByGrantId: 'delete from peer_records where grant_id = $1',
}

/** Makes the adapter's factory; every statement that is sent is counted. */
export function peerAdapter(pool: pg.Pool, counted: { statements: number }): (model: string) => Adapter {
  const send = async (name: keyof typeof statements, values: unknown[]): Promise<Row[]> => {
    counted.statements += 1
    return (await pool.query<Row>({ name, text: statements[name], values })).rows
  }
  const one = (rows: readonly Row[]): AdapterPayload | undefined => {
    const row = rows[0]
    if (!row) return undefined
    return row.consumed_at ? { ...row.payload, consumed: Math.floor(row.consumed_at.getTime() / 1000) } : row.payload
  }
  return (model) => ({
    async upsert(id, payload, expiresIn) {
      const { grantId = null, uid = null, userCode = null } = payload
      await send('upsert', [model, id, JSON.stringify(payload), grantId, uid, userCode, expiresIn ?? null])
    },
    find: async (id) => one(await send('find', [model, id])),
    findByUid: async (uid) => one(await send('findByUid', [model, uid])),
    findByUserCode: async (code) => one(await send('findByUserCode', [model, code])),
    async consume(id) {
      await send('consume', [model, id])
    },
    async destroy(id) {
      await send('destroy', [model, id])
    },
    async revokeByGrantId(grantId) {
      await send('revokeByGrantId', [grantId])
    },
  })
}
