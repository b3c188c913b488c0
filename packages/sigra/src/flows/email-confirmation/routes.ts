/** Everything under /users/confirm: waiting for the mail, entering its code, opening its link, asking for another. */
import { addressGroup } from '#base/client-address.js'

import { logInAnswer } from '../../log-in-answer.js'
import { recordDecision } from '../../records/audit/record-decision.js'
import { findSecretOfBrowser, stateOf } from '../../records/one-time-secrets/one-time-secret.js'
import { takeAttempt, windowBucket } from '../../records/throttles/throttle.js'
import { errorAnswer, pageAnswer, seeOther } from '../../respond.js'
import { browserOf, type Exchange, type PublicRoute, type Route } from '../../route.js'
import type { PasswordReason } from '../../rules/password-policy.js'
import type { Server } from '../../server.js'
import { confirmByCode, confirmByLink, viewLink, type ConfirmReason, type RedeemingBrowser } from './confirm.js'
import { alreadyConfirmedPage, deadLinkPage, linkPage, waitingPage, type WaitingProblem } from './pages.js'
import { resend } from './resend.js'

const PENDING_SECONDS = 86_400
const LINK_SECONDS = 3600
const CODE = /^[0-9]{6}$/

/** The routes of e-mail confirmation. */
export function emailConfirmationRoutes(server: Server): readonly Route[] {
  const page = (path: string, handle: PublicRoute['handle']): Route => ({
    method: 'GET',
    path,
    authority: 'public',
    handle,
  })
  const act = (path: string, fields: readonly string[], handle: PublicRoute['handle']): Route => ({
    method: 'POST',
    path,
    authority: 'public',
    fields,
    handle: (exchange) => throttled(server, exchange, handle),
  })
  return [
    page('/users/confirm', (exchange) => showWaiting(server, exchange, { status: 200 })),
    act('/users/confirm/resend', ['email'], (exchange) => postResend(server, exchange)),
    ...(server.config.emailConfirmation.by === 'link'
      ? []
      : [act('/users/confirm/code', ['code', 'password', 'username'], (exchange) => postCode(server, exchange))]),
    ...(server.config.emailConfirmation.by === 'code'
      ? []
      : [
          page('/users/confirm/open', (exchange) => openLink(server, exchange)),
          page('/users/confirm/link', (exchange) => showLink(server, exchange)),
          act('/users/confirm/link', ['password', 'username'], (exchange) => postLink(server, exchange)),
        ]),
  ]
}

/** Every act here is counted for the network it comes from. */
async function throttled(server: Server, exchange: Exchange, handle: PublicRoute['handle']): Promise<Response> {
  const taken = await takeAttempt(server, [
    windowBucket(
      server,
      ['confirmation/network', addressGroup(exchange.facts.address)],
      server.config.emailConfirmation.perNetwork,
    ),
  ])
  if (taken.ok) return handle(exchange)
  await recordDecision(server, server.db, {
    event: 'confirmation.refused',
    reason: 'throttled',
    requestId: exchange.facts.requestId,
  })
  return errorAnswer(server, 'too_many_tries', {
    requestId: exchange.facts.requestId,
    retryAfterSeconds: taken.retryAfterSeconds,
  })
}

async function showWaiting(
  server: Server,
  exchange: Exchange,
  shown: { status: number; problem?: WaitingProblem | PasswordReason; retryAfterSeconds?: number },
): Promise<Response> {
  const pendingSecret = server.cookies.pending.read(exchange.cookieHeader)
  const pending = pendingSecret === undefined ? null : await findSecretOfBrowser(server.db, pendingSecret)
  if (pending !== null && stateOf(pending, server.clock.now()) === 'spent')
    return pageAnswer(alreadyConfirmedPage(server), { cookies: [server.cookies.pending.clear()] })
  const html = waitingPage(server, {
    sentTo: pending?.sentTo ?? null,
    needsPassword: pending?.passwordHash === null,
    problem: shown.problem ?? null,
    wasResent: exchange.query.get('done') === 'resent',
    retryAfterSeconds: shown.retryAfterSeconds ?? null,
  })
  return pageAnswer(html, {
    status: shown.status,
    headers: shown.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(shown.retryAfterSeconds) },
    // Confirming logs in and goes on to where the person was going, which may lead to another site.
    page: { formAction: 'any' },
  })
}

