/** Facts in lists and tables. */
import type { Child } from 'hono/jsx'
import { safeHref } from './link.js'

/** Pairs of a name and what it is, each with room for one act. */
export function KeyValues(props: {
  readonly items: readonly { readonly key: string; readonly value: Child; readonly action?: Child | undefined }[]
}) {
  return (
    <dl class="key-values">
      {props.items.map((item) => (
        <div>
          <dt>{item.key}</dt>
          <dd>{item.value}</dd>
          {item.action !== undefined && <dd class="act">{item.action}</dd>}
        </div>
      ))}
    </dl>
  )
}

/** How a state is meant. */
export type BadgeTone = 'neutral' | 'ok' | 'warn' | 'danger'

/** The name of a state. */
export function Badge(props: { readonly children: Child; readonly tone?: BadgeTone | undefined }) {
  return <span class={`badge ${props.tone ?? 'neutral'}`}>{props.children}</span>
}

/** A column; `sortHref` makes its heading a link, `sorted` says how it is sorted now. */
export interface TableColumn {
  readonly label: string
  readonly align?: 'start' | 'end' | undefined
  readonly sortHref?: string | undefined
  readonly sorted?: 'ascending' | 'descending' | undefined
  /** Keeps the heading for screen readers only, for a column of buttons. */
  readonly unseen?: boolean | undefined
}

/**
 * A table with its caption; with no rows it shows `empty`, which says what would be here and the next step.
 * Roles are written out because browsers drop them where the style sheet stacks a table on a phone.
 */
export function Table(props: {
  readonly caption: string
  readonly columns: readonly TableColumn[]
  readonly rows: readonly (readonly Child[])[]
  readonly empty: Child
  readonly previousHref?: string | undefined
  readonly nextHref?: string | undefined
  readonly hideCaption?: boolean | undefined
}) {
  if (props.rows.length === 0) return <Empty>{props.empty}</Empty>
  return (
    <>
      <div class="table-frame" role="region" aria-label={props.caption} tabindex={0}>
        <table role="table">
          <caption class={props.hideCaption === true ? 'unseen' : undefined}>{props.caption}</caption>
          <thead role="rowgroup">
            <tr role="row">
              {props.columns.map((column) => (
                <HeadCell column={column} />
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {props.rows.map((row) => (
              <tr role="row">
                {row.map((cell, index) => (
                  <BodyCell column={props.columns[index]}>{cell}</BodyCell>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Pager previousHref={props.previousHref} nextHref={props.nextHref} />
    </>
  )
}

/** What stands where nothing is yet. */
export function Empty(props: { readonly children: Child }) {
  return <div class="empty">{typeof props.children === 'string' ? <p>{props.children}</p> : props.children}</div>
}

/** On a phone the cells of a row stand below each other, each behind the name of its column. */
function BodyCell(props: { readonly column: TableColumn | undefined; readonly children: Child }) {
  const { column } = props
  const isBlank = props.children === '' || props.children === null || props.children === undefined
  const label = column === undefined || column.unseen === true ? undefined : column.label
  return (
    <td role="cell" class={[column?.align ?? 'start', ...(isBlank ? ['blank'] : [])].join(' ')} data-label={label}>
      {isBlank ? '' : <div>{props.children}</div>}
    </td>
  )
}

function HeadCell(props: { readonly column: TableColumn }) {
  const { label, align, sortHref, sorted, unseen } = props.column
  const words = unseen === true ? <span class="unseen">{label}</span> : label
  return (
    <th role="columnheader" scope="col" class={align === 'end' ? 'end' : undefined} aria-sort={sorted}>
      {sortHref === undefined ? (
        words
      ) : (
        <a class={sorted === undefined ? 'sort' : `sort ${sorted}`} href={safeHref(sortHref)}>
          {words}
        </a>
      )}
    </th>
  )
}

function Pager(props: { readonly previousHref: string | undefined; readonly nextHref: string | undefined }) {
  if (props.previousHref === undefined && props.nextHref === undefined) return null
  return (
    <nav class="pager" aria-label="Pages">
      {props.previousHref !== undefined && (
        <a class="button plain small" rel="prev" href={safeHref(props.previousHref)}>
          Previous
        </a>
      )}
      {props.nextHref !== undefined && (
        <a class="button plain small" rel="next" href={safeHref(props.nextHref)}>
          Next
        </a>
      )}
    </nav>
  )
}
