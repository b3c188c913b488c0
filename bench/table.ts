/** Prints what was measured: one table for each store, with a legend. */
import type { Measured } from './measure.js'
import type { Usage } from './usage.js'

/** Everything that is printed about one store. */
export interface Report {
  readonly store: string
  readonly connections: number
  readonly rounds: number
  readonly seconds: number
  readonly measured: readonly Measured[]
  readonly signatures: { readonly sign: number; readonly verify: number }
  readonly memory: { readonly before: Usage; readonly after: Usage }
}

const HEADINGS = [
  '',
  'rate/s',
  'of floor',
  'of peer',
  'p50 ms',
  'p99 ms',
  'CPU µs',
  'DB CPU µs',
  'round trips',
  'commits',
]

/** Writes one store's table as lines of text. */
export function renderReport(report: Report): string {
  const { measured, memory, signatures } = report
  const rows = measured.map((one) => rowOf(one, measured))
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
  const heading = line(HEADINGS)
  return [
    `${report.store} · ${report.connections} connections · medians of ${report.rounds} rounds of ${report.seconds} s`,
    '',
    heading,
    '─'.repeat(heading.length),
    ...rows.map(line),
    '',
    `one ES256 signature ${signatures.sign.toFixed(1)} µs CPU, one verification ${signatures.verify.toFixed(1)} µs`,
    `memory of the server: ${megabytes(memory.before.rssBytes)} at start, ${megabytes(memory.after.rssBytes)} after the load (heap ${megabytes(memory.after.heapBytes)})`,
  ].join('\n')
}

/** The legend below the tables. */
export const legend = `of floor      rate divided by the rate of its floor in the same rounds: hono for what asks no database, and otherwise
              the same statements, recorded and sent again by pg alone behind node:http
of peer       rate divided by the rate of oidc-provider 9.13.3 doing the same on the same PostgreSQL, in the same rounds
CPU           user and system time of the server process per operation, least of the rounds; on PGlite the database runs in that process, on PostgreSQL its
              processes stand in the column DB CPU; the load generator is a third process and is not counted
round trips   statements sent, begin and commit included: of the library, then "+ n session" for sigra's middleware in
              front of it, then "+ n host" for what the host's own resolver read to answer
commits       transactions that wrote, counted as transaction ids that PostgreSQL gave out; a read takes none`

function rowOf(one: Measured, all: readonly Measured[]): string[] {
  const floor = all.find((other) => other.name === one.floor)
  const peer = all.find((other) => other.name === one.peer)
  return [
    one.title,
    Math.round(one.rate).toLocaleString('en'),
    floor ? `${Math.round((100 * one.rate) / floor.rate)} %` : '',
    peer ? `${(one.rate / peer.rate).toFixed(1)} ×` : '',
    one.p50.toFixed(2),
    one.p99.toFixed(2),
    one.cpu.toFixed(0),
    one.databaseCpu === null ? '' : one.databaseCpu.toFixed(0),
    tripsOf(one),
    one.cost ? round(one.cost.commits) : '',
  ]
}

function tripsOf({ cost }: Measured): string {
  if (!cost) return ''
  const parts = [round(cost.ownTrips)]
  if (cost.sessionTrips > 0) parts.push(`${round(cost.sessionTrips)} session`)
  if (cost.hostTrips > 0) parts.push(`${round(cost.hostTrips)} host`)
  return parts.join(' + ')
}

function round(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1)
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`
}
