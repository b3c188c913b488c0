/** Every component of people's pages in its states, with the least around it; for looking, and for axe. */
import { errorPage } from '#base/error-page.js'
import {
  Actions,
  Badge,
  Button,
  ButtonLink,
  Card,
  ChoiceField,
  CodeField,
  Divider,
  ErrorSummary,
  Field,
  KeyValues,
  Notice,
  Page,
  type PageProps,
  PasswordField,
  PostForm,
  renderPage,
  SelectField,
  Table,
  TextLink,
} from '#base/page.js'

/** What the gallery's pages have in common. */
export type GalleryFrame = Pick<PageProps, 'brand' | 'stylesheet' | 'scripts' | 'lang'>

/** The gallery's pages by name. */
export function galleryPages(frame: GalleryFrame): Readonly<Record<string, string>> {
  return {
    enter: renderPage(enterPage(frame)),
    mend: renderPage(mendPage(frame)),
    allow: renderPage(allowPage(frame)),
    account: renderPage(accountPage(frame)),
    error: errorPage({
      ...frame,
      title: 'This link has expired',
      message: 'Links work for 15 minutes and only once. Ask for a new one and open it right away.',
      code: 'link_expired',
      requestId: '3f0f8a5e-93a5-4b63-8f2a-0a2f7a8a1b1c',
      action: { label: 'Ask for a new link', href: '/again' },
    }),
  }
}

function enterPage(frame: GalleryFrame) {
  return (
    <Page {...frame} title="Log in" below={<TextLink href="/register">Create an account</TextLink>}>
      <PostForm action="/sent">
        <Field label="Email" name="email" type="email" autocomplete="username" autofocus />
        <PasswordField
          label="Password"
          name="password"
          autocomplete="current-password"
          aside={<TextLink href="/reset">Forgot your password?</TextLink>}
        />
        <ChoiceField label="Keep me logged in" name="remember" hint="Only on a device that is yours." />
        <Button>Log in</Button>
      </PostForm>
      <Divider>or</Divider>
      <PostForm action="/sent">
        <Button kind="plain">Use a passkey</Button>
      </PostForm>
    </Page>
  )
}

function mendPage(frame: GalleryFrame) {
  return (
    <Page {...frame} title="Enter the code" lead="We sent a code of six digits to a•••@example.com.">
      <ErrorSummary errors={[{ field: 'code', message: 'That code is wrong' }]} />
      <Notice kind="ok">A new code is on its way.</Notice>
      <PostForm action="/sent">
        <CodeField label="Code" error="That code is wrong" hint="It works for 10 minutes." />
        <PasswordField
          label="New password"
          name="new"
          autocomplete="new-password"
          error="Too short"
          hint="At least 12 characters."
        />
        <SelectField label="Language" name="language" options={[{ value: 'en', label: 'English' }]} optional />
        <Button>Continue</Button>
      </PostForm>
    </Page>
  )
}

function allowPage(frame: GalleryFrame) {
  return (
    <Page
      {...frame}
      title="Allow access"
      heading="Allow Scribble to use your account?"
      lead={<strong>scribble.example</strong>}
    >
      <KeyValues
        items={[
          { key: 'Logged in as', value: 'ada@example.com', action: <TextLink href="/x">Use another account</TextLink> },
        ]}
      />
      <Card title="It will be able to">
        <ul>
          <li>
            See your notes <Badge>New</Badge>
          </li>
          <li>Add and change notes</li>
        </ul>
      </Card>
      <Notice kind="warn" title="This app runs on your own device">
        Allow it only if you just started it yourself.
      </Notice>
      <PostForm action="/sent">
        <Actions>
          <Button kind="plain" name="decision" value="cancel">
            Cancel
          </Button>
          <Button name="decision" value="allow">
            Allow access
          </Button>
        </Actions>
      </PostForm>
    </Page>
  )
}

function accountPage(frame: GalleryFrame) {
  const sections = ['Profile', 'Password', 'Passkeys', 'Connected apps', 'Sessions']
  const long = 'ada.with.a.very.long.address@subdomain.of.a.long.example.com'
  const columns = [
    { label: 'Device' },
    { label: 'Last seen', sortHref: '?sort=seen', sorted: 'descending' as const },
    { label: 'State' },
    { label: 'Requests', align: 'end' as const },
    { label: 'Act', unseen: true },
  ]
  const end = (
    <PostForm action="/sent" inline>
      <Button kind="plain" small label="End session on iPhone">
        End session
      </Button>
    </PostForm>
  )
  return (
    <Page
      {...frame}
      wide
      title="Sessions"
      homeHref="/"
      lead="Where you are logged in."
      headerAside={long}
      footer={<TextLink href="/help">Help</TextLink>}
      sections={sections.map((label) => ({ label, href: `/${label}`, current: label === 'Sessions' }))}
    >
      <Notice kind="ok" focus>
        The session was ended.
      </Notice>
      <Card title="About you">
        <KeyValues
          items={[
            {
              key: 'Email',
              value: (
                <>
                  {long} <Badge tone="ok">Confirmed</Badge>
                </>
              ),
              action: (
                <ButtonLink kind="plain" small href="/x">
                  Change
                </ButtonLink>
              ),
            },
            { key: 'Time zone', value: 'Europe/London' },
          ]}
        />
      </Card>
      <Card title="Devices">
        <Table
          caption="Sessions"
          columns={columns}
          empty=""
          nextHref="?after=1"
          rows={[
            ['Firefox on Linux', '22 Nov 2026, 15:04 UTC', <Badge tone="ok">This device</Badge>, '1,204', ''],
            ['Safari on iPhone', '21 Nov 2026, 09:12 UTC', <Badge tone="warn">Expires soon</Badge>, '88', end],
            ['<script>alert(1)</script>', '1 Nov 2026', <Badge tone="danger">Revoked</Badge>, '3', ''],
          ]}
        />
        <Table caption="Apps" columns={columns} rows={[]} empty="No app has access. Apps that you allow appear here." />
      </Card>
      <Card title="Delete account" danger lead="This cannot be undone.">
        <Notice kind="error" title="Could not delete">
          Try again in a minute.
        </Notice>
        <PostForm action="/sent">
          <Field label="Account" name="account" value="acme" readonly />
          <ChoiceField type="radio" id="now" name="when" label="Now" checked />
          <ChoiceField type="radio" id="later" name="when" label="In a week" hint="You can change your mind." />
          <Actions>
            <Button kind="danger">Delete account</Button>
            <Button disabled>Not yet</Button>
          </Actions>
        </PostForm>
      </Card>
    </Page>
  )
}
