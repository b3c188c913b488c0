/**
 * Learns from recorded operations how each value of their statements comes about, and sends the same statements again.
 *
 * A value is "constant" if every operation had it, "read" if an earlier row of the same operation held it, "repeated"
 * if an earlier value of it did, "carried" if the operation before had made it, and otherwise "made": a random value or
 * a moment of the same form. This is enough to follow a chain of rotating tokens without knowing a single column.
 */
import { randomBytes, randomUUID } from 'node:crypto'

import type { RecordedStatement } from './recording.js'

/** One operation: its statements in order. */
export type RecordedOperation = readonly RecordedStatement[]

/** Where a value comes from. */
type Source =
  | { readonly kind: 'constant'; readonly value: unknown }
  | { readonly kind: 'read'; readonly statement: number; readonly column: string }
  | { readonly kind: 'repeated' | 'carried'; readonly statement: number; readonly value: number }
  | { readonly kind: 'made'; readonly like: unknown; readonly at: Date }

/** A statement whose values are known by their sources. */
interface LearnedStatement {
  readonly text: string
  readonly sources: readonly Source[]
  readonly affected: number
}

/** Sends one statement; answers its rows and how many there were or were changed. */
export type SendStatement = (
  text: string,
  values: unknown[],
) => Promise<{ rows: readonly Readonly<Record<string, unknown>>[]; affected: number }>

function learnOperation(operations: readonly RecordedOperation[]): LearnedStatement[] {
  const last = operations.at(-1)
  const before = operations.at(-2)
  if (!last || !before || operations.length < 3) throw new Error('three operations are needed to learn from')
  for (const operation of operations) {
    if (operation.length !== last.length || operation.some((one, at) => one.text !== last[at]?.text)) {
      throw new Error('the operations did not send the same statements')
    }
  }
  return last.map((statement, at) => ({
    text: statement.text,
    affected: statement.affected,
    sources: statement.values.map((value, index) => sourceOf(value, { operations, last, before, at, index })),
  }))
}

interface Place {
  readonly operations: readonly RecordedOperation[]
  readonly last: RecordedOperation
  readonly before: RecordedOperation
  readonly at: number
  readonly index: number
}

function sourceOf(value: unknown, place: Place): Source {
  const wanted = identityOf(value)
  if (place.operations.every((one) => identityOf(one[place.at]?.values[place.index]) === wanted))
    return { kind: 'constant', value }
  for (let statement = 0; statement < place.at; statement += 1) {
    const row = place.last[statement]?.rows[0] ?? {}
    const column = Object.keys(row).find((name) => identityOf(row[name]) === wanted)
    if (column !== undefined) return { kind: 'read', statement, column }
  }
  const repeated = findValue(place.last, wanted, place)
  if (repeated) return { kind: 'repeated', ...repeated }
  const carried = findValue(place.before, wanted, null)
  if (carried) return { kind: 'carried', ...carried }
  return { kind: 'made', like: value, at: place.last[place.at]?.at ?? new Date() }
}

/** Finds where an operation used a value; with an end, only what was used before that place. */
function findValue(
  operation: RecordedOperation,
  wanted: string,
  end: Place | null,
): { statement: number; value: number } | null {
  for (const [statement, one] of operation.entries()) {
    for (const [value, candidate] of one.values.entries()) {
      if (end && (statement > end.at || (statement === end.at && value >= end.index))) return null
      if (identityOf(candidate) === wanted) return { statement, value }
    }
  }
  return null
}

function identityOf(value: unknown): string {
  if (value instanceof Uint8Array) return `bytes:${Buffer.from(value).toString('hex')}`
  if (value instanceof Date) return `date:${value.getTime()}`
  return `${typeof value}:${JSON.stringify(value)}`
}

/**
 * Goes on where recorded operations ended, each call one operation; faults when a statement touches another number of
 * rows than it did for the libraries.
 */
export function replayChain(operations: readonly RecordedOperation[]): (send: SendStatement) => Promise<void> {
  const learned = learnOperation(operations)
  let carried: readonly (readonly unknown[])[] = (operations.at(-1) ?? []).map((statement) => statement.values)
  return async (send) => {
    const made: unknown[][] = []
    const rows: (Readonly<Record<string, unknown>> | undefined)[] = []
    for (const statement of learned) {
      const values: unknown[] = []
      made.push(values)
      for (const source of statement.sources) values.push(valueOf(source, { carried, made, rows }))
      const answer = await send(statement.text, values)
      if (answer.affected !== statement.affected) {
        throw new Error(
          `a replayed statement touched ${answer.affected} rows instead of ${statement.affected}: ${statement.text}`,
        )
      }
      rows.push(answer.rows[0])
    }
    carried = made
  }
}

interface Known {
  readonly carried: readonly (readonly unknown[])[]
  readonly made: readonly (readonly unknown[])[]
  readonly rows: readonly (Readonly<Record<string, unknown>> | undefined)[]
}

function valueOf(source: Source, known: Known): unknown {
  switch (source.kind) {
    case 'constant':
      return source.value
    case 'read':
      return known.rows[source.statement]?.[source.column]
    case 'repeated':
      return known.made[source.statement]?.[source.value]
    case 'carried':
      return known.carried[source.statement]?.[source.value]
    case 'made':
      return makeLike(source.like, source.at)
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

function makeLike(value: unknown, at: Date): unknown {
  if (value instanceof Uint8Array) return randomBytes(value.length)
  if (value instanceof Date) return new Date(Date.now() + value.getTime() - at.getTime())
  if (typeof value === 'string' && UUID.test(value)) return randomUUID()
  return value
}
