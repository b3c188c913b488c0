/** The frame that every page of sigra shares: the host's name and look. */
import type { Child } from 'hono/jsx'

import { Page, renderPage, type PageSection } from '#base/page.js'

import type { Server } from './server.js'

/** What a page shows. */
export interface SigraPage {
  readonly title: string
  readonly heading?: string
  readonly lead?: Child
  readonly children?: Child
  readonly below?: Child
  readonly wide?: boolean
  readonly sections?: readonly PageSection[]
  readonly headerAside?: Child
  /** Whether somebody chooses a password here; loads the script that rates it. */
  readonly ratesPassword?: boolean
}

/** Renders a page in the host's frame. */
export function renderSigraPage(
  server: Pick<Server, 'config' | 'stylesheet' | 'scripts' | 'strengthScript'>,
  page: SigraPage,
): string {
  return renderPage(
    <Page
      brand={server.config.brand}
      stylesheet={server.stylesheet}
      scripts={page.ratesPassword === true ? [...server.scripts, server.strengthScript] : server.scripts}
      homeHref={server.config.landingPath}
      {...page}
    >
      {page.children}
    </Page>,
  )
}
