/** The pages of a user's notes: list, add, delete, for the person who is logged in. */
import { type Context, Hono } from 'hono'
import type { UserEnv } from 'sigra'
import { sigra } from '../auth.js'
import { environment } from '../env.js'
import { readForm } from '../limited-body.js'
import { pageHeaders, renderPage } from '../pages/layout.js'
import { isSameOrigin } from '../same-origin.js'
import { notesDb } from './db.js'
import { NotesPage } from './pages.js'
import { addNote, deleteNote, listNotes, parseNoteId, parseNoteText } from './repository.js'

type NotesContext = Context<UserEnv>

const maxFormBytes = 32 * 1024

/** `/notes` and the forms on it. */
export const notesRoutes = new Hono<UserEnv>()

notesRoutes.use('/notes/*', sigra.requireUser(), async (c, next) => {
  if (c.req.method === 'GET' || c.req.method === 'HEAD' || isSameOrigin(c.req.raw, environment.baseUrl)) return next()
  return c.text('Refused: this form was not sent from this product.', 403)
})

notesRoutes.get('/notes', (c) => answerList(c, 200))

notesRoutes.post('/notes', async (c) => {
  const draft = (await readForm(c.req.raw, maxFormBytes))?.get('text') ?? ''
  const text = parseNoteText(draft)
  if (text === null) return answerList(c, 422, draft)
  await addNote(notesDb, c.var.currentScope.user.id, text)
  return c.redirect('/notes', 303)
})

notesRoutes.post('/notes/:id/delete', async (c) => {
  const id = parseNoteId(c.req.param('id'))
  if (id === null || !(await deleteNote(notesDb, c.var.currentScope.user.id, id))) return c.notFound()
  return c.redirect('/notes', 303)
})

async function answerList(c: NotesContext, status: 200 | 422, draft?: string): Promise<Response> {
  const notes = await listNotes(notesDb, c.var.currentScope.user.id)
  const body =
    draft === undefined ? (
      <NotesPage notes={notes} />
    ) : (
      <NotesPage notes={notes} draft={draft} problem="A note needs 1 to 2,000 characters." />
    )
  const visitor = { email: c.var.currentScope.user.email, production: environment.production }
  return c.html(await renderPage(visitor, 'Your notes', body), status, pageHeaders)
}
