/** Measures: rounds of every scenario in turns, what each operation costs in processor time, round trips and commits. */
import type { Remote } from './channel.js'
import type { FloorApi } from './floor.js'
import type { LoadApi } from './load.js'
import type { PeerApi } from './peer.js'
import type { PostgresServer } from './postgres.js'
import type { RecordedOperation } from './replay.js'
import type { RecordedScenario, Scenario, Seed } from './scenarios/scenario.js'
import type { Tally, TargetApi } from './target.js'
import type { Usage } from './usage.js'

/** The processes of one run on one store. */
export interface Bench {
  readonly target: Remote<TargetApi>
  readonly floor: Remote<FloorApi>
  readonly load: Remote<LoadApi>
  /** On PostgreSQL only. */
  readonly peer: Remote<PeerApi> | null
  readonly postgres: PostgresServer | null
  readonly seed: Seed
  readonly connections: number
}

/** What one operation asks of the database, counted while operations run one after another. */
export interface Cost {
  /** Round trips of the library under test. */
  readonly ownTrips: number
  /** Round trips of the session middleware in front of it. */
  readonly sessionTrips: number
  /** Round trips of the host's own answers to the resolver's questions. */
  readonly hostTrips: number
  /** Transactions that wrote. */
  readonly commits: number
}

/** The medians of a scenario's rounds; of processor time the least, since a busy machine only ever adds to it. */
export interface Measured {
  readonly name: string
  readonly title: string
  readonly floor: string | null
  readonly peer: string | null
  readonly rate: number
  readonly bestRate: number
  readonly p50: number
  readonly p99: number
  /** Processor time of the serving process, microseconds per operation. */
  readonly cpu: number
  /** Processor time of PostgreSQL, microseconds per operation; null where it is part of the serving process or unknown. */
  readonly databaseCpu: number | null
  readonly generatorCpu: number
  /** Null for floors. */
  readonly cost: Cost | null
}

interface Round {
  readonly rate: number
  readonly p50: number
  readonly p99: number
  readonly cpu: number
  readonly databaseCpu: number | null
  readonly generatorCpu: number
}

const WARM_MILLISECONDS = 200
/** Long enough for the server's hot code to be compiled. */
const FIRST_WARM_MILLISECONDS = 1_000
const COUNTED_BATCHES = 7
const COUNTED_OPERATIONS = 5

/** Opens the connections of a scenario, counts what one operation costs, and warms it up. */
export async function prepareScenario(bench: Bench, scenario: Scenario): Promise<Cost | null> {
  const { load, seed, connections } = bench
  await load.ask('open', { key: scenario.name, scenario: scenario.name, connections, seed })
  await load.ask('run', { key: scenario.name, milliseconds: FIRST_WARM_MILLISECONDS })
  return scenario.server === 'floor' ? null : countCost(bench, scenario)
}

/** Medians of several batches, because a job that wakes up in between is not part of the operation. */
async function countCost(bench: Bench, scenario: Scenario): Promise<Cost> {
  const batches: Cost[] = []
  for (let batch = 0; batch < COUNTED_BATCHES; batch += 1) {
    const before = await tallyOf(bench, scenario)
    await bench.load.ask('step', { key: scenario.name, connection: 0, times: COUNTED_OPERATIONS })
    const after = await tallyOf(bench, scenario)
    const each = (pick: (tally: Tally) => number): number => (pick(after) - pick(before)) / COUNTED_OPERATIONS
    batches.push({
      ownTrips: each(({ statements, session, host }) => statements - session - host),
      sessionTrips: each((tally) => tally.session),
      hostTrips: each((tally) => tally.host),
      commits: each((tally) => tally.writes),
    })
  }
  const of = (pick: (cost: Cost) => number): number => medianOf(batches.map(pick))
  return {
    ownTrips: of((cost) => cost.ownTrips),
    sessionTrips: of((cost) => cost.sessionTrips),
    hostTrips: of((cost) => cost.hostTrips),
    commits: of((cost) => cost.commits),
  }
}

async function tallyOf({ peer, target }: Bench, scenario: Scenario): Promise<Tally> {
  if (scenario.server === 'peer' && peer) return { ...(await peer.ask('tally', null)), session: 0, host: 0 }
  return target.ask('tally', null)
}

