/** A person with a browser, for tests: keeps cookies, fills in forms, reads mail and clicks. */
import type { KeptMail, Mailbox } from '../mail/mailer.js'

/** Where a person's requests go. */
export interface PersonWorld {
  readonly baseUrl: string
  readonly mailbox: Mailbox
  fetch(request: Request, env?: object): Promise<Response>
  deliverMail(): Promise<void>
}

/** How a person's browser looks from outside. */
export interface PersonOptions {
  /** Address of the connection; each person has one of their own unless told. */
  readonly address?: string
  readonly userAgent?: string
}

/** A person with a browser. */
export interface TestPerson {
  /** Name to value of every cookie the browser holds. */
  readonly cookies: ReadonlyMap<string, string>
  get(path: string, headers?: Record<string, string>): Promise<Response>
  /** Posts a form as a browser on our own pages does. */
  post(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>
  register(email: string, password: string, returnTo?: string): Promise<Response>
  logIn(email: string, password: string, more?: Record<string, string>): Promise<Response>
  logOut(): Promise<Response>
  /** The latest mail to an address; throws when there is none. */
  readMail(email: string): Promise<KeptMail>
  /** Opens the link of the latest mail; answers the page behind it. */
  openMailedLink(email: string): Promise<Response>
  /** Opens the link and presses its button. */
  confirmByLink(email: string, password?: string): Promise<Response>
  confirmByCode(email: string): Promise<Response>
  /** Whether the browser is logged in, as the settings page sees it. */
  isLoggedIn(): Promise<boolean>
}

let people = 0

/** Makes a person with an empty cookie jar. */
export function testPerson(world: PersonWorld, options: PersonOptions = {}): TestPerson {
  const browser = testBrowser(world, options)
  const person: TestPerson = {
    cookies: browser.cookies,
    get: (path, headers = {}) => browser.send(path, { method: 'GET' }, headers),
    post: (path, fields, headers = {}) =>
      browser.send(
        path,
        { method: 'POST', body: new URLSearchParams(fields).toString() },
        { ...formHeaders, ...headers },
      ),
    register: (email, password, returnTo) =>
      person.post('/users/register', { email, password, ...(returnTo === undefined ? {} : { return_to: returnTo }) }),
    logIn: (email, password, more = {}) => person.post('/users/log_in', { email, password, ...more }),
    logOut: () => person.post('/users/log_out', {}),
    async readMail(email) {
      await world.deliverMail()
      const mail = world.mailbox.list().find((kept) => kept.to === email)
      if (mail === undefined) throw new Error(`no mail came to ${email}`)
      return mail
    },
    async openMailedLink(email) {
      const opened = await person.get(mailedLink(await person.readMail(email)))
      return person.get(opened.headers.get('location') ?? '/')
    },
    async confirmByLink(email, password) {
      await person.openMailedLink(email)
      return person.post('/users/confirm/link', password === undefined ? {} : { password })
    },
    confirmByCode: async (email) =>
      person.post('/users/confirm/code', { code: mailedCode(await person.readMail(email)) }),
    isLoggedIn: async () => (await person.get('/users/settings')).status === 200,
  }
  return person
}

const formHeaders = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }

interface TestBrowser {
  readonly cookies: ReadonlyMap<string, string>
  send(path: string, init: RequestInit, headers: Record<string, string>): Promise<Response>
}

/** A browser that keeps cookies and follows no redirect by itself. */
function testBrowser(world: PersonWorld, options: PersonOptions): TestBrowser {
  people += 1
  const remoteAddress = options.address ?? `198.51.${Math.floor(people / 250) % 250}.${(people % 250) + 1}`
  const userAgent = options.userAgent ?? 'test browser'
  const cookies = new Map<string, string>()

  function keep(line: string): void {
    const [pair = ''] = line.split(';')
    const name = pair.slice(0, pair.indexOf('='))
    if (/;\s*max-age=0/i.test(line)) cookies.delete(name)
    else cookies.set(name, pair.slice(pair.indexOf('=') + 1))
  }

  return {
    cookies,
    async send(path, init, headers) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const request = new Request(new URL(path, world.baseUrl), {
        ...init,
        redirect: 'manual',
        headers: { accept: 'text/html', 'user-agent': userAgent, ...(cookie === '' ? {} : { cookie }), ...headers },
      })
      const response = await world.fetch(request, { remoteAddress })
      for (const line of response.headers.getSetCookie()) keep(line)
      return response
    },
  }
}

/** The path of the link in a mail; throws when it has none. */
export function mailedLink(mail: KeptMail): string {
  const link = /https?:\/\/\S+/.exec(mail.text)?.[0]
  if (link === undefined) throw new Error(`the mail "${mail.subject}" has no link`)
  const url = new URL(link)
  return url.pathname + url.search
}

/** The code in a mail; throws when it has none. */
export function mailedCode(mail: KeptMail): string {
  const code = /^Code: (\d+)$/m.exec(mail.text)?.[1]
  if (code === undefined) throw new Error(`the mail "${mail.subject}" has no code`)
  return code
}
