/** Pages escape what they are given, tie every message to its field, and hold no inline script or style. */
import { describe, expect, it } from 'vitest'
import { errorPage } from './error-page.js'
import {
  Badge,
  Button,
  ButtonLink,
  Card,
  ChoiceField,
  CodeField,
  ErrorSummary,
  Field,
  KeyValues,
  type Markup,
  Notice,
  Page,
  PasswordField,
  PostForm,
  renderPage,
  safeHref,
  SelectField,
  Table,
  TextLink,
} from './page.js'

const hostile = `"><script>alert('x')</script><img src=x onerror=alert(1)>`
const frame = { brand: { name: hostile }, stylesheet: '/assets/people.abc.css' }

function html(element: Markup): string {
  return renderPage(element).replace('<!doctype html>', '')
}

describe('addresses', () => {
  it.each([
    '/a',
    'a',
    '?a=b',
    '#a',
    '',
    'https://a.example/',
    'http://a.example',
    'mailto:ada@example.com',
    '//a.example/x',
  ])('keeps %s', (url) => {
    expect(safeHref(url)).toBe(url)
  })

  it.each([
    ...[
      'javascript:alert(1)',
      'JAVASCRIPT:alert(1)',
      ' javascript:alert(1)',
      'java\nscript:alert(1)',
      '\u0001javascript:alert(1)',
      '\tjavascript:x',
    ],
    ...[
      'data:text/html,x',
      'vbscript:x',
      'file:///x',
      'blob:https://a.example/1',
      'view-source:x',
      'https://[',
      'intent:x',
    ],
  ])('replaces %j', (url) => {
    expect(safeHref(url)).toBe('#')
    const page = html(
      <>
        <TextLink href={url}>a</TextLink>
        <ButtonLink href={url}>b</ButtonLink>
        <PostForm action={url}>c</PostForm>
        <Button formaction={url}>d</Button>
        <Table
          caption="e"
          columns={[{ label: 'f', sortHref: url }]}
          rows={[['g']]}
          empty=""
          nextHref={url}
          previousHref={url}
        />
      </>,
    )
    expect(page).not.toMatch(/script:|data:|file:|blob:|view-source:|https:|intent:/i)
  })
})

describe('the frame', () => {
  const page = renderPage(
    <Page
      {...frame}
      title={hostile}
      lead={hostile}
      lang="ar"
      scripts={['/assets/enhance.abc.js']}
      wide
      sections={[{ label: hostile, href: '/x', current: true }]}
    >
      <Card title={hostile}>{hostile}</Card>
    </Page>,
  )

  it('is a whole document in its language and direction', () => {
    expect(page).toMatch(/^<!doctype html><html lang="ar" dir="rtl"><head><meta charset="utf-8"/)
    expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1"/>')
    expect(html(<Page {...frame} title="T" />)).toContain('<html lang="en" dir="ltr">')
  })

  it('escapes everything', () => {
    expect(page).not.toContain('<script>')
    expect(page).not.toContain('<img')
  })

  it('holds scripts and styles by address only', () => {
    expect(page.match(/<script[^>]*>/g)).toEqual(['<script src="/assets/enhance.abc.js" defer="">'])
    expect(page).not.toMatch(/<style|\sstyle=|\son[a-z]+=(?!alert)/)
    expect(page.match(/<link[^>]*>/g)).toEqual(['<link rel="stylesheet" href="/assets/people.abc.css"/>'])
  })

  it.each([true, false])('has one main heading and one main part (wide: %s)', (wide) => {
    const text = renderPage(
      <Page {...frame} title="Log in" heading="Log in to Acme" wide={wide}>
        <Card title="Part" />
      </Page>,
    )
    expect(text.match(/<h1>/g)).toHaveLength(1)
    expect(text).toContain('<h1>Log in to Acme</h1>')
    expect(text).toContain('<title>Log in · ')
    expect(text.match(/<main /g)).toHaveLength(1)
  })

  it('refuses to render what has to be waited for', () => {
    expect(() => renderPage(<p>{Promise.resolve('x')}</p>)).toThrow('asynchronous')
  })
})

