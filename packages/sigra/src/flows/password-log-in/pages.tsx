/** The log in page. */
import { ChoiceField, ErrorSummary, Field, Notice, PasswordField, PostForm, Button, TextLink } from '#base/page.js'
import type { LocalPath } from '#base/local-path.js'

import { renderSigraPage } from '../../pages.js'
import { duration } from '../../respond.js'
import type { Server } from '../../server.js'

const copy = {
  title: 'Log in',
  button: 'Log in',
  email: 'Email address',
  password: 'Password',
  remember: 'Stay logged in on this device',
  rememberHint: 'Not on a shared computer.',
  wrong: 'The email address or the password is wrong.',
  register: 'New here?',
  registerLink: 'Create an account',
}

const reasons = {
  log_in_required: (product: string) => `Log in to continue to ${product}.`,
  session_ended: () => 'You were logged out because you were away for a while. Log in to go on where you were.',
  confirmed: () => 'Your email address is confirmed. Log in to continue.',
} as const

/** Why somebody came to the log in page. */
export type LogInReason = keyof typeof reasons

/** Reads the reason from the address; words that are not ours are ignored. */
export function parseLogInReason(text: string | undefined): LogInReason | null {
  return text !== undefined && Object.hasOwn(reasons, text) ? (text as LogInReason) : null
}

/** What the log in page shows. */
export interface LogInPage {
  readonly reason: LogInReason | null
  readonly returnTo: LocalPath | null
  /** Address of whoever is logged in already. */
  readonly loggedInAs: string | null
  /** What was typed, kept after a refusal; never the password. */
  readonly email: string
  readonly refusal:
    | { readonly kind: 'wrong' }
    | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }
    | null
}

/** The page with address and password. */
export function logInPage(server: Server, page: LogInPage): string {
  const { config } = server
  const product = config.brand.name
  const reason = page.reason ?? (page.returnTo === null ? null : 'log_in_required')
  return renderSigraPage(server, {
    title: copy.title,
    heading: `Log in to ${product}`,
    below: config.registration.open ? (
      <p>
        {copy.register} <TextLink href={withReturnTo('/users/register', page.returnTo)}>{copy.registerLink}</TextLink>
      </p>
    ) : undefined,
    children: (
      <>
        <Refusal refusal={page.refusal} />
        {page.refusal === null && reason !== null && page.loggedInAs === null && (
          <Notice kind="info">{reasons[reason](product)}</Notice>
        )}
        {page.loggedInAs !== null && (
          <Notice kind="info">
            <p>
              You are logged in as {page.loggedInAs}.{' '}
              <TextLink href={page.returnTo ?? config.landingPath}>Continue</TextLink> or log in again below.
            </p>
          </Notice>
        )}
        <PostForm action="/users/log_in">
          {page.returnTo !== null && <input type="hidden" name="return_to" value={page.returnTo} />}
          <Field
            label={copy.email}
            name="email"
            type="email"
            autocomplete="username"
            inputmode="email"
            value={page.email}
            maxlength={254}
            autofocus={page.refusal === null}
          />
          <PasswordField label={copy.password} name="password" autocomplete="current-password" />
          {config.session.offerRemember && (
            <ChoiceField label={copy.remember} name="remember" hint={copy.rememberHint} optional />
          )}
          <Button>{copy.button}</Button>
        </PostForm>
      </>
    ),
  })
}

function Refusal(props: { readonly refusal: LogInPage['refusal'] }) {
  if (props.refusal === null) return null
  if (props.refusal.kind === 'wrong') return <ErrorSummary errors={[{ field: 'email', message: copy.wrong }]} />
  return (
    <Notice kind="error" title="Too many tries" focus>
      {`Wait ${duration(props.refusal.retryAfterSeconds)}, then try again.`}
    </Notice>
  )
}

/** Adds the way back to one of our own addresses. */
export function withReturnTo(path: string, returnTo: LocalPath | null): string {
  return returnTo === null ? path : `${path}?return_to=${encodeURIComponent(returnTo)}`
}
