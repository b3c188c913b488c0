/** `npm run bench`: starts the servers, the floors and the load generator, measures in turns, prints a table, and stops. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'

import { startProcess } from './channel.js'
import type { FloorApi } from './floor.js'
import type { LoadApi } from './load.js'
import { measureScenarios, prepareScenario, teachFloor } from './measure.js'
import type { Bench } from './measure.js'
import { parseOptions, usageText } from './options.js'
import type { BenchOptions } from './options.js'
import type { PeerApi } from './peer.js'
import { startPostgres } from './postgres.js'
import type { PostgresServer } from './postgres.js'
import { scenarioNamed, scenarios } from './scenarios/all.js'
import type { Scenario } from './scenarios/scenario.js'
import { legend, renderReport } from './table.js'
import type { Report } from './table.js'
import type { TargetApi } from './target.js'

const POOL_SIZE = 10

/** Everything that runs, the last started first, so that a failure or a signal ends all of it. */
const started: { close(): Promise<void> }[] = []

async function benchStore(store: 'pglite' | 'postgres', options: BenchOptions): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  try {
    const postgres = store === 'postgres' ? await startPostgres() : null
    if (postgres) started.unshift(postgres)
    const bench = await startBench(postgres, { folder, options })
    const before = await bench.target.ask('usage', null)
    const measured = await measureStore(bench, options, store)
    return {
      store: postgres
        ? `PostgreSQL ${postgres.version}`
        : 'PGlite (in the server process, every commit synced to disk)',
      connections: options.connections,
      rounds: options.rounds,
      seconds: options.seconds,
      measured,
      signatures: await bench.floor.ask('signatures', null),
      memory: { before, after: await bench.target.ask('usage', null) },
    }
  } finally {
    await closeStarted()
    await rm(folder, { recursive: true, force: true })
  }
}

async function closeStarted(): Promise<void> {
  for (const one of started.splice(0)) await one.close()
}

interface Place {
  readonly folder: string
  readonly options: BenchOptions
}

async function startBench(postgres: PostgresServer | null, { folder, options }: Place): Promise<Bench> {
  const target = startProcess<TargetApi>('./target.ts')
  const floor = startProcess<FloorApi>('./floor.ts')
  const load = startProcess<LoadApi>('./load.ts')
  started.unshift(load, floor, target)
  const postgresUrl = postgres?.url ?? null
  const { connections, replaceGlobals } = options
  const seed = await target.ask('start', {
    postgresUrl,
    dataDir: folder,
    poolSize: POOL_SIZE,
    replaceGlobals,
    people: connections,
  })
  const { origin } = await floor.ask('start', { postgresUrl, poolSize: POOL_SIZE })
  const peer = postgres === null ? null : startProcess<PeerApi>('./peer.ts')
  if (peer) started.unshift(peer)
  const peerStarted = await peer?.ask('start', { ...seed, postgresUrl: postgres?.url ?? '', poolSize: POOL_SIZE })
  return {
    target,
    floor,
    load,
    peer,
    postgres,
    seed: { ...seed, floor: origin, peer: peerStarted?.origin ?? null },
    connections,
  }
}

async function measureStore(bench: Bench, options: BenchOptions, store: string): Promise<Report['measured']> {
  const prepared = []
  for (const scenario of chosenScenarios(bench, options)) {
    process.stderr.write(`  preparing ${scenario.title}\n`)
    if (scenario.records) await teachFloor(bench, scenario.records)
    prepared.push({ scenario, cost: await prepareScenario(bench, scenario) })
  }
  process.stderr.write(
    `  measuring for about ${Math.ceil(prepared.length * options.rounds * (options.seconds + 0.25))} s\n`,
  )
  if (options.profile === null) return measureScenarios(bench, prepared, options)
  await bench.target.ask('profile', { file: null })
  const measured = await measureScenarios(bench, prepared, options)
  await bench.target.ask('profile', { file: join(options.profile, `${store}.cpuprofile`) })
  return measured
}

function chosenScenarios(bench: Bench, { only }: BenchOptions): Scenario[] {
  const named = only.map(scenarioNamed)
  const wanted = new Set(named.flatMap(({ name, floor = name, peer = name }) => [name, floor, peer]))
  return scenarios.filter((scenario) => {
    const needsPostgres = scenario.server === 'peer' || scenario.records !== undefined
    return (named.length === 0 || wanted.has(scenario.name)) && (bench.postgres !== null || !needsPostgres)
  })
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) {
    console.log(usageText)
    return
  }
  const reports: Report[] = []
  for (const store of options.stores) {
    process.stderr.write(`${store}\n`)
    const report = await benchStore(store, options)
    reports.push(report)
    console.log(`\n${renderReport(report)}\n`)
  }
  console.log(legend)
  const machine = { node: process.version, processors: cpus().length, model: cpus()[0]?.model ?? 'unknown' }
  console.log(
    `\nNode ${machine.node} · ${machine.processors} processors · ${machine.model} · all of it on the loopback interface`,
  )
  if (options.json !== null)
    await writeFile(options.json, `${JSON.stringify({ at: new Date(), machine, reports }, null, 2)}\n`)
}

let isInterrupted = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    isInterrupted = true
    void closeStarted().finally(() => process.exit(1))
  })
}
try {
  await main()
} catch (error) {
  // What was asked of a process that the interruption ended is no news.
  if (!isInterrupted) throw error
}
