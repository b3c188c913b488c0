/** Looks for secrets where none may be: in every table of a database and in what programs printed. */
import { createHash } from 'node:crypto'

import { sql } from 'kysely'

import type { Database } from '#base/database.js'

/** A secret that was issued or typed, by a name that may be printed. */
export interface KnownSecret {
  readonly name: string
  readonly text: string
}

/** Everything the database holds, one text for each column of each row. */
export interface Dump {
  readonly tables: number
  readonly cells: readonly { readonly place: string; readonly text: string }[]
}

/** Reads every table of every schema but PostgreSQL's own. */
export async function dumpDatabase(database: Database): Promise<Dump> {
  const db = database.view('public')
  const tables = await sql<{ schema: string; name: string }>`
    select table_schema as schema, table_name as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`.execute(db)
  const cells: { place: string; text: string }[] = []
  for (const { schema, name } of tables.rows) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.id(schema, name)}`.execute(db)
    for (const row of rows) {
      for (const [column, value] of Object.entries(row))
        cells.push({ place: `${schema}.${name}.${column}`, text: cellText(value) })
    }
  }
  return { tables: tables.rows.length, cells }
}

/** A value in every spelling in which somebody could read a secret out of it. */
function cellText(value: unknown): string {
  if (value === null || value instanceof Date) return ''
  if (Buffer.isBuffer(value)) {
    return (['latin1', 'hex', 'base64', 'base64url'] as const).map((encoding) => value.toString(encoding)).join(' ')
  }
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Names the secrets that occur in a text, in clear, encoded, or as the plain hash of something short. */
export function secretsIn(text: string, secrets: readonly KnownSecret[]): string[] {
  return secrets
    .filter((secret) => spellings(secret.text).some((spelling) => occurs(text, spelling)))
    .map((secret) => secret.name)
}

function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const found = [
    secret,
    encodeURIComponent(secret),
    bytes.toString('hex'),
    bytes.toString('base64url'),
    trimmedBase64(bytes),
  ]
  // The random part after a kind prefix, as the bytes it stands for.
  const random = secret.match(/[\w-]{43}$/)?.[0]
  if (random !== undefined) {
    const raw = Buffer.from(random, 'base64url')
    found.push(random, raw.toString('hex'), trimmedBase64(raw))
  }
  // A code of a few digits is found again from its plain hash in no time.
  if (isShort(secret))
    found.push(...['sha1', 'sha256', 'md5'].map((algorithm) => createHash(algorithm).update(secret).digest('hex')))
  return found
}

function trimmedBase64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '').slice(0, -1)
}

function isShort(text: string): boolean {
  return text.length < 12
}

/** Six digits happen inside longer numbers by chance, so that short texts must stand alone. */
function occurs(text: string, spelling: string): boolean {
  if (spelling.length < 6) return false
  if (!isShort(spelling)) return text.includes(spelling)
  return new RegExp(`(?<![\\w.])${spelling.replaceAll(/\W/g, String.raw`\$&`)}(?![\\w])`).test(text)
}
