/** What a page says to the person about what just happened. */
import type { Child } from 'hono/jsx'
import { safeHref } from './link.js'

/** How a notice is meant; told by its words and its mark, not by colour alone. */
export type NoticeKind = 'info' | 'ok' | 'warn' | 'error'

const roles = { info: 'status', ok: 'status', warn: 'alert', error: 'alert' } as const satisfies Record<
  NoticeKind,
  string
>

/** A notice; give `focus` after a failed post, so that it is read first. */
export function Notice(props: {
  readonly kind: NoticeKind
  readonly children?: Child | undefined
  readonly title?: string | undefined
  readonly focus?: boolean | undefined
}) {
  return (
    <div
      class={`notice ${props.kind}`}
      role={roles[props.kind]}
      tabindex={props.focus === true ? -1 : undefined}
      autofocus={props.focus === true ? true : undefined}
    >
      <div class="notice-words">
        {props.title !== undefined && <p class="notice-title">{props.title}</p>}
        {typeof props.children === 'string' ? <p>{props.children}</p> : props.children}
      </div>
    </div>
  )
}

/** The list of everything to mend after a refused post, each item leading to its field; takes focus. */
export function ErrorSummary(props: {
  readonly errors: readonly { readonly field: string; readonly message: string }[]
  readonly title?: string | undefined
}) {
  if (props.errors.length === 0) return null
  return (
    <Notice kind="error" title={props.title ?? 'There is a problem'} focus>
      <ul>
        {props.errors.map((error) => (
          <li>
            <a class="link" href={safeHref(`#${error.field}`)}>
              {error.message}
            </a>
          </li>
        ))}
      </ul>
    </Notice>
  )
}
