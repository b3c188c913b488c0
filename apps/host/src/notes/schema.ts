/** The table of the product: notes that belong to a user, in a schema of its own beside sigra's. */
import { type Generated, type Kysely, sql } from 'kysely'

/** The schema the product keeps its own tables in. */
export const notesSchema = 'notes'

/** The tables of schema `notes`. */
export interface NotesTables {
  notes: {
    id: string
    user_id: string
    text: string
    created_at: Generated<Date>
  }
}

/**
 * Creates what is missing; safe when two processes start together, because the second waits for the first.
 * It runs after sigra's own migrations, whose users the notes belong to.
 */
export async function migrateNotes(db: Kysely<NotesTables>): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('notes.schema'))`.execute(tx)
    await sql`create schema if not exists notes`.execute(tx)
    await sql`
      create table if not exists notes.notes (
        id uuid primary key,
        user_id uuid not null references sigra.users (id) on delete cascade,
        text text not null check (length(text) between 1 and 2000),
        created_at timestamptz not null default now()
      )`.execute(tx)
    await sql`create index if not exists notes_of_user on notes.notes (user_id, created_at desc, id)`.execute(tx)
  })
}
