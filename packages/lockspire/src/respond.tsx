/** Answers to browsers: pages, authorization responses in every response mode, and the way to the host's log in page. */
import { answerAsset, type Asset } from '#base/asset.js'
import { errorPage } from '#base/error-page.js'
import { noStore, pageHeaders, type PageHeaderOptions } from '#base/headers.js'
import { Button, Page, renderPage, safeHref } from '#base/page.js'

import type { Call } from './mount.js'
import type { AuthorizationErrorCode } from './oauth-error.js'
import { redirectDestination, withParameters } from './rules/redirect-uri.js'
import type { ResponseMode } from './rules/response-mode.js'
import type { PageAssets, Server } from './server.js'

/** Where an authorization response goes; it may exist only for a client and a redirect URI that are proven. */
export interface ResponseTarget {
  readonly redirectUri: string
  readonly responseMode: ResponseMode
  /** Exactly as it came. */
  readonly state: string | null
}

/** What an authorization response says. */
export type AuthorizationOutcome =
  | { readonly code: string }
  | { readonly error: AuthorizationErrorCode; readonly description?: string }

/** What a person reads when something cannot be answered to the client. */
export interface PageError {
  readonly status: number
  readonly title: string
  readonly message: string
  /** Stable, so that it can be searched for. */
  readonly code: string
}

const copy = {
  formPostTitle: 'Continue',
  formPostLead: (destination: string) => `You are being sent to ${destination}.`,
  formPostButton: 'Continue',
}

/** The path at which an asset is served. */
export function assetPath(server: Server, name: keyof PageAssets): string {
  return `${server.config.basePath}/oauth/assets/${name}.${server.assets[name].hash}.${extensions[name]}`
}

const extensions = { stylesheet: 'css', enhance: 'js', formPost: 'js' } as const satisfies Record<
  keyof PageAssets,
  string
>

/** Answers the asset of a file name as `assetPath` made it, or 404. */
export function respondWithAsset(server: Server, { c }: Call): Response {
  const [name = '', hash = ''] = (c.req.param('file') ?? '').split('.')
  const file: Asset | undefined = Object.hasOwn(server.assets, name)
    ? server.assets[name as keyof PageAssets]
    : undefined
  if (!file) return new Response(null, { status: 404, headers: noStore })
  return answerAsset(file, { hash, ifNoneMatch: c.req.header('if-none-match') })
}

/** Answers a rendered page. */
export function respondWithPage(
  html: string,
  options: PageHeaderOptions & { readonly status?: number; readonly cookie?: string } = {},
): Response {
  const headers = new Headers(pageHeaders(options))
  if (options.cookie !== undefined) headers.append('Set-Cookie', options.cookie)
  return new Response(html, { status: options.status ?? 200, headers })
}

/** Answers an error page; nothing of the request is in it. */
export function respondWithErrorPage(server: Server, { requestId }: Call, error: PageError): Response {
  const html = errorPage({
    brand: server.config.brand,
    stylesheet: assetPath(server, 'stylesheet'),
    title: error.title,
    message: error.message,
    code: error.code,
    requestId,
  })
  return respondWithPage(html, { status: error.status })
}

/** Answers 303 to a path of this server. */
export function redirectTo(path: string, cookie?: string): Response {
  const headers = new Headers({ ...noStore, Location: path, 'Referrer-Policy': 'no-referrer' })
  if (cookie !== undefined) headers.append('Set-Cookie', cookie)
  return new Response(null, { status: 303, headers })
}

/** Adds the browser's cookie to the host's answer that sends it to log in. */
export function respondWithLogIn(answer: Response, cookie: string): Response {
  const headers = new Headers(answer.headers)
  headers.append('Set-Cookie', cookie)
  headers.set('Cache-Control', 'no-store')
  return new Response(answer.body, { status: answer.status, headers })
}

/** Answers the client through the browser (RFC 6749 §4.1.2), always with `iss` (RFC 9207). */
export function respondToClient(server: Server, target: ResponseTarget, outcome: AuthorizationOutcome): Response {
  const parameters: [string, string][] = []
  if ('code' in outcome) parameters.push(['code', outcome.code])
  else {
    parameters.push(['error', outcome.error])
    if (outcome.description !== undefined) parameters.push(['error_description', outcome.description])
  }
  if (target.state !== null) parameters.push(['state', target.state])
  parameters.push(['iss', server.config.issuer])
  if (target.responseMode === 'form_post') return respondWithFormPost(server, target, parameters)
  const headers = {
    ...noStore,
    Location: withParameters(target.redirectUri, parameters),
    'Referrer-Policy': 'no-referrer',
  }
  return new Response(null, { status: 303, headers })
}

/** The parameters in a form that sends itself, or waits for the person where there is no script. */
function respondWithFormPost(
  server: Server,
  target: ResponseTarget,
  parameters: readonly (readonly [string, string])[],
): Response {
  const html = renderPage(
    <Page
      brand={server.config.brand}
      title={copy.formPostTitle}
      lead={copy.formPostLead(redirectDestination(target.redirectUri))}
      stylesheet={assetPath(server, 'stylesheet')}
      scripts={[assetPath(server, 'formPost')]}
    >
      <form class="form" method="post" action={safeHref(target.redirectUri)} data-send="">
        {parameters.map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <Button>{copy.formPostButton}</Button>
      </form>
    </Page>,
  )
  // Browsers hold form-action against every redirect after the post, and where the client leads on is the client's affair.
  return respondWithPage(html, { formAction: 'any', referrer: 'no-referrer' })
}
