/** Ending every session of a person but the one in use. */
import { transaction } from '#base/database.js'

import type { CurrentScope } from '../../current-scope.js'
import { recordDecision } from '../../records/audit/record-decision.js'
import { endSessionsOf } from '../../records/sessions/session.js'
import type { Server } from '../../server.js'

/** Ends the person's other sessions and answers how many there were. */
export async function endOtherSessions(server: Server, scope: CurrentScope, requestId: string): Promise<number> {
  return transaction(server.db, async (tx) => {
    const count = await endSessionsOf(tx, scope.user.id, {
      reason: 'ended_elsewhere',
      now: server.clock.now(),
      exceptId: scope.session.id,
    })
    await recordDecision(server, tx, {
      event: 'session.others_ended',
      actor: { kind: 'user', id: scope.user.id },
      subjectId: scope.user.id,
      objectId: scope.session.id,
      requestId,
      fields: { count },
    })
    return count
  })
}
