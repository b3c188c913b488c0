/** What the command lines of both libraries print, and how failures are told. */
import { ConfigurationError, Fault } from './fault.js'

/** The terminal of one run, so that tests can hold it. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** One line of result. */
  out(line: string): void
  /** One line about what went wrong or comes next. */
  err(line: string): void
}

/** One answer in two shapes: aligned lines for people, one JSON object for programs. */
export function printAnswer(terminal: Terminal, isJson: boolean, answer: Readonly<Record<string, unknown>>): void {
  if (isJson) {
    terminal.out(JSON.stringify(answer))
    return
  }
  const width = Math.max(...Object.keys(answer).map((name) => name.length))
  for (const [name, value] of Object.entries(answer)) terminal.out(`${name.padEnd(width)}  ${asText(value)}`)
}

/** A list in two shapes: a table for people, one JSON array for programs. */
export function printList(
  terminal: Terminal,
  isJson: boolean,
  rows: readonly Readonly<Record<string, unknown>>[],
): void {
  if (isJson) {
    terminal.out(JSON.stringify(rows))
    return
  }
  const names = Object.keys(rows[0] ?? {})
  const table = [names, ...rows.map((row) => names.map((name) => asText(row[name])))]
  const widths = names.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  for (const row of table)
    terminal.out(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}

/** Tells a failure of a command without a stack: these are for the operator, not for us. */
export function printFailure(terminal: Terminal, command: string, isJson: boolean, error: unknown): void {
  const problems = error instanceof ConfigurationError ? error.problems : [reasonOf(error)]
  if (isJson) terminal.err(JSON.stringify({ error: problems.join('; '), problems }))
  else for (const problem of problems) terminal.err(`${command}: ${problem}`)
}

function reasonOf(error: unknown): string {
  if (error instanceof Fault) return error.message
  // A driver's message may hold the address with its password; its code never does.
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    return `the database cannot be used (${error.code})`
  return error instanceof Error ? error.message : 'something unexpected happened'
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return '-'
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(asText).join(' ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
