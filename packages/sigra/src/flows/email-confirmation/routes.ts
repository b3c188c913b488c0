/** Placeholder. */
import type { Route } from '../../route.js'
import type { Server } from '../../server.js'
export function emailConfirmationRoutes(_server: Server): readonly Route[] { return [] }
