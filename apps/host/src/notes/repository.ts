/** Reads and writes notes; every statement names the user, so nobody reaches another's. */
import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { NotesTables } from './schema.js'

/** One note as pages and the API show it. */
export interface Note {
  readonly id: string
  readonly text: string
  readonly createdAt: Date
}

/** How many notes one list shows. */
export const listLimit = 100

/** The user's newest notes, newest first. */
export async function listNotes(db: Kysely<NotesTables>, userId: string): Promise<Note[]> {
  const rows = await db
    .selectFrom('notes')
    .select(['id', 'text', 'created_at'])
    .where('user_id', '=', userId)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(listLimit)
    .execute()
  return rows.map((row) => ({ id: row.id, text: row.text, createdAt: row.created_at }))
}

/** Keeps a text that `parseNoteText` accepted. */
export async function addNote(db: Kysely<NotesTables>, userId: string, text: string): Promise<Note> {
  const row = await db
    .insertInto('notes')
    .values({ id: randomUUID(), user_id: userId, text })
    .returning(['id', 'text', 'created_at'])
    .executeTakeFirstOrThrow()
  return { id: row.id, text: row.text, createdAt: row.created_at }
}

/** Deletes one note of this user; a foreign or missing one changes nothing and answers false. */
export async function deleteNote(db: Kysely<NotesTables>, userId: string, noteId: string): Promise<boolean> {
  const result = await db.deleteFrom('notes').where('user_id', '=', userId).where('id', '=', noteId).executeTakeFirst()
  return result.numDeletedRows === 1n
}

/** A note's text: trimmed, 1 to 2000 characters, no NUL; null when it is not one. */
export function parseNoteText(text: string): string | null {
  const trimmed = text.replaceAll('\r\n', '\n').trim()
  // PostgreSQL counts characters, JavaScript counts UTF-16 units.
  const length = [...trimmed].length
  return length >= 1 && length <= 2000 && !/\p{Surrogate}/u.test(trimmed) && !trimmed.includes('\0') ? trimmed : null
}

/** A note's id as a path carries it; null when it is not a UUID. */
export function parseNoteId(text: string): string | null {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text) ? text : null
}
