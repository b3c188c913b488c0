/** A server on a schema of its own, with a clock that is moved by hand and a host that does what the test says. */
import { movableClock, type MovableClock } from '#base/clock.js'
import type { Database } from '#base/database.js'
import type { LogFields } from '#base/log.js'
import { statement } from '#base/statement.js'
import { openTestDatabase, uniqueSchema } from '#base/testing/store.js'

import type { LockspireOptions } from '../config.js'
import { createLockspire, type Lockspire } from '../lockspire.js'
import { testHost, type TestAssigns, type TestHost } from './test-host.js'

/** A captured log line. */
export interface LogLine extends LogFields {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
}

/** An audit row as tests read it. */
export interface AuditLine {
  readonly event: string
  readonly outcome: 'ok' | 'refused'
  readonly reason: string | null
  readonly actor_kind: string
  readonly actor_id: string | null
  readonly subject_id: string | null
  readonly object_id: string | null
}

/** What a test may change about the server. */
export interface TestServerOptions {
  /** A database of the test's own; it stays open when the server is closed. */
  readonly database?: Database
  /** A schema of an earlier server, to start again on what it left. */
  readonly schema?: string
  readonly clock?: MovableClock
  readonly host?: TestHost
  readonly options?: Partial<Omit<LockspireOptions, 'accountResolver' | 'scopes' | 'resources'>>
}

/** A running test server. */
export interface TestServer {
  readonly lockspire: Lockspire<TestScope, TestResource>
  readonly issuer: string
  readonly database: Database
  readonly schema: string
  readonly clock: MovableClock
  readonly host: TestHost
  readonly logs: LogLine[]
  /** Sends a request to a path of the server, as somebody who is logged in at the host if `assigns` say so. */
  fetch(path: string, init?: RequestInit, assigns?: TestAssigns): Promise<Response>
  /** Runs SQL in which `$schema` is the server's schema. */
  query<Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]>
  /** Audit rows in the order they were written within this server's schema. */
  events(): Promise<AuditLine[]>
  close(): Promise<void>
}

/** The scopes of the test server's API. */
export type TestScope = 'notes:read' | 'notes:write' | 'mail:read'
/** Its resources. */
export type TestResource = typeof notesApi | typeof mailApi

/** The first resource, which tokens are for unless told. */
export const notesApi = 'https://notes.example/api'
/** A second resource. */
export const mailApi = 'https://mail.example/api'

const issuer = 'https://id.example'
/** 2027-01-15, a moment like any other. */
const start = new Date(1_800_000_000_000)

/** Starts a server; without a database of the test's own, on the store that the environment names. */
export async function startTestServer(given: TestServerOptions = {}): Promise<TestServer> {
  const database = given.database ?? (await openTestDatabase())
  const schema = given.schema ?? uniqueSchema('lockspire')
  const clock = given.clock ?? movableClock(start)
  const host = given.host ?? testHost()
  const logs: LogLine[] = []
  const line = (level: LogLine['level']) => (fields: LogFields, message: string) =>
    void logs.push({ ...fields, level, message })
  const lockspire = await createLockspire({
    database,
    issuer,
    accountResolver: host,
    brand: { name: 'Example' },
    scopes: {
      'notes:read': { description: 'Read your notes' },
      'notes:write': { description: 'Change your notes' },
      'mail:read': { description: 'Read your mail', resource: mailApi },
    },
    resources: { [notesApi]: { name: 'Notes' }, [mailApi]: { name: 'Mail' } },
    schema,
    clock,
    keys: `test:${Buffer.alloc(32, 7).toString('base64url')}`,
    log: { info: line('info'), warn: line('warn'), error: line('error') },
    ...given.options,
  })
  const query = <Row>(text: string, parameters: readonly unknown[] = []) =>
    statement<Row>(text.replaceAll('$schema', schema))(database.view(schema), parameters)
  return {
    lockspire,
    issuer,
    database,
    schema,
    clock,
    host,
    logs,
    query,
    fetch: (path, init, assigns = {}) => lockspire.fetch(new Request(new URL(path, issuer), init), { assigns }),
    events: () =>
      query<AuditLine>(
        `select event, outcome, reason, actor_kind, actor_id, subject_id, object_id from $schema.audit_events
          where event <> 'signing_key.created' order by at, ctid`,
      ),
    async close() {
      await lockspire.close()
      if (!given.database) await database.close()
    },
  }
}
