/** What can be asked of `npm run bench` on the command line. */
import { parseArgs } from 'node:util'

/** The options of one run. */
export interface BenchOptions {
  readonly stores: readonly ('pglite' | 'postgres')[]
  /** Length of one round of one scenario. */
  readonly seconds: number
  readonly rounds: number
  readonly connections: number
  /** Names of scenarios; empty for all. */
  readonly only: readonly string[]
  /** Where the numbers are written as JSON; null for nowhere. */
  readonly json: string | null
  /** Folder for a processor profile of the target; null for none. */
  readonly profile: string | null
  /** Serves with the adapter's own `Response` instead of the process's. */
  readonly replaceGlobals: boolean
  readonly help: boolean
}

/** The text of `--help`. */
export const usageText = `npm run bench -- [options]
  --store pglite|postgres|both   default both
  --seconds N                    length of one round of one scenario, default 1.5
  --rounds N                     rounds, taken in turns by all scenarios, default 3
  --connections N                connections of the load generator, default 16
  --only NAME                    one scenario; may be given several times
  --replace-globals              serves with the adapter's own Response (serveNode's replaceGlobals)
  --json FILE                    also writes the numbers as JSON
  --profile FOLDER               also writes a processor profile of the server there`

/** Reads the command line; throws on what it does not know. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      store: { type: 'string', default: 'both' },
      seconds: { type: 'string', default: '1.5' },
      rounds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '16' },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      profile: { type: 'string' },
      'replace-globals': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.store !== 'pglite' && values.store !== 'postgres' && values.store !== 'both') {
    throw new Error('--store is pglite, postgres or both')
  }
  return {
    stores: values.store === 'both' ? ['postgres', 'pglite'] : [values.store],
    seconds: numberBetween('--seconds', values.seconds, { least: 0.1, most: 600 }),
    rounds: numberBetween('--rounds', values.rounds, { least: 1, most: 100 }),
    connections: numberBetween('--connections', values.connections, { least: 1, most: 128 }),
    only: values.only,
    json: values.json ?? null,
    profile: values.profile ?? null,
    replaceGlobals: values['replace-globals'],
    help: values.help,
  }
}

function numberBetween(name: string, text: string, limits: { least: number; most: number }): number {
  const value = Number(text)
  if (!(value >= limits.least && value <= limits.most))
    throw new Error(`${name} is a number from ${limits.least} to ${limits.most}`)
  return value
}
