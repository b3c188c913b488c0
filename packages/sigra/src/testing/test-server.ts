/** A whole sigra on a scratch schema, with a clock that tests move and a mailbox they read. */
import { movableClock, type MovableClock } from '#base/clock.js'
import { createDatabase, type Database } from '#base/database.js'
import { silentLogger } from '#base/log.js'
import { randomId, randomKeyBytes } from '#base/secrets.js'

import type { Mailbox } from '../mail/mailer.js'
import { developmentMailbox } from '../mailbox/mailbox.js'
import type { SigraOptions } from '../options.js'
import { listDecisions } from '../records/audit/record-decision.js'
import type { SigraEvent } from '../records/audit/events.js'
import { assembleSigra, type Assembly, type Sigra } from '../sigra.js'
import { testPerson, type PersonOptions, type TestPerson } from './test-person.js'

/** What a test may set; everything has a value that suits tests. */
export type TestSigraOptions = Partial<SigraOptions>

/** One audit row as tests compare it. */
export interface SeenDecision {
  readonly event: SigraEvent
  readonly outcome: 'ok' | 'refused'
  readonly reason: string | null
  readonly subjectId: string | null
}

/** A sigra for tests. */
export interface TestSigra {
  readonly sigra: Sigra
  readonly clock: MovableClock
  readonly mailbox: Mailbox
  readonly baseUrl: string
  /** A new person with a browser of their own. */
  person(options?: PersonOptions): TestPerson
  /** Audit rows, the latest first. */
  decisions(event?: SigraEvent): Promise<readonly SeenDecision[]>
  close(): Promise<void>
}

/** Starts a sigra on a schema nobody else uses; in memory unless a database is given. */
export async function createTestSigra(options: TestSigraOptions = {}): Promise<TestSigra> {
  return startTestSigra(options)
}

/** The same with the inside visible, for sigra's own tests. */
export async function startTestSigra(options: TestSigraOptions = {}): Promise<TestSigra & Assembly> {
  const owned: Database | null = options.database === undefined ? await createDatabase('memory:') : null
  const clock = movableClock(new Date('2026-03-01T12:00:00Z'))
  const mailer = developmentMailbox(clock)
  const baseUrl = options.baseUrl ?? 'http://localhost:4000'
  const assembly = await assembleSigra(
    {
      database: options.database ?? owned ?? (await createDatabase('memory:')),
      baseUrl,
      mailer,
      brand: { name: 'Notes' },
      schema: `sigra_${randomId().replaceAll('-', '').slice(0, 16)}`,
      keys: `test:${randomKeyBytes(32).toString('base64url')}`,
      clock,
      log: silentLogger,
      ...options,
    },
    { pollSeconds: 0 },
  )
  const { sigra, server } = assembly
  const world = {
    baseUrl,
    mailbox: mailer.mailbox,
    fetch: (request: Request, env?: object) => sigra.fetch(request, env),
    deliverMail: () => sigra.deliverMail(),
  }
  return {
    ...assembly,
    clock,
    mailbox: mailer.mailbox,
    baseUrl,
    person: (person) => testPerson(world, person),
    decisions: async (event) => listDecisions(server, { limit: 1000, ...(event === undefined ? {} : { event }) }),
    async close() {
      await sigra.close()
      await owned?.close()
    },
  }
}
