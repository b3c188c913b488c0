/** The API other apps call with an access token: read notes, add one; JSON in and out. */
import { Hono } from 'hono'
import { z } from 'zod'
import { readBody } from '../limited-body.js'
import { lockspire } from '../oauth.js'
import { notesDb } from './db.js'
import { addNote, listNotes, type Note, parseNoteText } from './repository.js'

/** `/api/notes`; a refusal is `{ error, error_description }`. */
export const notesApi = new Hono()

const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

const maxBodyBytes = 32 * 1024

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

notesApi.post('/api/notes', lockspire.requireAccessToken({ scope: 'notes:write' }), async (c) => {
  const parsed = await readNote(c.req.raw)
  if ('error' in parsed)
    return c.json({ error: parsed.error, error_description: parsed.description }, parsed.status, headers)
  return c.json(wire(await addNote(notesDb, c.var.accessToken.subject, parsed.text)), 201, headers)
})

interface Refusal {
  readonly status: 400 | 413 | 415 | 422
  readonly error: string
  readonly description: string
}

async function readNote(request: Request): Promise<{ readonly text: string } | Refusal> {
  if (!/^application\/json(;\s*charset="?utf-8"?)?$/i.test(request.headers.get('content-type') ?? '')) {
    return { status: 415, error: 'unsupported_media_type', description: 'send application/json' }
  }
  const bytes = await readBody(request, maxBodyBytes)
  if (bytes === null) return { status: 413, error: 'too_large', description: 'the body is larger than 32 KiB' }
  const value = parseJson(bytes)
  if (value === undefined) return { status: 400, error: 'malformed', description: 'the body is not JSON in UTF-8' }
  const note = newNote.safeParse(value)
  if (note.success) return note.data
  return { status: 422, error: 'invalid_note', description: note.error.issues[0]?.message ?? 'not a note' }
}

function wire(note: Note): { id: string; text: string; created_at: string } {
  return { id: note.id, text: note.text, created_at: note.createdAt.toISOString() }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return value
  } catch {
    return undefined
  }
}
