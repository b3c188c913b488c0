/** A browser of a hundred lines: cookies, redirects, forms and the headers by which a form proves its origin. */

import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'

/** One form of a page. */
export interface PageForm {
  readonly method: string
  readonly action: string
  readonly fields: ReadonlyMap<string, string>
  readonly buttons: readonly { readonly name: string; readonly value: string; readonly text: string }[]
}

/** One answer, after its redirects. */
export interface BrowserPage {
  readonly url: URL
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly forms: readonly PageForm[]
}

interface Question {
  readonly method: 'GET' | 'POST'
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

const mostRedirects = 12
const agent = new Agent({ keepAlive: true })

export class HttpBrowser {
  /** Cookies by host name, as browsers keep them: ports do not part them. */
  readonly #jar = new Map<string, Map<string, string>>()
  /** Stops following as soon as a redirect leads there, as an app's own callback would. */
  readonly #stopAt: string | undefined
  /** Every Set-Cookie value seen, for tests that look for secrets. */
  readonly cookiesSeen: string[] = []

  constructor(stopAt?: string) {
    this.#stopAt = stopAt
  }

  /** Opens an address as if it was typed. */
  get(address: string | URL): Promise<BrowserPage> {
    return this.#visit(new URL(address), { method: 'GET' }, 'none')
  }

  /** Fills in a form of a page and sends it by the button whose text matches. */
  submit(page: BrowserPage, button: RegExp, values: Record<string, string> = {}): Promise<BrowserPage> {
    const form = page.forms.find((candidate) => candidate.buttons.some((each) => button.test(each.text)))
    const pressed = form?.buttons.find((each) => button.test(each.text))
    if (form === undefined || pressed === undefined) {
      throw new Error(`no button ${button} on ${page.url} (${page.status}):\n${page.body.slice(0, 4000)}`)
    }
    const fields = new URLSearchParams(
      [...form.fields, ...Object.entries(values)].map(([name, value]) => [name, value]),
    )
    for (const [name, value] of Object.entries(values)) fields.set(name, value)
    if (pressed.name !== '') fields.set(pressed.name, pressed.value)
    const target = new URL(form.action, page.url)
    if (form.method === 'get') {
      target.search = fields.toString()
      return this.#visit(target, { method: 'GET' }, 'same-origin')
    }
    const site =
      target.origin === page.url.origin
        ? 'same-origin'
        : target.hostname === page.url.hostname
          ? 'same-site'
          : 'cross-site'
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: page.url.origin }
    return this.#visit(target, { method: 'POST', body: fields.toString(), headers }, site)
  }

  async #visit(first: URL, question: Question, site: string): Promise<BrowserPage> {
    let url = first
    let next = question
    for (let hop = 0; hop < mostRedirects; hop += 1) {
      const cookies = [...(this.#jar.get(url.hostname) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await ask(url, next, {
        ...next.headers,
        accept: 'text/html',
        'sec-fetch-site': site,
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
        ...(cookies === '' ? {} : { cookie: cookies }),
      })
      this.#keep(url.hostname, answer.headers['set-cookie'] ?? [])
      const { location } = answer.headers
      if (location === undefined || answer.status < 300 || answer.status > 399)
        return { url, ...answer, forms: readForms(answer.body) }
      url = new URL(location, url)
      next = { method: 'GET' }
      if (this.#stopAt !== undefined && url.href.startsWith(this.#stopAt))
        return { url, ...answer, body: '', forms: [] }
    }
    throw new Error(`more than ${mostRedirects} redirects, the last to ${url}`)
  }

  #keep(host: string, lines: readonly string[]): void {
    const jar = this.#jar.get(host) ?? new Map<string, string>()
    this.#jar.set(host, jar)
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';')
      const name = pair.slice(0, pair.indexOf('=')).trim()
      const value = pair.slice(pair.indexOf('=') + 1).trim()
      const gone = value === '' || attributes.some((attribute) => /^\s*max-age=(0|-\d+)$/i.test(attribute))
      if (gone) {
        jar.delete(name)
      } else {
        jar.set(name, value)
        this.cookiesSeen.push(value)
      }
    }
  }
}

/** One request; node:http, because fetch would not let us say that we navigate. */
function ask(url: URL, question: Question, headers: OutgoingHttpHeaders): Promise<Omit<BrowserPage, 'url' | 'forms'>> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: question.method, headers, agent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() })
      })
    })
    asked.once('error', reject)
    asked.end(question.body)
  })
}

function readForms(body: string): PageForm[] {
  return [...body.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, attributes = '', inside = '']) => {
    const fields = new Map<string, string>()
    for (const [, input = ''] of inside.matchAll(/<input\b([^>]*)>/gi)) {
      const name = attribute(input, 'name')
      const type = attribute(input, 'type')
      if (name === '' || ((type === 'checkbox' || type === 'radio') && !/\schecked\b/.test(input))) continue
      fields.set(name, attribute(input, 'value') || (type === 'checkbox' ? 'on' : ''))
    }
    for (const [, area = '', text = ''] of inside.matchAll(/<textarea\b([^>]*)>([\s\S]*?)<\/textarea>/gi)) {
      fields.set(attribute(area, 'name'), unescape(text))
    }
    const buttons = [...inside.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/gi)].map(
      ([, button = '', text = '']) => ({
        name: attribute(button, 'name'),
        value: attribute(button, 'value'),
        text: unescape(text.replaceAll(/<[^>]*>/g, '')).trim(),
      }),
    )
    return {
      method: (attribute(attributes, 'method') || 'get').toLowerCase(),
      action: attribute(attributes, 'action'),
      fields,
      buttons,
    }
  })
}

function attribute(tag: string, name: string): string {
  return unescape(tag.match(new RegExp(`(?:^|\\s)${name}="([^"]*)"`, 'i'))?.[1] ?? '')
}

/** Turns the few entities our pages use back into text. */
export function unescape(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}
