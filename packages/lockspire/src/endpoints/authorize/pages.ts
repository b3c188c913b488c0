/** What a person reads when an authorization request cannot be answered to its client. */
import type { FormReason } from '#base/request.js'

import type { PageError } from '../../respond.js'
import type { PageReason } from './authorization-request.js'

const back = 'Go back to the app you came from and try again; if it happens again, tell the people who make it.'

/** One page per reason; none repeats what the request said. */
export const pageErrors = {
  malformed: {
    status: 400,
    title: 'This request is damaged',
    message: `The address you followed cannot be read. ${back}`,
  },
  client_id_missing: {
    status: 400,
    title: 'This request is incomplete',
    message: `It does not say which app is asking. ${back}`,
  },
  client_id_repeated: { status: 400, title: 'This request is damaged', message: `It names more than one app. ${back}` },
  client_unknown: {
    status: 400,
    title: 'We do not know this app',
    message: `The app that sent you here is not registered. ${back}`,
  },
  client_disabled: {
    status: 400,
    title: 'This app has been switched off',
    message: 'The app that sent you here may no longer ask for access. Nothing was shared with it.',
  },
  redirect_uri_missing: {
    status: 400,
    title: 'This request is incomplete',
    message: `It does not say where to return to. ${back}`,
  },
  redirect_uri_repeated: {
    status: 400,
    title: 'This request is damaged',
    message: `It names more than one place to return to. ${back}`,
  },
  redirect_uri_unregistered: {
    status: 400,
    title: 'This app asks to return to an unknown address',
    message: `The address is not registered for the app, so that we do not send you there. ${back}`,
  },
} as const satisfies Record<PageReason | 'malformed', Omit<PageError, 'code'>>

/** The page for a reason; its code is the reason. */
export function pageErrorFor(reason: PageReason): PageError {
  return { ...pageErrors[reason], code: reason }
}

/** The page for a query or body that could not even be read. */
export function pageErrorForForm(reason: FormReason): PageError {
  const status = reason === 'too_large' ? 413 : reason === 'wrong_media_type' || reason === 'wrong_charset' ? 415 : 400
  return { ...pageErrors.malformed, status, code: `request_${reason}` }
}
