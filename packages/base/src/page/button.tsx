/** Buttons, and the forms that they send. */
import type { Child } from 'hono/jsx'
import { safeHref } from './link.js'

/** One primary act a page; plain for the others; danger for what cannot be undone. */
export type ButtonKind = 'primary' | 'plain' | 'danger'

/** A button; it fills the width of an entry form and is as wide as its words on account pages. */
export function Button(props: {
  readonly children: Child
  readonly kind?: ButtonKind | undefined
  readonly type?: 'submit' | 'button' | undefined
  readonly name?: string | undefined
  readonly value?: string | undefined
  /** Where the post goes when it differs from the form's own action. */
  readonly formaction?: string | undefined
  /** Sends the form without the browser's checks, as "cancel" must. */
  readonly skipChecks?: boolean | undefined
  readonly disabled?: boolean | undefined
  readonly label?: string | undefined
  /** Smaller, for rows of a table or list. */
  readonly small?: boolean | undefined
}) {
  return (
    <button
      class={buttonClass(props.kind, props.small)}
      type={props.type ?? 'submit'}
      name={props.name}
      value={props.value}
      formaction={props.formaction === undefined ? undefined : safeHref(props.formaction)}
      formnovalidate={props.skipChecks === true ? true : undefined}
      disabled={props.disabled === true ? true : undefined}
      aria-label={props.label}
    >
      <span class="button-words">{props.children}</span>
    </button>
  )
}

/** A link that looks like a button: for going somewhere, never for changing something. */
export function ButtonLink(props: {
  readonly href: string
  readonly children: Child
  readonly kind?: ButtonKind | undefined
  readonly small?: boolean | undefined
}) {
  return (
    <a class={buttonClass(props.kind, props.small)} href={safeHref(props.href)}>
      <span class="button-words">{props.children}</span>
    </a>
  )
}

function buttonClass(kind: ButtonKind | undefined, small: boolean | undefined): string {
  return `button ${kind ?? 'primary'}${small === true ? ' small' : ''}`
}

/** A form that posts; with script its buttons show that they are busy and send only once. */
export function PostForm(props: {
  readonly action: string
  readonly children: Child
  readonly id?: string | undefined
  /** Lays the form out in a line, for a single button in a row. */
  readonly inline?: boolean | undefined
  readonly label?: string | undefined
}) {
  return (
    <form
      class={props.inline === true ? 'form inline' : 'form'}
      id={props.id}
      method="post"
      action={safeHref(props.action)}
      aria-label={props.label}
      data-once=""
    >
      {props.children}
    </form>
  )
}

/** Buttons side by side, one above the other on a phone. */
export function Actions(props: { readonly children: Child }) {
  return <div class="actions">{props.children}</div>
}