describe('fields', () => {
  it('tie label, error and hint to the input', () => {
    const text = html(
      <Field
        label="Email"
        name="email"
        type="email"
        value={hostile}
        autocomplete="email"
        hint="We write to it."
        error="Enter an address."
      />,
    )
    expect(text).toContain('<label for="email">Email</label>')
    expect(text).toContain('aria-invalid="true" aria-describedby="email-error email-hint"')
    expect(text).toContain('<p class="field-error" id="email-error">Enter an address.</p>')
    expect(text).toContain('<p class="hint" id="email-hint">We write to it.</p>')
    expect(text).not.toContain('<script>')
  })

  it('stay quiet where there is nothing to say', () => {
    const text = html(<Field label="Name" name="name" optional />)
    expect(text).not.toMatch(/aria-|required/)
    expect(text).toContain('(optional)')
    expect(html(<Field label="Name" name="name" />)).toContain('required')
  })

  it('let password managers do their work, and show a password only with script', () => {
    const text = html(
      <PasswordField label="Password" name="password" autocomplete="new-password" hint="At least 12 characters." />,
    )
    expect(text).toContain('type="password" autocomplete="new-password"')
    expect(text).toMatch(
      /<button class="reveal" type="button" aria-controls="password" aria-pressed="false" data-reveal="password" hidden="">/,
    )
    expect(text).not.toContain('value=')
  })

  it('take a code as one number that can be pasted', () => {
    const text = html(<CodeField label="Code" />)
    expect(text.match(/<input/g)).toHaveLength(1)
    expect(text).toContain('inputmode="numeric" autocomplete="one-time-code"')
    expect(text).toContain('name="code"')
    expect(text).toContain('maxlength="12"')
  })

  it('keep the choice that was made', () => {
    const options = [
      { value: 'a', label: 'A' },
      { value: 'b', label: hostile },
    ]
    expect(html(<SelectField label="L" name="l" options={options} value="b" />)).toMatch(
      /<option value="b" selected="">/,
    )
    const choice = html(<ChoiceField label="Remember" name="remember" checked error="No." />)
    expect(choice).toContain('type="checkbox" value="true" checked=""')
    expect(choice).toContain('aria-describedby="remember-error"')
  })
})

describe('parts', () => {
  it.each([
    ['info', 'status'],
    ['ok', 'status'],
    ['warn', 'alert'],
    ['error', 'alert'],
  ] as const)('a notice of kind %s is a %s', (kind, role) => {
    expect(html(<Notice kind={kind}>Text</Notice>)).toBe(
      `<div class="notice ${kind}" role="${role}"><div class="notice-words"><p>Text</p></div></div>`,
    )
  })

  it('a notice takes focus after a failed post', () => {
    expect(
      html(
        <Notice kind="error" focus>
          Text
        </Notice>,
      ),
    ).toContain('tabindex="-1" autofocus=""')
  })

  it('an error summary leads to the fields, and is absent without errors', () => {
    const text = html(<ErrorSummary errors={[{ field: 'email', message: 'Enter an address' }]} />)
    expect(text).toContain('href="#email">Enter an address</a>')
    expect(text).toContain('autofocus')
    expect(html(<ErrorSummary errors={[]} />)).toBe('')
  })

  it('a table says what it is, how it is sorted, and what to do while it is empty', () => {
    const columns = [
      { label: 'Name', sortHref: '?sort=name', sorted: 'ascending' as const },
      { label: 'Act', unseen: true },
    ]
    const text = html(
      <Table
        caption="Apps"
        columns={columns}
        rows={[[hostile, <Badge tone="ok">Live</Badge>]]}
        empty=""
        nextHref="?after=1"
      />,
    )
    expect(text).toContain('<caption>Apps</caption>')
    expect(text).toContain('aria-sort="ascending"')
    expect(text).toContain('rel="next" href="?after=1"')
    expect(text).toContain('<span class="unseen">Act</span>')
    expect(text).not.toContain('<script>')
    expect(html(<Table caption="Apps" columns={columns} rows={[]} empty="No app yet." />)).toBe(
      '<div class="empty"><p>No app yet.</p></div>',
    )
  })

  it('pairs keep their act beside them', () => {
    const text = html(
      <KeyValues
        items={[
          { key: 'Email', value: hostile, action: <TextLink href="/x">Change</TextLink> },
          { key: 'Name', value: 'Ada' },
        ]}
      />,
    )
    expect(text.match(/<dt>/g)).toHaveLength(2)
    expect(text.match(/class="act"/g)).toHaveLength(1)
    expect(text).not.toContain('<script>')
  })

  it('a form posts and may be sent once', () => {
    const text = html(
      <PostForm action="/users/log_in">
        <Button name="decision" value={hostile}>
          Log in
        </Button>
      </PostForm>,
    )
    expect(text).toContain('method="post" action="/users/log_in" data-once=""')
    expect(text).toContain('type="submit"')
    expect(text).not.toContain('<script>')
  })
})

describe('the error page', () => {
  it('shows what to do, the code and the request, and echoes no markup', () => {
    const text = errorPage({
      ...frame,
      title: 'This link has expired',
      message: hostile,
      code: 'link_expired',
      requestId: 'r-1',
      action: { label: 'Ask again', href: '/again' },
    })
    expect(text).toContain('<h1>This link has expired</h1>')
    expect(text).toContain('<dd>link_expired</dd>')
    expect(text).toContain('<dd>r-1</dd>')
    expect(text).toContain('href="/again"')
    expect(text).not.toContain('<script>')
  })
})
