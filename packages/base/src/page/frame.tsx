/** The frame of every page that people see: the host's name above, one column, one main heading. */
import type { Child } from 'hono/jsx'
import type { HtmlEscapedString } from 'hono/utils/html'
import { Fault } from '../fault.js'
import type { Brand } from './brand.js'
import { safeHref } from './link.js'

/** A section in the side list of account pages. */
export interface PageSection {
  readonly label: string
  readonly href: string
  readonly current?: boolean | undefined
}

/** What a page is made of. */
export interface PageProps {
  readonly brand: Brand
  /** Names the page in the browser, and is its main heading unless `heading` is given. */
  readonly title: string
  readonly heading?: string | undefined
  /** One or two sentences below the heading. */
  readonly lead?: Child | undefined
  /** Path of the style sheet. */
  readonly stylesheet: string
  /** Paths of scripts of this origin, loaded deferred; the page must work without them. */
  readonly scripts?: readonly string[] | undefined
  /** Two-letter language, `en` unless told; `dir` follows it. */
  readonly lang?: string | undefined
  /** 44 rem without a card, for account pages; 24 rem with a card otherwise. */
  readonly wide?: boolean | undefined
  readonly sections?: readonly PageSection[] | undefined
  /** Where the brand in the header leads. */
  readonly homeHref?: string | undefined
  /** At the end of the header, such as who is logged in. */
  readonly headerAside?: Child | undefined
  /** Below the card, such as the way to the other entrance. */
  readonly below?: Child | undefined
  readonly footer?: Child | undefined
  readonly children?: Child | undefined
}

const rightToLeft = new Set(['ar', 'fa', 'he', 'ur'])

/** A whole page. */
export function Page(props: PageProps) {
  const lang = props.lang ?? 'en'
  return (
    <html lang={lang} dir={rightToLeft.has(lang.slice(0, 2)) ? 'rtl' : 'ltr'}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{`${props.title} · ${props.brand.name}`}</title>
        <link rel="stylesheet" href={safeHref(props.stylesheet)} />
        {props.scripts?.map((path) => (
          <script src={safeHref(path)} defer />
        ))}
      </head>
      <body class={bodyClass(props)}>
        {props.wide === true && (
          <a class="skip" href="#main">
            Skip to content
          </a>
        )}
        <Header brand={props.brand} homeHref={props.homeHref} aside={props.headerAside} />
        {props.wide === true ? <WideBody {...props} /> : <NarrowBody {...props} />}
        <footer class="page-footer">{props.footer}</footer>
      </body>
    </html>
  )
}

function bodyClass({ wide, sections = [] }: PageProps): string {
  if (wide !== true) return 'narrow'
  return sections.length === 0 ? 'wide unlisted' : 'wide'
}

function NarrowBody(props: PageProps) {
  return (
    <main id="main" class="column">
      <div class="panel">
        <Heading {...props} />
        {props.children}
      </div>
      {props.below !== undefined && <div class="below">{props.below}</div>}
    </main>
  )
}

function WideBody(props: PageProps) {
  const sections = props.sections ?? []
  return (
    <div class={sections.length === 0 ? 'columns single' : 'columns'}>
      {sections.length > 0 && <Sections sections={sections} />}
      <main id="main" class="column">
        <Heading {...props} />
        {props.children}
        {props.below !== undefined && <div class="below">{props.below}</div>}
      </main>
    </div>
  )
}

function Heading(props: PageProps) {
  return (
    <div class="heading">
      <h1>{props.heading ?? props.title}</h1>
      {props.lead !== undefined && <p class="lead">{props.lead}</p>}
    </div>
  )
}

function Header(props: {
  readonly brand: Brand
  readonly homeHref: string | undefined
  readonly aside: Child | undefined
}) {
  const words = (
    <>
      {props.brand.logoPath !== undefined && <img src={safeHref(props.brand.logoPath)} alt="" height="32" />}
      <span>{props.brand.name}</span>
    </>
  )
  return (
    <header class="page-header">
      {props.homeHref === undefined ? (
        <span class="brand">{words}</span>
      ) : (
        <a class="brand" href={safeHref(props.homeHref)}>
          {words}
        </a>
      )}
      {props.aside !== undefined && <div class="header-aside">{props.aside}</div>}
    </header>
  )
}

function Sections(props: { readonly sections: readonly PageSection[] }) {
  return (
    <nav class="sections" aria-label="Sections">
      <ul>
        {props.sections.map((section) => (
          <li>
            <a href={safeHref(section.href)} aria-current={section.current === true ? 'page' : undefined}>
              {section.label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** A titled part of a page: a card on wide pages, a plain section within the card of narrow ones. */
export function Card(props: {
  readonly children?: Child | undefined
  readonly title?: string | undefined
  readonly lead?: Child | undefined
  readonly id?: string | undefined
  /** Marks the part where things are removed. */
  readonly danger?: boolean | undefined
}) {
  return (
    <section class={props.danger === true ? 'card danger' : 'card'} id={props.id}>
      {props.title !== undefined && <h2>{props.title}</h2>}
      {props.lead !== undefined && <p class="lead">{props.lead}</p>}
      {props.children}
    </section>
  )
}

/** A line between two ways, with a word on it such as "or". */
export function Divider(props: { readonly children: string }) {
  return (
    <div class="divider">
      <span>{props.children}</span>
    </div>
  )
}

/** What a component answers. */
export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>

/** The text of a page, with its document type. Faults for a page that waits for something, since pages only render values. */
export function renderPage(page: Markup): string {
  const text: unknown = page instanceof Promise ? undefined : page.toString()
  if (typeof text !== 'string') throw new Fault('a page must not contain anything asynchronous')
  return `<!doctype html>${text}`
}
