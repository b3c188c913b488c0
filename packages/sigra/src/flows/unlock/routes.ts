/** Everything under /users/unlock: asking for a link that lets a browser try again, opening it, using it. */
import { parseLocalPath } from '#base/local-path.js'

import { DEVICE_SECONDS } from '../../log-in-answer.js'
import type { EventReasons } from '../../records/audit/events.js'
import { recordDecision } from '../../records/audit/record-decision.js'
import { takeAttempt } from '../../records/throttles/throttle.js'
import { errorAnswer, pageAnswer, seeOther } from '../../respond.js'
import { browserOf, type Exchange, type Route } from '../../route.js'
import type { Server } from '../../server.js'
import { askForLink, parseLinkRequest, unlockNetworkBucket, type LinkAnswer } from './ask-for-link.js'
import { askPage, deadLinkPage, linkPage } from './pages.js'
import { spendLink, viewLink, type LinkReason } from './spend-link.js'

/** The routes of unlocking by mail. */
export function unlockRoutes(server: Server): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/users/unlock',
      authority: 'public',
      handle: (exchange) => showAsk(server, exchange, null),
    },
    {
      method: 'POST',
      path: '/users/unlock',
      authority: 'public',
      fields: ['email', 'return_to'],
      handle: (exchange) => postAsk(server, exchange),
    },
    {
      method: 'GET',
      path: '/users/unlock/open',
      authority: 'public',
      handle: (exchange) => openLink(server, exchange),
    },
    {
      method: 'GET',
      path: '/users/unlock/link',
      authority: 'public',
      handle: (exchange) => showLink(server, exchange),
    },
    {
      method: 'POST',
      path: '/users/unlock/link',
      authority: 'public',
      fields: [],
      handle: (exchange) => postLink(server, exchange),
    },
  ]
}

type UnlockReason = EventReasons['unlock.refused']

const tooOld = 'It is too old, or a newer mail took its place.'

/** Whoever holds a link read the mail; even so a dead one only tells what helps. */
const refusals = {
  throttled: { status: 429, why: null },
  email_missing: { status: 422, why: null },
  email_too_long: { status: 422, why: null },
  email_malformed: { status: 422, why: null },
  unknown: { status: 410, why: tooOld },
  expired: { status: 410, why: tooOld },
  superseded: { status: 410, why: tooOld },
  disabled: { status: 410, why: tooOld },
  unconfirmed: { status: 410, why: tooOld },
  spent: { status: 410, why: 'It was used already. Log in in the browser it was used in.' },
} as const satisfies Record<UnlockReason, { status: number; why: string | null }> &
  Record<LinkReason, { status: 410; why: string }>

async function postAsk(server: Server, exchange: Exchange): Promise<Response> {
  const answer = await askForLink(server, parseLinkRequest(exchange.form), exchange.facts)
  if (!answer.ok) return showAsk(server, exchange, answer)
  return seeOther('/users/unlock?done=sent', {
    cookies: [server.cookies.unlockAsked.set(answer.browser.reveal(), server.config.unlock.linkLifetimeSeconds)],
  })
}

function showAsk(
  server: Server,
  { form, query }: Exchange,
  refusal: Extract<LinkAnswer, { readonly ok: false }> | null,
): Response {
  const retryAfterSeconds = refusal?.reason === 'throttled' ? refusal.retryAfterSeconds : null
  const html = askPage(server, {
    returnTo: parseLocalPath(form.get('return_to') ?? query.get('return_to')),
    email: refusal === null ? '' : (form.get('email') ?? '').slice(0, 254),
    problem: refusal === null || refusal.reason === 'throttled' ? null : refusal.reason,
    wasSent: refusal === null && query.get('done') === 'sent',
    retryAfterSeconds,
  })
  return pageAnswer(html, {
    status: refusal === null ? 200 : refusals[refusal.reason].status,
    headers: retryAfterSeconds === null ? {} : { 'Retry-After': String(retryAfterSeconds) },
  })
}

/** Takes the secret out of the address bar; it spends nothing, because mail scanners open links too. */
function openLink(server: Server, exchange: Exchange): Response {
  const secret = exchange.query.get('secret')
  const { unlockLink } = server.cookies
  return seeOther('/users/unlock/link', {
    headers: { 'Referrer-Policy': 'no-referrer' },
    cookies: unlockLink.accepts(secret)
      ? [unlockLink.set(secret, server.config.unlock.linkLifetimeSeconds)]
      : [unlockLink.clear()],
  })
}

async function showLink(server: Server, exchange: Exchange): Promise<Response> {
  const view = await viewLink(server, server.cookies.unlockLink.read(exchange.cookieHeader))
  return view.ok ? pageAnswer(linkPage(server, view.value.sentTo)) : deadLinkAnswer(server, view.reason)
}

async function postLink(server: Server, exchange: Exchange): Promise<Response> {
  const { facts, cookieHeader } = exchange
  const { requestId } = facts
  const taken = await takeAttempt(server, [unlockNetworkBucket(server, facts)])
  if (!taken.ok) {
    await recordDecision(server, server.db, { event: 'unlock.refused', reason: 'throttled', requestId })
    return errorAnswer(server, 'too_many_tries', { requestId, retryAfterSeconds: taken.retryAfterSeconds })
  }
  const { unlockAsked, unlockLink, device } = server.cookies
  const answer = await spendLink(server, {
    linkSecret: unlockLink.read(cookieHeader),
    askedSecret: unlockAsked.read(cookieHeader),
    deviceSecret: browserOf(server, exchange).deviceSecret,
    requestId,
  })
  if (!answer.ok) return deadLinkAnswer(server, answer.reason)
  const { deviceSecret, returnTo } = answer.value
  const way = returnTo === null ? '' : `&return_to=${encodeURIComponent(returnTo)}`
  return seeOther(`/users/log_in?reason=unlocked${way}`, {
    cookies: [device.set(deviceSecret.reveal(), DEVICE_SECONDS), unlockAsked.clear(), unlockLink.clear()],
  })
}

function deadLinkAnswer(server: Server, reason: LinkReason): Response {
  const { status, why } = refusals[reason]
  return pageAnswer(deadLinkPage(server, why), { status, cookies: [server.cookies.unlockLink.clear()] })
}