/** Runs one round of one scenario. */
async function measureRound(bench: Bench, scenario: Scenario, milliseconds: number): Promise<Round> {
  const usage = (): ReturnType<typeof readServer> => readServer(bench, scenario)
  await bench.load.ask('run', { key: scenario.name, milliseconds: WARM_MILLISECONDS })
  const before = await usage()
  const result = await bench.load.ask('run', { key: scenario.name, milliseconds })
  const after = await usage()
  return {
    rate: result.operations / result.seconds,
    p50: result.p50,
    p99: result.p99,
    cpu: (after.cpu - before.cpu) / result.operations,
    databaseCpu:
      after.database === null || before.database === null
        ? null
        : (after.database - before.database) / result.operations,
    generatorCpu: result.generatorCpu,
  }
}

async function readServer(bench: Bench, scenario: Scenario): Promise<{ cpu: number; database: number | null }> {
  const usage = await usageOf(bench, scenario)
  return { cpu: usage.cpuMicroseconds, database: (await bench.postgres?.cpuMicroseconds()) ?? null }
}

function usageOf({ floor, peer, target }: Bench, scenario: Scenario): Promise<Usage> {
  if (scenario.server === 'floor') return floor.ask('usage', null)
  if (scenario.server === 'peer' && peer) return peer.ask('usage', null)
  return target.ask('usage', null)
}

/** Runs rounds in which all scenarios take turns, so that a noisy minute hits floors and libraries alike. */
export async function measureScenarios(
  bench: Bench,
  prepared: readonly { scenario: Scenario; cost: Cost | null }[],
  plan: { readonly rounds: number; readonly seconds: number },
): Promise<Measured[]> {
  const rounds = prepared.map((): Round[] => [])
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const [at, { scenario }] of prepared.entries()) {
      rounds[at]?.push(await measureRound(bench, scenario, plan.seconds * 1000))
    }
  }
  return prepared.map(({ scenario, cost }, at) => summarise(scenario, cost, rounds[at] ?? []))
}

function summarise(scenario: Scenario, cost: Cost | null, rounds: readonly Round[]): Measured {
  const of = (pick: (round: Round) => number): number => medianOf(rounds.map(pick))
  const database = rounds.map((round) => round.databaseCpu).filter((value) => value !== null)
  return {
    name: scenario.name,
    title: scenario.title,
    floor: scenario.floor ?? null,
    peer: scenario.peer ?? null,
    rate: of((round) => round.rate),
    bestRate: Math.max(...rounds.map((round) => round.rate)),
    p50: of((round) => round.p50),
    p99: of((round) => round.p99),
    cpu: Math.min(...rounds.map((round) => round.cpu)),
    databaseCpu: database.length > 0 ? Math.min(...database) : null,
    generatorCpu: of((round) => round.generatorCpu),
    cost,
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
  return (upper + lower) / 2
}

/**
 * Records on PostgreSQL what a scenario sends, on connections of its own, and hands it to the floor process; from
 * then on these connections' tokens belong to the floor.
 */
export async function teachFloor(bench: Bench, scenario: RecordedScenario): Promise<void> {
  const { load, floor, seed, connections } = bench
  const key = `${scenario}, recorded`
  await load.ask('open', { key, scenario, connections, seed })
  const chains = []
  for (let connection = 0; connection < connections; connection += 1) {
    await load.ask('step', { key, connection, times: 1 })
    chains.push(await recordChain(bench, { key, connection }))
  }
  await load.ask('shut', { key })
  await floor.ask('replay', { scenario, chains })
}

const LEARNED_OPERATIONS = 3
const RECORDED_OPERATIONS = 12

/** Records until enough operations in a row sent the same statements, because a job may wake up in between. */
async function recordChain(
  { target, load }: Bench,
  place: { key: string; connection: number },
): Promise<RecordedOperation[]> {
  let chain: RecordedOperation[] = []
  const textsOf = (operation: RecordedOperation | undefined): string =>
    (operation ?? []).map((one) => one.text).join(';')
  for (let time = 0; time < RECORDED_OPERATIONS; time += 1) {
    await target.ask('record', { on: true })
    await load.ask('step', { ...place, times: 1 })
    const operation = await target.ask('record', { on: false })
    chain = textsOf(chain[0]) === textsOf(operation) ? [...chain, operation] : [operation]
    if (chain.length === LEARNED_OPERATIONS) return chain
  }
  throw new Error(`"${place.key}" does not send the same statements twice`)
}
