/** Links whose address cannot run a script. */
import type { Child } from 'hono/jsx'

const safeSchemes = new Set(['http:', 'https:', 'mailto:'])
const base = 'http://origin.invalid/'

/** The address if it is http, https, mailto or relative to this page; `#` for anything else, such as `javascript:`. */
export function safeHref(url: string): string {
  if (!URL.canParse(url, base)) return '#'
  return safeSchemes.has(new URL(url, base).protocol) ? url : '#'
}

/** A link within or below text. */
export function TextLink(props: {
  readonly href: string
  readonly children: Child
  /** Read out instead of the text, where several links on a page say the same. */
  readonly label?: string | undefined
}) {
  return (
    <a class="link" href={safeHref(props.href)} aria-label={props.label}>
      {props.children}
    </a>
  )
}
