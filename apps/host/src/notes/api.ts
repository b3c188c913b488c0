/** The API other apps call with an access token: read notes, add one; JSON in and out. */
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { lockspire } from '../oauth.js'
import { notesDb } from './db.js'
import { addNote, listNotes, type Note, parseNoteText } from './repository.js'

/** `/api/notes`; a refusal is `{ error, error_description }`. */
export const notesApi = new Hono()

const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

const newNote = z.strictObject({
  text: z.string().transform((text, context) => {
    const parsed = parseNoteText(text)
    if (parsed !== null) return parsed
    context.addIssue({ code: 'custom', message: 'text must have 1 to 2000 characters' })
    return z.NEVER
  }),
})

notesApi.get('/api/notes', lockspire.requireAccessToken({ scope: 'notes:read' }), async (c) => {
  const notes = await listNotes(notesDb, c.var.accessToken.subject)
  return c.json({ notes: notes.map(wire) }, 200, headers)
})

notesApi.post(
  '/api/notes',
  lockspire.requireAccessToken({ scope: 'notes:write' }),
  bodyLimit({
    maxSize: 32 * 1024,
    onError: (c) => c.json(refusal('too_large', 'the body is larger than 32 KiB'), 413, headers),
  }),
  async (c) => {
    if (!/^application\/json(;\s*charset="?utf-8"?)?$/i.test(c.req.header('content-type') ?? '')) {
      return c.json(refusal('unsupported_media_type', 'send application/json'), 415, headers)
    }
    const body = parseJson(await c.req.arrayBuffer())
    if (body === undefined) return c.json(refusal('malformed', 'the body is not JSON in UTF-8'), 400, headers)
    const parsed = newNote.safeParse(body)
    if (!parsed.success)
      return c.json(refusal('invalid_note', parsed.error.issues[0]?.message ?? 'not a note'), 422, headers)
    return c.json(wire(await addNote(notesDb, c.var.accessToken.subject, parsed.data.text)), 201, headers)
  },
)

function wire(note: Note): { id: string; text: string; created_at: string } {
  return { id: note.id, text: note.text, created_at: note.createdAt.toISOString() }
}

function refusal(error: string, description: string): { error: string; error_description: string } {
  return { error, error_description: description }
}

function parseJson(bytes: ArrayBuffer): unknown {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return value
  } catch {
    return undefined
  }
}
