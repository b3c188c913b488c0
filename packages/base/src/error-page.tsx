/** The page for everything that went wrong: what a person understands, a stable code, what to do, the request's id. */
import type { Brand } from './page/brand.js'
import { ButtonLink } from './page/button.js'
import { Page, renderPage } from './page/frame.js'

/** Words of an error page; they come from our own tables, never from the request. */
export interface ErrorPageProps {
  readonly brand: Brand
  readonly stylesheet: string
  readonly title: string
  /** What happened and what to do next. */
  readonly message: string
  /** Stable, so that it can be searched for. */
  readonly code: string
  readonly requestId: string
  readonly lang?: string | undefined
  readonly action?: { readonly label: string; readonly href: string } | undefined
}

/** Renders an error page as text. */
export function errorPage(props: ErrorPageProps): string {
  return renderPage(
    <Page brand={props.brand} stylesheet={props.stylesheet} title={props.title} lang={props.lang}>
      <p>{props.message}</p>
      {props.action !== undefined && (
        <ButtonLink kind="plain" href={props.action.href}>
          {props.action.label}
        </ButtonLink>
      )}
      <dl class="trace">
        <div>
          <dt>Code</dt>
          <dd>{props.code}</dd>
        </div>
        <div>
          <dt>Request</dt>
          <dd>{props.requestId}</dd>
        </div>
      </dl>
    </Page>,
  )
}
