/** GET /users/settings and ending one's other sessions. */
import { pageAnswer, seeOther } from '../../respond.js'
import type { Route } from '../../route.js'
import type { Server } from '../../server.js'
import { endOtherSessions } from './end-other-sessions.js'
import { settingsPage } from './pages.js'

/** The routes of one's own sessions. */
export function sessionRoutes(server: Server): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/users/settings',
      authority: 'user',
      handle: (exchange, scope) =>
        pageAnswer(settingsPage(server, { scope, othersEnded: exchange.query.get('done') === 'others_ended' })),
    },
    {
      method: 'POST',
      path: '/users/settings/end_other_sessions',
      authority: 'user',
      fields: [],
      async handle(exchange, scope) {
        await endOtherSessions(server, scope, exchange.facts.requestId)
        return seeOther('/users/settings?done=others_ended')
      },
    },
  ]
}
