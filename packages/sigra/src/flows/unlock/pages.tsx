/** The pages of unlocking by mail. */
import type { LocalPath } from '#base/local-path.js'
import { Button, ButtonLink, ErrorSummary, Field, Notice, PostForm, TextLink } from '#base/page.js'

import { renderSigraPage } from '../../pages.js'
import { duration } from '../../respond.js'
import type { EmailAddressReason } from '../../rules/email-address.js'
import type { Server } from '../../server.js'

const problems = {
  email_missing: 'Enter your email address.',
  email_too_long: 'That email address is too long.',
  email_malformed: 'Enter an email address like name@example.com.',
} as const satisfies Record<`email_${EmailAddressReason}`, string>

/** What the page that asks for a link shows. */
export interface AskPage {
  readonly returnTo: LocalPath | null
  /** What was typed, kept after a refusal. */
  readonly email: string
  readonly problem: keyof typeof problems | null
  readonly wasSent: boolean
  readonly retryAfterSeconds: number | null
}

/** Asks for the address to mail a link to; the same for every address. */
export function askPage(server: Server, page: AskPage): string {
  const problem = page.problem === null ? undefined : problems[page.problem]
  const minutes = duration(server.config.unlock.linkLifetimeSeconds)
  return renderSigraPage(server, {
    title: 'Too many tries to log in?',
    lead: 'We mail you a link that lets your browser try again at once.',
    below: (
      <p>
        No need to wait? <TextLink href="/users/log_in">Log in</TextLink>
      </p>
    ),
    children: (
      <>
        <ErrorSummary errors={problem === undefined ? [] : [{ field: 'email', message: problem }]} />
        {page.wasSent && problem === undefined && (
          <Notice kind="ok" title="Check your mail" focus>
            {`If the address has an account, a link is on its way. It works for ${minutes}; only the latest one does. Open it in this browser.`}
          </Notice>
        )}
        {page.retryAfterSeconds !== null && (
          <Notice kind="error" title="Too many tries" focus>
            {`Use the link in the latest mail, or wait ${duration(page.retryAfterSeconds)} and try again.`}
          </Notice>
        )}
        <PostForm action="/users/unlock" label="Ask for a link">
          {page.returnTo !== null && <input type="hidden" name="return_to" value={page.returnTo} />}
          <Field
            label="Email address"
            name="email"
            type="email"
            autocomplete="username"
            inputmode="email"
            maxlength={254}
            value={page.email}
            error={problem}
            autofocus={problem === undefined && !page.wasSent && page.retryAfterSeconds === null}
          />
          <Button>Mail me a link</Button>
        </PostForm>
      </>
    ),
  })
}

/** The page behind a mailed link: one button, which spends the link. */
export function linkPage(server: Server, email: string): string {
  return renderSigraPage(server, {
    title: 'Let this browser try again',
    lead: (
      <>
        For your {server.config.brand.name} account <strong>{email}</strong>. Only go on if this browser is yours.
      </>
    ),
    children: (
      <PostForm action="/users/unlock/link">
        <Button>Go on to log in</Button>
      </PostForm>
    ),
  })
}

/** Says that a link is of no use any more and what to do. */
export function deadLinkPage(server: Server, why: string): string {
  return renderSigraPage(server, {
    title: 'This link no longer works',
    lead: why,
    below: (
      <p>
        Need another one? <TextLink href="/users/unlock">Get a new mail</TextLink>
      </p>
    ),
    children: <ButtonLink href="/users/log_in">Log in</ButtonLink>,
  })
}
