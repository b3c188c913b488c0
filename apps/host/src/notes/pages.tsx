/** The page of a user's own notes: read, add, delete; forms only, no script. */
import type { Note } from './repository.js'

/** The list with the form above it; `problem` says why the last text was not kept. */
export function NotesPage({ notes, problem, draft }: { notes: readonly Note[]; problem?: string; draft?: string }) {
  return (
    <>
      <h1>Your notes</h1>
      {problem === undefined ? null : (
        <p class="notice error" role="alert" id="problem">
          {problem}
        </p>
      )}
      <form class="card" method="post" action="/notes">
        <div>
          <label for="text">New note</label>
          <textarea
            id="text"
            name="text"
            maxlength={2000}
            required
            aria-describedby={problem === undefined ? 'text-hint' : 'problem text-hint'}
          >
            {draft ?? ''}
          </textarea>
          <p class="hint" id="text-hint">
            Up to 2,000 characters.
          </p>
        </div>
        <div class="actions">
          <button class="button" type="submit">
            Add note
          </button>
        </div>
      </form>
      <section class="card" aria-label="Notes">
        {notes.length === 0 ? (
          <p class="muted">No notes yet. The first one appears here.</p>
        ) : (
          <NoteList notes={notes} />
        )}
      </section>
    </>
  )
}

function NoteList({ notes }: { notes: readonly Note[] }) {
  return (
    <ul class="notes">
      {notes.map((note) => (
        <li>
          <div>
            <p class="note-text">{note.text}</p>
            <p class="muted">
              <time datetime={note.createdAt.toISOString()}>{writtenAt(note.createdAt)}</time>
            </p>
          </div>
          <form method="post" action={`/notes/${note.id}/delete`}>
            <button class="button quiet" type="submit" aria-label={`Delete note: ${note.text.slice(0, 40)}`}>
              Delete
            </button>
          </form>
        </li>
      ))}
    </ul>
  )
}

const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

function writtenAt(at: Date): string {
  return `${format.format(at)} UTC`
}
