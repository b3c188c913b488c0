/** Writes audit events; the only way to write one. */
import { AUDIT_COLUMNS, auditPlaceholders, auditValues, listEvents, type AuditRow } from '#base/audit-log.js'
import { statement } from '#base/statement.js'

import { perSchema } from '../../per-schema.js'
import type { SigraTables } from '../../schema.js'
import type { Server, SigraDb, SigraTx } from '../../server.js'
import type { SigraDecision, SigraEvent } from './events.js'

const insertEvent = perSchema((schema) =>
  statement(`insert into ${schema}.audit_events (${AUDIT_COLUMNS}) values (${auditPlaceholders(1)})`),
)

/** Appends one event; give the transaction of the decision, or the database where the refusal is all there is. */
export async function recordDecision(server: Server, tx: SigraTx | SigraDb, decision: SigraDecision): Promise<void> {
  const row: AuditRow<SigraEvent> = {
    at: server.clock.now(),
    event: decision.event,
    outcome: decision.reason === undefined ? 'ok' : 'refused',
    reason: decision.reason ?? null,
    actorKind: decision.actor?.kind ?? 'anonymous',
    actorId: decision.actor?.id ?? null,
    subjectId: decision.subjectId ?? null,
    objectId: decision.objectId ?? null,
    requestId: decision.requestId ?? null,
    fields: { ...decision.fields },
  }
  await insertEvent(server.config.quotedSchema)(tx, auditValues(row))
}

/** Lists events, the latest first; at most 1,000. */
export async function listDecisions(
  server: Server,
  filter: { readonly event?: SigraEvent; readonly limit: number },
): Promise<Required<AuditRow<SigraEvent>>[]> {
  return listEvents<SigraTables, SigraEvent>(server.db, server.config.schema, filter)
}
