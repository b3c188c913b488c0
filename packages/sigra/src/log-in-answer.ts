/** The answer that makes a browser logged in: its cookies, and the way on. */
import type { LocalPath } from '#base/local-path.js'

import type { LoggedIn } from './records/log-ins/complete-log-in.js'
import { seeOther } from './respond.js'
import type { Server } from './server.js'

/** Seconds a browser keeps its mark as a known one. */
export const DEVICE_SECONDS = 34_560_000

/** Sets the session and device cookies, drops those of an unfinished registration, and sends the browser on. */
export function logInAnswer(server: Server, loggedIn: LoggedIn, path: LocalPath): Response {
  const { session, device, pending, link } = server.cookies
  return seeOther(path, {
    cookies: [
      session.set(loggedIn.sessionSecret.reveal(), loggedIn.cookieSeconds),
      device.set(loggedIn.deviceSecret.reveal(), DEVICE_SECONDS),
      pending.clear(),
      link.clear(),
    ],
  })
}
