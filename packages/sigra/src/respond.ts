/** The few kinds of answers sigra gives: a page, a redirect after a post, an error page. */
import { errorPage } from '#base/error-page.js'
import { noStore, pageHeaders, type PageHeaderOptions } from '#base/headers.js'
import type { LocalPath } from '#base/local-path.js'

import type { Server } from './server.js'

/** What an answer carries besides its page. */
export interface AnswerOptions {
  readonly status?: number
  readonly cookies?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  readonly page?: PageHeaderOptions
}

/** Answers with a page. */
export function pageAnswer(html: string, options: AnswerOptions = {}): Response {
  return answer(html, { ...pageHeaders(options.page), ...options.headers }, options)
}

/** Sends the browser on with GET after a post; only to a path of this product. */
export function seeOther(path: LocalPath | `/users/${string}`, options: AnswerOptions = {}): Response {
  return answer(null, { ...noStore, Location: path, ...options.headers }, { ...options, status: 303 })
}

/** The errors people can meet, with their words; nothing of the request is repeated. */
const errors = {
  malformed_request: {
    status: 400,
    title: 'This request could not be read',
    message: 'Something in it has the wrong form. Go back, reload the page and try again.',
  },
  unknown_field: {
    status: 400,
    title: 'This request could not be read',
    message: 'It holds a field that this page does not have. Go back, reload the page and try again.',
  },
  too_large: { status: 413, title: 'That is too long', message: 'Go back and send less.' },
  wrong_media_type: {
    status: 415,
    title: 'This request could not be read',
    message: 'Use the form of the page to send it.',
  },
  cross_origin: {
    status: 403,
    title: 'This request came from another place',
    message: 'For your safety it was not carried out. Open the page here and try again.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This page cannot be used that way',
    message: 'Open the page again and use its form.',
  },
  not_found: {
    status: 404,
    title: 'There is no page here',
    message: 'Check the address, or start again from the first page.',
  },
  too_many_tries: { status: 429, title: 'Too many tries', message: 'Wait a while, then try again.' },
  busy: {
    status: 503,
    title: 'Busy right now',
    message: 'Many people are logging in at this moment. Try again in a few seconds.',
  },
  server_error: {
    status: 500,
    title: 'Something broke on our side',
    message: 'It was noted. Try again; if it happens again, tell us the request id below.',
  },
} as const satisfies Record<string, { status: number; title: string; message: string }>

/** The stable code of an error page. */
export type ErrorCode = keyof typeof errors

/** Answers with an error page: a title a person understands, what to do, a stable code and the request id. */
export function errorAnswer(
  server: Server,
  code: ErrorCode,
  details: { readonly requestId: string; readonly retryAfterSeconds?: number; readonly allow?: string },
): Response {
  const words = errors[code]
  const { retryAfterSeconds, allow } = details
  const wait = retryAfterSeconds === undefined ? '' : ` You can try again in ${duration(retryAfterSeconds)}.`
  const html = errorPage({
    brand: server.config.brand,
    stylesheet: server.stylesheet,
    title: words.title,
    message: words.message + wait,
    code,
    ...(code === 'not_found' || code === 'server_error'
      ? { action: { label: `Go to ${server.config.brand.name}`, href: server.config.landingPath } }
      : {}),
    requestId: details.requestId,
  })
  return pageAnswer(html, {
    status: words.status,
    headers: {
      ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
      ...(allow === undefined ? {} : { Allow: allow }),
    },
  })
}

/** Says a number of seconds the way a person would, rounded up. */
export function duration(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? '1 second' : `${seconds} seconds`
  if (seconds < 5400) return `${Math.ceil(seconds / 60)} minutes`
  return `${Math.ceil(seconds / 3600)} hours`
}

function answer(body: string | null, headers: Record<string, string>, options: AnswerOptions): Response {
  const response = new Response(body, { status: options.status ?? 200, headers })
  for (const cookie of options.cookies ?? []) response.headers.append('Set-Cookie', cookie)
  return response
}
