/** The registration page. */
import type { LocalPath } from '#base/local-path.js'
import { Button, ErrorSummary, Field, Notice, PasswordField, PostForm, TextLink } from '#base/page.js'

import { renderSigraPage } from '../../pages.js'
import { passwordHint, passwordProblem } from '../../password-words.js'
import { duration } from '../../respond.js'
import type { EmailAddressReason } from '../../rules/email-address.js'
import type { Server } from '../../server.js'
import type { RegistrationProblems } from './register.js'

const copy = {
  title: 'Create an account',
  button: 'Create account',
  email: 'Email address',
  emailHint: 'We send a mail there to confirm that it is yours.',
  password: 'Password',
  logIn: 'Have an account?',
  logInLink: 'Log in',
}

const emailProblems = {
  missing: 'Enter your email address.',
  too_long: 'That email address is too long.',
  malformed: 'Enter an email address like name@example.com.',
} as const satisfies Record<EmailAddressReason, string>

/** What the registration page shows. */
export interface RegistrationPage {
  readonly returnTo: LocalPath | null
  readonly email: string
  readonly problems: RegistrationProblems | null
  readonly retryAfterSeconds: number | null
}

/** The page with address and new password. */
export function registrationPage(server: Server, page: RegistrationPage): string {
  const { config } = server
  const email = page.problems?.email ? emailProblems[page.problems.email] : undefined
  const password = page.problems?.password ? passwordProblem(page.problems.password, config.password) : undefined
  const errors = [
    ...(email ? [{ field: 'email', message: email }] : []),
    ...(password ? [{ field: 'password', message: password }] : []),
  ]
  const logIn =
    page.returnTo === null ? '/users/log_in' : `/users/log_in?return_to=${encodeURIComponent(page.returnTo)}`
  return renderSigraPage(server, {
    title: copy.title,
    ratesPassword: true,
    heading: `Create a ${config.brand.name} account`,
    below: (
      <p>
        {copy.logIn} <TextLink href={logIn}>{copy.logInLink}</TextLink>
      </p>
    ),
    children: (
      <>
        <ErrorSummary errors={errors} />
        {page.retryAfterSeconds !== null && (
          <Notice kind="error" title="Too many tries" focus>
            {`Wait ${duration(page.retryAfterSeconds)}, then try again.`}
          </Notice>
        )}
        <PostForm action="/users/register">
          {page.returnTo !== null && <input type="hidden" name="return_to" value={page.returnTo} />}
          <Field
            label={copy.email}
            name="email"
            type="email"
            autocomplete="username"
            inputmode="email"
            maxlength={254}
            value={page.email}
            hint={copy.emailHint}
            error={email}
            autofocus={errors.length === 0}
          />
          <PasswordField
            label={copy.password}
            name="password"
            autocomplete="new-password"
            hint={passwordHint(config.password)}
            ratedFrom={config.password.minLength}
            error={password}
          />
          <Button>{copy.button}</Button>
        </PostForm>
      </>
    ),
  })
}
