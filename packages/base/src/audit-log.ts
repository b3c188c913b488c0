/** The append-only table of security decisions; each library types its events, and a secret has no column to go to. */
import { type Kysely, sql } from 'kysely'

import type { Db, Tx } from './database.js'
import type { JsonValue } from './json.js'
import { randomId } from './secrets.js'
import { quoteSchema, statement } from './statement.js'

/** One decision, as it is written and read. */
export interface AuditRow<Event extends string> {
  /** Random unless given. */
  readonly id?: string
  readonly at: Date
  readonly event: Event
  readonly outcome: 'ok' | 'refused'
  /** Machine name of a refusal. */
  readonly reason?: string | null
  /** What kind of actor did it, for example 'system'. */
  readonly actorKind: string
  readonly actorId?: string | null
  /** On whom it was done. */
  readonly subjectId?: string | null
  /** To which record. */
  readonly objectId?: string | null
  readonly requestId?: string | null
  /** Harmless facts of this event; never a secret. */
  readonly fields?: Readonly<Record<string, JsonValue>>
}

/** The table, for a library's type of its schema. */
export interface AuditTables {
  audit_events: {
    id: string
    at: Date
    event: string
    outcome: 'ok' | 'refused'
    reason: string | null
    actor_kind: string
    actor_id: string | null
    subject_id: string | null
    object_id: string | null
    request_id: string | null
    fields: Readonly<Record<string, JsonValue>>
  }
}

/** The columns in the order of `auditValues`, for a statement that writes its own audit row. */
export const AUDIT_COLUMNS =
  'id, at, event, outcome, reason, actor_kind, actor_id, subject_id, object_id, request_id, fields'

/** How many placeholders `auditValues` fills. */
export const AUDIT_COLUMN_COUNT = 11

/** The values of one row in the order of AUDIT_COLUMNS. */
export function auditValues<Event extends string>(row: AuditRow<Event>): unknown[] {
  return [
    row.id ?? randomId(),
    row.at,
    row.event,
    row.outcome,
    row.reason ?? null,
    row.actorKind,
    row.actorId ?? null,
    row.subjectId ?? null,
    row.objectId ?? null,
    row.requestId ?? null,
    JSON.stringify(row.fields ?? {}),
  ]
}

/** Typed placeholders for one row, as `$4::uuid, $5::timestamptz, …`; `first` is the number of the first. */
export function auditPlaceholders(first: number): string {
  return AUDIT_TYPES.map((type, at) => `$${first + at}::${type}`).join(', ')
}

const AUDIT_TYPES = ['uuid', 'timestamptz', 'text', 'text', 'text', 'text', 'text', 'text', 'text', 'text', 'jsonb']

/** Creates the table; for a library's first migration. */
export async function createAuditTable(db: Kysely<unknown>, schema: string): Promise<void> {
  const table = `${quoteSchema(schema)}.audit_events`
  await sql
    .raw(
      `create table ${table} (
        id uuid primary key,
        at timestamptz not null,
        event text not null,
        outcome text not null check (outcome in ('ok', 'refused')),
        reason text,
        actor_kind text not null,
        actor_id text,
        subject_id text,
        object_id text,
        request_id text,
        fields jsonb not null default '{}'
      )`,
    )
    .execute(db)
  await sql.raw(`create index audit_events_by_time on ${table} (at desc, id desc)`).execute(db)
  await sql.raw(`create index audit_events_by_event on ${table} (event, at desc, id desc)`).execute(db)
  await sql
    .raw(`create index audit_events_by_subject on ${table} (subject_id, at desc) where subject_id is not null`)
    .execute(db)
}

/** Appends one row inside the transaction of the decision it tells of. */
export async function recordEvent<Tables, Event extends string>(
  tx: Tx<Tables>,
  schema: string,
  row: AuditRow<Event>,
): Promise<void> {
  await insertStatement(schema)(tx, auditValues(row))
}

const inserts = new Map<string, ReturnType<typeof statement>>()

function insertStatement(schema: string): ReturnType<typeof statement> {
  let insert = inserts.get(schema)
  if (insert === undefined) {
    insert = statement(
      `insert into ${quoteSchema(schema)}.audit_events (${AUDIT_COLUMNS}) values (${auditPlaceholders(1)})`,
    )
    inserts.set(schema, insert)
  }
  return insert
}

/** Which rows to list; `limit` is at most 1000. */
export interface AuditFilter<Event extends string> {
  readonly event?: Event
  readonly limit: number
}

/** Lists rows, the latest first. */
export async function listEvents<Tables, Event extends string>(
  db: Db<Tables>,
  schema: string,
  filter: AuditFilter<Event>,
): Promise<Required<AuditRow<Event>>[]> {
  const list = statement<Required<AuditRow<Event>>>(
    `select id, at, event, outcome, reason, actor_kind as "actorKind", actor_id as "actorId", subject_id as "subjectId",
            object_id as "objectId", request_id as "requestId", fields
       from ${quoteSchema(schema)}.audit_events
      where $1::text is null or event = $1
      order by at desc, id desc limit $2`,
  )
  return list(db, [filter.event ?? null, Math.min(filter.limit, 1000)])
}
