/** The pages between registering and being confirmed. */
import {
  Button,
  ButtonLink,
  CodeField,
  Divider,
  ErrorSummary,
  Field,
  Notice,
  PasswordField,
  PostForm,
  TextLink,
} from '#base/page.js'

import { renderSigraPage } from '../../pages.js'
import { passwordHint, passwordProblem } from '../../password-words.js'
import { duration } from '../../respond.js'
import type { PasswordReason } from '../../rules/password-policy.js'
import type { Server } from '../../server.js'

/** What was refused on the page that waits for the mail. */
export type WaitingProblem = 'wrong_code' | 'dead_code' | 'no_address'

const problems = {
  wrong_code: { field: 'code', message: 'That code is wrong. Check the latest mail and try again.' },
  dead_code: { field: 'code', message: 'That code no longer works. Ask for a new mail below.' },
  no_address: { field: 'email', message: 'Enter an email address like name@example.com.' },
} as const satisfies Record<WaitingProblem, Problem>

interface Problem {
  readonly field: string
  readonly message: string
}

function problemOf(server: Server, problem: WaitingProblem | PasswordReason): Problem {
  if (problem === 'wrong_code' || problem === 'dead_code' || problem === 'no_address') return problems[problem]
  return { field: 'password', message: passwordProblem(problem, server.config.password) }
}

/** What the page that waits for the mail shows. */
export interface WaitingPage {
  /** The address this browser asked for; null when the browser does not know it any more. */
  readonly sentTo: string | null
  /** Whether the browser asked with nothing but an address, so that a password is still to be chosen. */
  readonly needsPassword: boolean
  readonly problem: WaitingProblem | PasswordReason | null
  readonly wasResent: boolean
  readonly retryAfterSeconds: number | null
}

/** "Check your mail": code entry and a new mail; the same for every address. */
export function waitingPage(server: Server, page: WaitingPage): string {
  const problem = page.problem === null ? null : problemOf(server, page.problem)
  return renderSigraPage(server, {
    title: page.sentTo === null ? 'Confirm your email address' : 'Check your mail',
    lead:
      page.sentTo === null ? (
        'Enter the address you registered with and we send you a new mail.'
      ) : (
        <>
          We sent a mail to <strong>{page.sentTo}</strong>. {instruction(server)}
        </>
      ),
    below: (
      <p>
        Already confirmed? <TextLink href="/users/log_in">Log in</TextLink>
      </p>
    ),
    children: (
      <>
        {problem !== null && <ErrorSummary errors={[problem]} />}
        {page.wasResent && problem === null && (
          <Notice kind="ok" focus>
            A new mail is on its way. Only the latest one works.
          </Notice>
        )}
        {page.retryAfterSeconds !== null && (
          <Notice kind="error" title="Too many tries" focus>
            {`Wait ${duration(page.retryAfterSeconds)}, then try again.`}
          </Notice>
        )}
        {page.sentTo === null ? (
          <AddressForm problem={problem?.field === 'email' ? problem.message : undefined} />
        ) : (
          <CodeAndResend server={server} sentTo={page.sentTo} needsPassword={page.needsPassword} problem={problem} />
        )}
      </>
    ),
  })
}

function instruction(server: Server): string {
  const { by } = server.config.emailConfirmation
  if (by === 'link') return 'Open the link in it to finish.'
  return by === 'code' ? 'Enter the code from it to finish.' : 'Open the link in it, or enter the code from it here.'
}

function CodeAndResend(props: {
  readonly server: Server
  readonly sentTo: string
  readonly needsPassword: boolean
  readonly problem: Problem | null
}) {
  const wrong = (field: string) => (props.problem?.field === field ? props.problem.message : undefined)
  const offersCode = props.server.config.emailConfirmation.by !== 'link'
  return (
    <>
      {offersCode && (
        <>
          <PostForm action="/users/confirm/code" label="Enter the code">
            <CodeField label="Code from the mail" error={wrong('code')} autofocus={props.problem === null} />
            {props.needsPassword && (
              <NewPassword server={props.server} email={props.sentTo} problem={wrong('password')} />
            )}
            <Button>Confirm</Button>
          </PostForm>
          <Divider>or</Divider>
        </>
      )}
      <PostForm action="/users/confirm/resend" label="Send a new mail">
        <p class="muted">No mail after a few minutes? Look in the folder for spam, or:</p>
        <Button kind="plain">Send a new mail</Button>
      </PostForm>
      <p>
        Wrong address? <TextLink href="/users/register">Start again</TextLink>
      </p>
    </>
  )
}

function AddressForm(props: { readonly problem: string | undefined }) {
  return (
    <PostForm action="/users/confirm/resend">
      <Field
        label="Email address"
        name="email"
        type="email"
        autocomplete="username"
        inputmode="email"
        maxlength={254}
        error={props.problem}
        autofocus={props.problem === undefined}
      />
      <Button>Send a new mail</Button>
    </PostForm>
  )
}

/** What the page behind a mailed link shows. */
export interface LinkPage {
  readonly email: string
  readonly needsPassword: boolean
  readonly problem: PasswordReason | null
}

/** The page behind a mailed link: one button, which spends the link. */
export function linkPage(server: Server, page: LinkPage): string {
  const policy = server.config.password
  const problem = page.problem === null ? undefined : passwordProblem(page.problem, policy)
  return renderSigraPage(server, {
    title: 'Confirm your email address',
    ratesPassword: page.needsPassword,
    lead: (
      <>
        For your {server.config.brand.name} account <strong>{page.email}</strong>.
      </>
    ),
    children: (
      <>
        <ErrorSummary errors={problem === undefined ? [] : [{ field: 'password', message: problem }]} />
        <PostForm action="/users/confirm/link">
          {page.needsPassword && (
            <>
              <p>This is not the browser the account was created in. Choose the password that holds from now on.</p>
              <NewPassword server={server} email={page.email} problem={problem} />
            </>
          )}
          <Button>Confirm and log in</Button>
        </PostForm>
      </>
    ),
  })
}

/** The password that holds from now on; the hidden address tells password managers whose it is. */
function NewPassword(props: { readonly server: Server; readonly email: string; readonly problem: string | undefined }) {
  return (
    <>
      <input type="hidden" name="username" autocomplete="username" value={props.email} />
      <PasswordField
        label="New password"
        name="password"
        autocomplete="new-password"
        hint={passwordHint(props.server.config.password)}
        ratedFrom={props.server.config.password.minLength}
        error={props.problem}
      />
    </>
  )
}

/** Says that a link is of no use any more and what to do. */
export function deadLinkPage(server: Server): string {
  return renderSigraPage(server, {
    title: 'This link no longer works',
    lead: 'It is too old, or a newer mail took its place.',
    children: <ButtonLink href="/users/confirm">Get a new mail</ButtonLink>,
  })
}

/** Says that there is nothing left to confirm. */
export function alreadyConfirmedPage(server: Server): string {
  return renderSigraPage(server, {
    title: 'Your email address is confirmed',
    lead: 'There is nothing more to do here.',
    children: <ButtonLink href="/users/log_in">Log in</ButtonLink>,
  })
}
