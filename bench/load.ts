/** The load generator: a process of its own that keeps connections, runs operations, and times each of them. */
import { answerQuestions } from './channel.js'
import { openConnection } from './connection.js'
import type { Connection } from './connection.js'
import { scenarioNamed } from './scenarios/all.js'
import type { Operation, Seed } from './scenarios/scenario.js'

/** A set of connections that stays open between rounds; `key` parts two sets of the same scenario. */
export interface OpenLoad {
  readonly key: string
  readonly scenario: string
  readonly connections: number
  readonly seed: Seed
}

/** How long a set runs; whatever starts within the time is finished and counted. */
export interface RunLoad {
  readonly key: string
  readonly milliseconds: number
}

/** What a run came to; latencies in milliseconds. */
export interface LoadResult {
  readonly operations: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
  /** Processor time of the load generator itself, in microseconds per operation. */
  readonly generatorCpu: number
}

/** What the load generator can be asked. */
export interface LoadApi {
  open(load: OpenLoad): Promise<void>
  run(load: RunLoad): Promise<LoadResult>
  /** Runs a number of operations one after another on one of the connections. */
  step(load: { readonly key: string; readonly connection: number; readonly times: number }): Promise<void>
  shut(load: { readonly key: string }): void
}

interface Worker {
  readonly connection: Connection
  readonly operate: Operation
}

const sets = new Map<string, Worker[]>()

async function open(load: OpenLoad): Promise<void> {
  const scenario = scenarioNamed(load.scenario)
  const workers: Worker[] = []
  for (let index = 0; index < load.connections; index += 1) {
    const connection = openConnection(load.seed[scenario.server] ?? 'nowhere')
    workers.push({ connection, operate: await scenario.prepare(connection, load.seed, index) })
  }
  sets.set(load.key, workers)
}

async function run(load: RunLoad): Promise<LoadResult> {
  const latencies: number[] = []
  const cpu = process.cpuUsage()
  const start = performance.now()
  const until = start + load.milliseconds
  await Promise.all(workersOf(load.key).map((worker) => operateUntil(worker, until, latencies)))
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const sorted = Float64Array.from(latencies).sort()
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return {
    operations: sorted.length,
    seconds,
    p50: at(0.5),
    p99: at(0.99),
    generatorCpu: (user + system) / sorted.length,
  }
}

async function operateUntil(worker: Worker, until: number, latencies: number[]): Promise<void> {
  let before = performance.now()
  while (before < until) {
    await worker.operate()
    const after = performance.now()
    latencies.push(after - before)
    before = after
  }
}

async function step(load: { key: string; connection: number; times: number }): Promise<void> {
  const worker = workersOf(load.key)[load.connection]
  for (let time = 0; time < load.times; time += 1) await worker?.operate()
}

function shut(load: { key: string }): void {
  for (const worker of sets.get(load.key) ?? []) worker.connection.close()
  sets.delete(load.key)
}

function workersOf(key: string): Worker[] {
  const workers = sets.get(key)
  if (!workers) throw new Error(`no connections are open for "${key}"`)
  return workers
}

answerQuestions({ open, run, step, shut } satisfies LoadApi, async () => {
  for (const key of sets.keys()) shut({ key })
})
