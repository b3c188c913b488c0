/** What a request says, read strictly: forms, queries, JSON bodies, and the plain facts that deeper code may know. */
import type { Context } from 'hono'
import { readBody, type BodyReason } from './body.js'
import { clientAddress } from './client-address.js'
import { parseFormText, type Form, type FormTextLimits, type FormTextReason } from './form.js'
import { parseJson, type JsonTextReason, type JsonValue } from './json.js'
import { refuse, type Result } from './result.js'
import { randomId } from './secrets.js'

export type { Form } from './form.js'
export type { JsonValue } from './json.js'

/** Why a form or query was refused; answer `too_large` with 413, the media type and charset with 415, the rest with 400. */
export type FormReason = BodyReason | FormTextReason

/** Why a JSON body was refused. */
export type JsonReason = BodyReason | JsonTextReason

/** Limits of a form: bytes of the body (65,536 unless told), characters of a value (16,384), and names that may repeat. */
export interface FormLimits extends FormTextLimits {
  readonly maxBytes?: number
}

const defaultMaxBytes = 65_536

/** Reads an application/x-www-form-urlencoded body; a name that comes twice is refused unless listed as repeatable. */
export async function readForm(request: Request, limits: FormLimits = {}): Promise<Result<Form, FormReason>> {
  const body = await readBody(request, 'application/x-www-form-urlencoded', limits.maxBytes ?? defaultMaxBytes)
  return body.ok ? parseFormText(body.value, limits) : body
}

/** Reads the query of an absolute or relative URL as strictly as a form; a URL without one gives an empty form. */
export function readQuery(url: string, limits: FormLimits = {}): Result<Form, FormReason> {
  const mark = url.indexOf('?')
  if (mark === -1) return parseFormText('', limits)
  const hash = url.indexOf('#', mark)
  const query = url.slice(mark + 1, hash === -1 ? undefined : hash)
  return query.length > (limits.maxBytes ?? defaultMaxBytes) ? refuse('too_large') : parseFormText(query, limits)
}

/** Reads an application/json body (65,536 bytes and 32 levels unless told). */
export async function readJson(
  request: Request,
  limits: { readonly maxBytes?: number; readonly maxDepth?: number } = {},
): Promise<Result<JsonValue, JsonReason>> {
  const body = await readBody(request, 'application/json', limits.maxBytes ?? defaultMaxBytes)
  return body.ok ? parseJson(body.value, limits.maxDepth) : body
}

/** What steps, audit rows and logs may know of a request. */
export interface RequestFacts {
  /** Made here, never taken from the caller. */
  readonly requestId: string
  readonly method: string
  readonly path: string
  /** The client's address, or `unknown` where no connection told one. */
  readonly address: string
  /** At most 512 characters; empty where absent. */
  readonly userAgent: string
  readonly origin: string | null
  readonly secFetchSite: string | null
}

/** Gathers the facts of a request; `trustedProxyHops` is how many proxies of the host's own stand in front (0 = none). */
export function requestFacts(c: Context, trustedProxyHops: number): RequestFacts {
  const headers = c.req.raw.headers
  return {
    requestId: randomId(),
    method: c.req.method,
    path: c.req.path,
    address: clientAddress(c, trustedProxyHops),
    userAgent: (headers.get('user-agent') ?? '').slice(0, 512),
    origin: headers.get('origin'),
    secFetchSite: headers.get('sec-fetch-site'),
  }
}
