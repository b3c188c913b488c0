/** Reads the development mailbox as a person does. */
import { setTimeout as sleep } from 'node:timers/promises'

import { HttpBrowser, unescape } from './http-browser.js'

/** What a mail says. */
export interface ReadMail {
  readonly subject: string
  readonly text: string
  /** The first link to the product in it. */
  readonly link: URL | null
  /** The six digits in it. */
  readonly code: string | null
}

/** Waits for the newest mail to an address whose subject matches. */
export async function readMail(host: string, to: string, subject: RegExp): Promise<ReadMail> {
  const browser = new HttpBrowser()
  for (let turn = 0; turn < 100; turn += 1) {
    const list = await browser.get(`${host}/dev/mailbox`)
    for (const [, path = '', label = ''] of list.body.matchAll(/href="(\/dev\/mailbox\/[^"]+)"[^>]*>([^<]*)</g)) {
      if (!subject.test(unescape(label))) continue
      const { body } = await browser.get(new URL(path, host))
      if (unescape(body).includes(to)) return parseMail(unescape(label), body)
    }
    await sleep(50)
  }
  throw new Error(`no mail to ${to} with a subject like ${subject}`)
}

function parseMail(subject: string, body: string): ReadMail {
  const text = unescape(body.slice(body.indexOf('<main')).replaceAll(/<[^>]+>/g, '\n')).replaceAll(/\n\s*\n/g, '\n')
  const link = text.match(/https?:\/\/\S+\/users\/\S+/)?.[0]
  return {
    subject,
    text,
    link: link === undefined ? null : new URL(link),
    code: text.match(/\bcode:?\s+(\d{3} ?\d{3})\b/i)?.[1]?.replace(' ', '') ?? null,
  }
}
