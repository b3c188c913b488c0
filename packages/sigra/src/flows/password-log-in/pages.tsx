/** The log in page. */
import {
  ChoiceField,
  Divider,
  ErrorSummary,
  Field,
  Notice,
  PasswordField,
  PostForm,
  Button,
  TextLink,
} from '#base/page.js'
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
  unconfirmed: 'Registered, but not confirmed yet?',
  unconfirmedLink: 'Confirm your email address',
  unlockHint: 'Is it your account? Do not wait: we mail you a link that lets this browser try again at once.',
  unlockButton: 'Mail me a link',
}

const reasons = {
  log_in_required: 'Log in first, then go on where you were.',
  session_ended: 'You were logged out because you were away for a while. Log in to go on where you were.',
  confirmed: 'Your email address is confirmed. Log in to continue.',
  reauthenticate: 'Enter your password once more to go on.',
  unlocked: 'This browser may try again now.',
  other_account: 'Log in with the account that you want to use.',
} as const

/** Reasons for which being logged in is not enough: going on as before would only lead back here. */
const needsNewLogIn: readonly LogInReason[] = ['reauthenticate', 'other_account']

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
  /** What was typed, kept after a refusal, or the address to log in with once more; never the password. */
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
  return renderSigraPage(server, {
    title: copy.title,
    heading: `Log in to ${product}`,
    below: (
      <>
        {config.registration.open && (
          <p>
            {copy.register}{' '}
            <TextLink href={withReturnTo('/users/register', page.returnTo)}>{copy.registerLink}</TextLink>
          </p>
        )}
        {page.refusal?.kind === 'wrong' && (
          // Said to everybody: who may be told that an address waits to be confirmed is told by mail.
          <p>
            {copy.unconfirmed} <TextLink href="/users/confirm">{copy.unconfirmedLink}</TextLink>
          </p>
        )}
      </>
    ),
    children: (
      <>
        <Refusal refusal={page.refusal} />
        {page.refusal === null && <Why page={page} landingPath={config.landingPath} />}
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
            autofocus={page.refusal === null && page.email === ''}
          />
          <PasswordField
            label={copy.password}
            name="password"
            autocomplete="current-password"
            autofocus={page.refusal === null && page.email !== ''}
          />
          {config.session.offerRemember && (
            <ChoiceField label={copy.remember} name="remember" hint={copy.rememberHint} optional />
          )}
          <Button>{copy.button}</Button>
        </PostForm>
        {page.refusal?.kind === 'throttled' && <AskForLink page={page} />}
      </>
    ),
  })
}

/** The way in for an owner whom the tries of others hold up. */
function AskForLink({ page }: { readonly page: LogInPage }) {
  return (
    <>
      <Divider>or</Divider>
      <PostForm action="/users/unlock" label={copy.unlockButton}>
        <p class="muted">{copy.unlockHint}</p>
        <input type="hidden" name="email" value={page.email} />
        {page.returnTo !== null && <input type="hidden" name="return_to" value={page.returnTo} />}
        <Button kind="plain">{copy.unlockButton}</Button>
      </PostForm>
    </>
  )
}

/** Why the page is shown, and for those who are logged in already, the way on where there is one. */
function Why({ page, landingPath }: { readonly page: LogInPage; readonly landingPath: LocalPath }) {
  const reason = page.reason ?? (page.returnTo === null ? null : 'log_in_required')
  if (page.loggedInAs === null) return reason === null ? null : <Notice kind="info">{reasons[reason]}</Notice>
  return (
    <Notice kind="info">
      <p>
        You are logged in as {page.loggedInAs}.{' '}
        {reason !== null && needsNewLogIn.includes(reason) ? (
          reasons[reason]
        ) : (
          <>
            <TextLink href={page.returnTo ?? landingPath}>Continue</TextLink>, or log in with another account below.
          </>
        )}
      </p>
    </Notice>
  )
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
