/** The product's own view of the database. */
import { database } from '../database.js'
import { type NotesTables, notesSchema } from './schema.js'

/** Schema `notes`. */
export const notesDb = database.view<NotesTables>(notesSchema)
