/** Form fields: the label above, the hint below it, the error linked to the input and announced with it. */
import type { Child } from 'hono/jsx'

/** What every field has. Give `error` after a refused post; it stands where the person looks for it. */
export interface FieldFrame {
  readonly label: string
  readonly name: string
  /** The name unless told; must be unique on the page. */
  readonly id?: string | undefined
  readonly hint?: Child | undefined
  readonly error?: string | undefined
  /** Writes "optional" beside the label; fields are required unless told. */
  readonly optional?: boolean | undefined
  readonly autofocus?: boolean | undefined
  readonly disabled?: boolean | undefined
  /** Something at the far end of the label's line, such as "Forgot your password?". */
  readonly aside?: Child | undefined
}

/** A field of one line. */
export function Field(
  props: FieldFrame & {
    readonly type?: 'text' | 'email' | 'tel' | 'url' | 'search' | undefined
    readonly value?: string | undefined
    readonly autocomplete?: string | undefined
    readonly inputmode?: 'text' | 'email' | 'numeric' | 'tel' | 'url' | 'search' | undefined
    readonly maxlength?: number | undefined
    readonly readonly?: boolean | undefined
  },
) {
  const type = props.type ?? 'text'
  const plain = type === 'email' || type === 'url' || props.autocomplete?.includes('username') === true
  return (
    <FieldBox {...props}>
      <input
        class="input"
        type={type}
        value={props.value}
        autocomplete={props.autocomplete}
        inputmode={props.inputmode}
        maxlength={props.maxlength}
        readonly={props.readonly === true ? true : undefined}
        autocapitalize={plain ? 'none' : undefined}
        spellcheck={plain ? false : undefined}
        {...inputAttributes(props)}
      />
    </FieldBox>
  )
}

/** A password; with script a button shows it. Say its rules in `hint`, before and not after. */
export function PasswordField(
  props: FieldFrame & {
    readonly autocomplete: 'current-password' | 'new-password'
    readonly maxlength?: number | undefined
    readonly showLabel?: string | undefined
    /** Characters the policy asks for, where a script of the page rates the password while it is typed. */
    readonly ratedFrom?: number | undefined
  },
) {
  const id = props.id ?? props.name
  return (
    <FieldBox {...props}>
      <div class="password">
        <input
          class="input"
          type="password"
          autocomplete={props.autocomplete}
          maxlength={props.maxlength}
          data-rated-from={props.ratedFrom}
          autocapitalize="none"
          spellcheck={false}
          {...inputAttributes(props)}
        />
        <button class="reveal" type="button" aria-controls={id} aria-pressed="false" data-reveal={id} hidden>
          {props.showLabel ?? 'Show'}
          <span class="unseen"> {props.label}</span>
        </button>
      </div>
    </FieldBox>
  )
}

/** A code of digits from a message or an app: one input, so that pasting and autofill work. */
export function CodeField(
  props: Omit<FieldFrame, 'name'> & { readonly name?: string | undefined; readonly digits?: number | undefined },
) {
  const digits = props.digits ?? 6
  const frame = { ...props, name: props.name ?? 'code' }
  return (
    <FieldBox {...frame}>
      <input
        class="input code"
        type="text"
        inputmode="numeric"
        autocomplete="one-time-code"
        autocapitalize="none"
        spellcheck={false}
        pattern="[0-9 \-]*"
        maxlength={digits * 2}
        {...inputAttributes(frame)}
      />
    </FieldBox>
  )
}

/** A choice out of a list. */
export function SelectField(
  props: FieldFrame & {
    readonly options: readonly { readonly value: string; readonly label: string }[]
    readonly value?: string | undefined
  },
) {
  return (
    <FieldBox {...props}>
      <select class="input" {...inputAttributes(props)}>
        {props.options.map((option) => (
          <option value={option.value} selected={option.value === props.value ? true : undefined}>
            {option.label}
          </option>
        ))}
      </select>
    </FieldBox>
  )
}

/** A yes or no, or one of several with the same name and `type="radio"`. */
export function ChoiceField(
  props: Omit<FieldFrame, 'aside'> & {
    readonly type?: 'checkbox' | 'radio' | undefined
    readonly value?: string | undefined
    readonly checked?: boolean | undefined
  },
) {
  const id = props.id ?? props.name
  return (
    <div class={props.error === undefined ? 'choice' : 'choice invalid'}>
      <input
        type={props.type ?? 'checkbox'}
        value={props.value ?? 'true'}
        checked={props.checked === true ? true : undefined}
        {...inputAttributes({ ...props, optional: true })}
      />
      <div>
        <label for={id}>{props.label}</label>
        <FieldNotes id={id} hint={props.hint} error={props.error} />
      </div>
    </div>
  )
}

function FieldBox(props: FieldFrame & { readonly children?: Child }) {
  const id = props.id ?? props.name
  return (
    <div class={props.error === undefined ? 'field' : 'field invalid'}>
      <div class="label-line">
        <label for={id}>
          {props.label}
          {props.optional === true && <span class="muted"> (optional)</span>}
        </label>
        {props.aside !== undefined && <span class="aside">{props.aside}</span>}
      </div>
      {props.children}
      <FieldNotes id={id} hint={props.hint} error={props.error} />
    </div>
  )
}

function FieldNotes(props: {
  readonly id: string
  readonly hint?: Child | undefined
  readonly error?: string | undefined
}) {
  return (
    <>
      {props.error !== undefined && (
        <p class="field-error" id={`${props.id}-error`}>
          {props.error}
        </p>
      )}
      {props.hint !== undefined && (
        <p class="hint" id={`${props.id}-hint`}>
          {props.hint}
        </p>
      )}
    </>
  )
}

function inputAttributes(props: FieldFrame) {
  const id = props.id ?? props.name
  const notes = [
    ...(props.error === undefined ? [] : [`${id}-error`]),
    ...(props.hint === undefined ? [] : [`${id}-hint`]),
  ]
  return {
    id,
    name: props.name,
    required: props.optional === true ? undefined : true,
    autofocus: props.autofocus === true ? true : undefined,
    disabled: props.disabled === true ? true : undefined,
    'aria-invalid': props.error === undefined ? undefined : 'true',
    'aria-describedby': notes.length === 0 ? undefined : notes.join(' '),
  }
}
