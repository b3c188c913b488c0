/** Notes the statements that a process sends through `pg`, so that the same ones can be sent again without the libraries. */
import pg from 'pg'

/** One statement with its values and what came back. */
export interface RecordedStatement {
  readonly text: string
  readonly values: readonly unknown[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly affected: number
  readonly at: Date
}

/** A recorder that is off until it is started. */
export interface Recording {
  start(): void
  /** Answers what was sent since the start, in order. */
  stop(): RecordedStatement[]
}

interface QueryAnswer {
  readonly rows?: readonly Readonly<Record<string, unknown>>[]
  readonly rowCount?: number | null
}

/** Puts a recorder between every `pg` client of this process and its connection. */
export function recordStatements(): Recording {
  let taken: RecordedStatement[] | null = null
  const original = pg.Client.prototype.query as (...parameters: unknown[]) => unknown
  const recorded = function (this: unknown, ...parameters: unknown[]): unknown {
    const answer = original.apply(this, parameters)
    const into = taken
    if (into === null || !(answer instanceof Promise)) return answer
    const statement = statementOf(parameters)
    const at = new Date()
    return answer.then((result: QueryAnswer) => {
      into.push({ ...statement, rows: result.rows ?? [], affected: result.rowCount ?? 0, at })
      return result
    })
  }
  Object.defineProperty(pg.Client.prototype, 'query', { value: recorded, configurable: true, writable: true })
  return {
    start() {
      taken = []
    },
    stop() {
      const all = taken ?? []
      taken = null
      return all
    },
  }
}

function statementOf([first, second]: readonly unknown[]): { text: string; values: readonly unknown[] } {
  if (typeof first === 'string') return { text: first, values: Array.isArray(second) ? (second as unknown[]) : [] }
  const query = first as { text?: string; values?: unknown[] }
  return { text: query.text ?? '', values: query.values ?? [] }
}