async function postResend(server: Server, exchange: Exchange): Promise<Response> {
  const { requestId } = exchange.facts
  const answer = await resend(server, {
    pendingSecret: server.cookies.pending.read(exchange.cookieHeader),
    email: exchange.form.get('email'),
    requestId,
  })
  if (answer.ok)
    return seeOther('/users/confirm?done=resent', {
      cookies: [server.cookies.pending.set(answer.browser.reveal(), PENDING_SECONDS)],
    })
  await recordDecision(server, server.db, { event: 'confirmation.refused', reason: answer.reason, requestId })
  if (answer.reason !== 'throttled') return showWaiting(server, exchange, { status: 422, problem: 'no_address' })
  return showWaiting(server, exchange, { status: 429, retryAfterSeconds: answer.retryAfterSeconds })
}

async function postCode(server: Server, exchange: Exchange): Promise<Response> {
  const code = (exchange.form.get('code') ?? '').replaceAll(/[\s-]/g, '')
  if (!CODE.test(code)) {
    await recordDecision(server, server.db, {
      event: 'confirmation.refused',
      reason: 'missing',
      requestId: exchange.facts.requestId,
    })
    return showWaiting(server, exchange, { status: 422, problem: 'wrong_code' })
  }
  const newPassword = exchange.form.get('password') ?? ''
  const answer = await confirmByCode(server, { code, newPassword }, redeemingBrowser(server, exchange))
  if (answer.ok) return logInAnswer(server, answer.value.loggedIn, answer.value.returnTo ?? server.config.landingPath)
  if (answer.reason === 'busy')
    return errorAnswer(server, 'busy', { requestId: exchange.facts.requestId, retryAfterSeconds: 2 })
  return showWaiting(server, exchange, {
    status: 422,
    problem: answer.reason === 'dead' ? 'dead_code' : answer.reason,
  })
}

/** Takes the secret out of the address bar; it spends nothing, because mail scanners open links too. */
function openLink(server: Server, exchange: Exchange): Response {
  const secret = exchange.query.get('secret')
  return seeOther('/users/confirm/link', {
    headers: { 'Referrer-Policy': 'no-referrer' },
    cookies: server.cookies.link.accepts(secret)
      ? [server.cookies.link.set(secret, LINK_SECONDS)]
      : [server.cookies.link.clear()],
  })
}

async function showLink(server: Server, exchange: Exchange): Promise<Response> {
  const view = await viewLink(server, {
    secret: server.cookies.link.read(exchange.cookieHeader),
    pendingSecret: server.cookies.pending.read(exchange.cookieHeader),
  })
  if (view.kind === 'dead') return deadLinkAnswer(server, view.reason)
  return pageAnswer(linkPage(server, { email: view.secret.sentTo, needsPassword: view.needsPassword, problem: null }), {
    page: { formAction: 'any' },
  })
}

async function postLink(server: Server, exchange: Exchange): Promise<Response> {
  const linkSecret = server.cookies.link.read(exchange.cookieHeader)
  const browser = redeemingBrowser(server, exchange)
  const asked = {
    linkSecret,
    newPassword: exchange.form.get('password') ?? '',
    shownTo: exchange.form.get('username'),
  }
  const answer = await confirmByLink(server, asked, browser)
  if (answer.ok) return logInAnswer(server, answer.value.loggedIn, answer.value.returnTo ?? server.config.landingPath)
  if (answer.reason === 'busy')
    return errorAnswer(server, 'busy', { requestId: exchange.facts.requestId, retryAfterSeconds: 2 })
  if (isPasswordReason(answer.reason)) {
    const view = await viewLink(server, { secret: linkSecret, pendingSecret: browser.pendingSecret })
    if (view.kind === 'ready') {
      return pageAnswer(linkPage(server, { email: view.secret.sentTo, needsPassword: true, problem: answer.reason }), {
        status: 422,
        page: { formAction: 'any' },
      })
    }
    return deadLinkAnswer(server, view.reason)
  }
  return deadLinkAnswer(server, answer.reason)
}

/** Whoever holds a link read the mail, and may be told that it did its work. */
function deadLinkAnswer(server: Server, reason: ConfirmReason): Response {
  const isDone = reason === 'spent' || reason === 'already_confirmed'
  return isDone
    ? pageAnswer(alreadyConfirmedPage(server), { cookies: [server.cookies.link.clear()] })
    : pageAnswer(deadLinkPage(server), { status: 410, cookies: [server.cookies.link.clear()] })
}

function isPasswordReason(reason: string): reason is PasswordReason {
  return ['too_short', 'too_long', 'common', 'context', 'repetitive', 'breached'].includes(reason)
}

function redeemingBrowser(server: Server, exchange: Exchange): RedeemingBrowser {
  return { ...browserOf(server, exchange), pendingSecret: server.cookies.pending.read(exchange.cookieHeader) }
}
