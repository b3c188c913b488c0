/** Logging out: ends the browser's session on the server. */
import { transaction } from '#base/database.js'

import { recordDecision } from '../../records/audit/record-decision.js'
import { endSession } from '../../records/sessions/session.js'
import type { Server } from '../../server.js'

/** Ends the session behind a cookie; one that has ended or never was is no error. */
export async function logOut(
  server: Server,
  asked: { readonly sessionSecret: string | undefined; readonly requestId: string },
): Promise<void> {
  const { sessionSecret, requestId } = asked
  if (sessionSecret === undefined) return
  await transaction(server.db, async (tx) => {
    const ended = await endSession(tx, sessionSecret, { reason: 'logged_out', now: server.clock.now() })
    if (ended === null) return
    await recordDecision(server, tx, {
      event: 'session.ended',
      actor: { kind: 'user', id: ended.userId },
      subjectId: ended.userId,
      objectId: ended.id,
      requestId,
      fields: { endReason: 'logged_out' },
    })
  })
}
