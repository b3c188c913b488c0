/** The first tables: users, passwords, sessions, one-time secrets, known devices, throttles, jobs and audit. */
import { createAuditTable } from '#base/audit-log.js'
import { createJobsTable } from '#base/jobs.js'
import { sql, type Kysely } from 'kysely'

/** Creates every table of the first release. */
export async function first(db: Kysely<unknown>, schema: string): Promise<void> {
  await createUsers(db, schema)
  await createSessions(db, schema)
  await createOneTimeSecrets(db, schema)
  await createThrottles(db, schema)
  await createJobsTable(db, schema)
  await createAuditTable(db, schema)
}

async function createUsers(db: Kysely<unknown>, schema: string): Promise<void> {
  const s = sql.id(schema)
  // email is what the person wrote, email_key what addresses are compared by: one person, one row, whatever the spelling.
  await sql`create table ${s}.users (
    id uuid primary key,
    email text not null check (length(email) <= 254),
    email_key text not null unique,
    confirmed_at timestamptz,
    disabled_at timestamptz,
    created_at timestamptz not null
  )`.execute(db)
  await sql`create table ${s}.passwords (
    user_id uuid primary key references ${s}.users (id) on delete cascade,
    hash text not null,
    set_at timestamptz not null
  )`.execute(db)
  await sql`create table ${s}.known_devices (
    user_id uuid not null references ${s}.users (id) on delete cascade,
    device_hash bytea not null check (octet_length(device_hash) = 32),
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    primary key (user_id, device_hash)
  )`.execute(db)
  await sql`create index known_devices_last_seen on ${s}.known_devices (last_seen_at)`.execute(db)
}

async function createSessions(db: Kysely<unknown>, schema: string): Promise<void> {
  const s = sql.id(schema)
  // id is public (it is the session id other systems learn); only the SHA-256 of the cookie's secret is kept.
  await sql`create table ${s}.sessions (
    id uuid primary key,
    secret_hash bytea not null unique check (octet_length(secret_hash) = 32),
    user_id uuid not null references ${s}.users (id) on delete cascade,
    methods text[] not null check (cardinality(methods) > 0),
    level text,
    remembered boolean not null,
    authenticated_at timestamptz not null,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    idle_expires_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    end_reason text,
    user_agent text,
    check ((ended_at is null) = (end_reason is null))
  )`.execute(db)
  await sql`create index sessions_user on ${s}.sessions (user_id) where ended_at is null`.execute(db)
  await sql`create index sessions_expires on ${s}.sessions (expires_at)`.execute(db)
}

async function createOneTimeSecrets(db: Kysely<unknown>, schema: string): Promise<void> {
  const s = sql.id(schema)
  // A decoy carries no secret that was mailed: it answers whoever asked for an address that has nothing to confirm.
  await sql`create table ${s}.one_time_secrets (
    id uuid primary key,
    purpose text not null,
    user_id uuid references ${s}.users (id) on delete cascade,
    sent_to text not null,
    email_key text not null,
    is_decoy boolean not null,
    link_hash bytea unique check (octet_length(link_hash) = 32),
    code_hmac bytea check (octet_length(code_hmac) = 32),
    browser_hash bytea not null unique check (octet_length(browser_hash) = 32),
    password_hash text,
    return_to text,
    attempts integer not null default 0,
    created_at timestamptz not null,
    code_expires_at timestamptz not null,
    expires_at timestamptz not null,
    spent_at timestamptz,
    superseded_at timestamptz,
    check (is_decoy or user_id is not null),
    check (not is_decoy or (link_hash is null and code_hmac is null))
  )`.execute(db)
  // Invariant: at most one live secret of a purpose a user, whatever races.
  await sql`create unique index one_time_secrets_live on ${s}.one_time_secrets (user_id, purpose)
    where not is_decoy and spent_at is null and superseded_at is null`.execute(db)
  await sql`create index one_time_secrets_address on ${s}.one_time_secrets (email_key, purpose) where spent_at is null and superseded_at is null`.execute(
    db,
  )
  await sql`create index one_time_secrets_expires on ${s}.one_time_secrets (expires_at)`.execute(db)
}

async function createThrottles(db: Kysely<unknown>, schema: string): Promise<void> {
  const s = sql.id(schema)
  await sql`create table ${s}.throttles (
    key bytea primary key check (octet_length(key) = 32),
    hits integer not null,
    blocked_until timestamptz not null,
    expires_at timestamptz not null
  )`.execute(db)
  await sql`create index throttles_expires on ${s}.throttles (expires_at)`.execute(db)
}
