/** The first tables: clients, interactions, consents, codes, grants, refresh and access tokens, signing keys, jobs and audit. */
import { sql, type Kysely } from 'kysely'

import { createAuditTable } from '#base/audit-log.js'
import { createJobsTable } from '#base/jobs.js'

/** Makes every table of the first release inside the schema. */
export async function first(db: Kysely<unknown>, schema: string): Promise<void> {
  for (const text of tables) await sql.raw(text.replaceAll('$schema', `"${schema}"`)).execute(db)
  await createJobsTable(db, schema)
  await createAuditTable(db, schema)
}

const tables = [
  `create table $schema.clients (
    id uuid primary key,
    client_id text not null unique check (length(client_id) between 1 and 255),
    name text not null,
    kind text not null check (kind in ('public', 'confidential')),
    auth_method text not null check (auth_method in ('none', 'client_secret_basic', 'client_secret_post')),
    secret_hash bytea check (octet_length(secret_hash) = 32),
    redirect_uris text[] not null check (cardinality(redirect_uris) > 0),
    scopes text[] not null,
    grant_types text[] not null,
    access_token_format text check (access_token_format in ('jwt', 'opaque')),
    created_at timestamptz not null,
    disabled_at timestamptz,
    check ((kind = 'public') = (auth_method = 'none')),
    check ((kind = 'public') = (secret_hash is null))
  )`,
  `create table $schema.interactions (
    id uuid primary key,
    browser_hash bytea not null check (octet_length(browser_hash) = 32),
    client_id uuid not null references $schema.clients (id) on delete cascade,
    request jsonb not null,
    subject text,
    authenticate_after timestamptz,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    log_in_redirects integer not null default 0,
    ended_at timestamptz,
    outcome text check (outcome in ('allowed', 'denied', 'failed')),
    check ((ended_at is null) = (outcome is null))
  )`,
  `create index interactions_expire on $schema.interactions (expires_at)`,
  `create index interactions_client on $schema.interactions (client_id)`,
  `create table $schema.consents (
    id uuid primary key,
    client_id uuid not null references $schema.clients (id) on delete cascade,
    subject text not null,
    scopes text[] not null,
    resources text[] not null,
    remembered boolean not null,
    granted_at timestamptz not null,
    revoked_at timestamptz
  )`,
  `create unique index consents_one_remembered on $schema.consents (client_id, subject) where remembered and revoked_at is null`,
  `create index consents_subject on $schema.consents (subject, granted_at desc)`,
  `create table $schema.authorization_codes (
    id uuid primary key,
    code_hash bytea not null unique check (octet_length(code_hash) = 32),
    grant_id uuid not null unique,
    client_id uuid not null references $schema.clients (id) on delete cascade,
    consent_id uuid not null references $schema.consents (id) on delete cascade,
    interaction_id uuid unique,
    subject text not null,
    redirect_uri text not null,
    scopes text[] not null,
    resources text[] not null,
    code_challenge text not null check (length(code_challenge) = 43),
    nonce text,
    auth_time_asked boolean not null,
    authenticated_at timestamptz,
    methods text[],
    level text,
    session_id text,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    spent_at timestamptz
  )`,
  `create index authorization_codes_expire on $schema.authorization_codes (expires_at)`,
  `create index authorization_codes_client on $schema.authorization_codes (client_id)`,
  `create index authorization_codes_consent on $schema.authorization_codes (consent_id)`,
  `create table $schema.grants (
    id uuid primary key,
    client_id uuid not null references $schema.clients (id) on delete cascade,
    consent_id uuid not null references $schema.consents (id) on delete cascade,
    subject text not null,
    scopes text[] not null,
    resources text[] not null,
    authenticated_at timestamptz,
    methods text[],
    level text,
    session_id text,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    revoked_reason text,
    check ((revoked_at is null) = (revoked_reason is null))
  )`,
  `create index grants_client on $schema.grants (client_id)`,
  `create index grants_consent on $schema.grants (consent_id)`,
  `create index grants_subject on $schema.grants (subject, created_at desc)`,
  `create index grants_expire on $schema.grants (expires_at)`,
  `create table $schema.refresh_tokens (
    id uuid primary key,
    token_hash bytea not null unique check (octet_length(token_hash) = 32),
    grant_id uuid not null references $schema.grants (id) on delete cascade,
    generation integer not null check (generation >= 0),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    spent_at timestamptz,
    unique (grant_id, generation)
  )`,
  `create unique index refresh_tokens_one_live on $schema.refresh_tokens (grant_id) where spent_at is null`,
  `create index refresh_tokens_expire on $schema.refresh_tokens (expires_at)`,
  `create table $schema.access_tokens (
    id uuid primary key,
    token_hash bytea not null unique check (octet_length(token_hash) = 32),
    grant_id uuid not null references $schema.grants (id) on delete cascade,
    scopes text[] not null,
    resources text[] not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
  )`,
  `create index access_tokens_grant on $schema.access_tokens (grant_id)`,
  `create index access_tokens_expire on $schema.access_tokens (expires_at)`,
  `create table $schema.signing_keys (
    id uuid primary key,
    kid text not null unique,
    algorithm text not null check (algorithm in ('ES256')),
    public_jwk jsonb not null,
    sealed_private_key bytea not null,
    created_at timestamptz not null,
    activated_at timestamptz,
    deactivated_at timestamptz,
    retired_at timestamptz,
    check (activated_at is null or (deactivated_at is null and retired_at is null))
  )`,
  `create unique index signing_keys_one_active on $schema.signing_keys ((true)) where activated_at is not null and retired_at is null`,
]
