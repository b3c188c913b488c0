/** What a scenario is: how one connection gets ready, and what it then does again and again. */
import type { Connection } from '../connection.js'

/** One operation; it rejects when the server answers anything but the right answer. */
export type Operation = () => Promise<void>

/** What the load generator knows of the servers it drives. */
export interface Seed {
  readonly target: string
  readonly floor: string
  /** Null where the peer was not started. */
  readonly peer: string | null
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  /** Scopes of every authorization request, parted by blanks. */
  readonly scope: string
  /** One person for each connection, so that no two connections wait for the same row. */
  readonly users: readonly { readonly email: string; readonly password: string }[]
}

/** A scenario whose statements can be recorded and sent again without the libraries. */
export type RecordedScenario = 'session' | 'userinfo' | 'refresh' | 'code-flow'

/** Something that is measured. */
export interface Scenario {
  readonly name: string
  readonly title: string
  /** Which process serves it. */
  readonly server: 'target' | 'floor' | 'peer'
  /** For a floor made of recorded statements: whose they are. */
  readonly records?: RecordedScenario
  /** The floor that it is compared with. */
  readonly floor?: string
  /** The same operation by the peer. */
  readonly peer?: string
  /** Gets one connection ready, which may take several requests, and answers the operation. */
  prepare(connection: Connection, seed: Seed, index: number): Promise<Operation>
}

/** Faults unless the answer has the status that the scenario counts as success. */
export function expectStatus(answer: { status: number; body: string }, status: number, what: string): void {
  if (answer.status !== status)
    throw new Error(`${what} answered ${answer.status} instead of ${status}: ${answer.body.slice(0, 300)}`)
}
