/** The form of every mail: one message written once, rendered as HTML and as plain text. */
import { raw } from 'hono/html'

import { safeHref } from '#base/page.js'

import type { Config } from '../config.js'
import { momentText } from '../moment.js'
import type { OutgoingMail } from './mailer.js'

/** A mail before it has a form; paragraphs are plain text. */
export interface MailMessage {
  readonly to: string
  readonly subject: string
  /** What happened, first. */
  readonly opening: string
  /** One act, as a button and as a plain address. */
  readonly action?: { readonly label: string; readonly url: string }
  /** A code to type, shown large. */
  readonly code?: string
  /** What to know besides: how long it works, what to do if it was somebody else. */
  readonly closing: readonly string[]
  /** When what the mail tells of happened. */
  readonly at: Date
}

const styles = {
  body: 'margin:0;padding:24px 12px;font-family:system-ui,-apple-system,Segoe UI,Roboto,sans-serif;font-size:16px;line-height:1.5;',
  box: 'max-width:480px;margin:0 auto;',
  name: 'font-weight:600;margin:0 0 24px;',
  code: 'font-size:28px;font-weight:600;letter-spacing:4px;margin:0 0 24px;font-family:ui-monospace,Menlo,Consolas,monospace;',
  small: 'font-size:14px;margin:16px 0 0;',
} as const

/** Renders both twins of a mail. */
export function renderMail(config: Pick<Config, 'brand'>, message: MailMessage): OutgoingMail {
  return {
    to: message.to,
    subject: message.subject,
    text: renderText(config, message),
    html: renderHtml(config, message),
  }
}

function closingOf(message: MailMessage): readonly string[] {
  return [...message.closing, `This happened on ${momentText(message.at)}.`]
}

function renderText(config: Pick<Config, 'brand'>, message: MailMessage): string {
  const parts = [
    message.opening,
    ...(message.code === undefined ? [] : [`Code: ${message.code}`]),
    ...(message.action === undefined ? [] : [`${message.action.label}:\n${message.action.url}`]),
    ...closingOf(message),
    `-- \n${config.brand.name}`,
  ]
  return `${parts.join('\n\n')}\n`
}

function renderHtml(config: Pick<Config, 'brand'>, message: MailMessage): string {
  const { brand } = config
  // Buttons carry their colours themselves: style sheets are dropped by half of all mail readers.
  const button = `display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;font-weight:600;background:${brand.color ?? '#1f5fbf'};color:${brand.onColor ?? '#ffffff'};`
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>{message.subject}</title>
      </head>
      <body style={styles.body}>
        <div style={styles.box}>
          <p style={styles.name}>{brand.name}</p>
          <p>{message.opening}</p>
          {message.code !== undefined && (
            <>
              <p style={styles.small}>Code</p>
              <p style={styles.code}>{message.code}</p>
            </>
          )}
          {message.action !== undefined && (
            <>
              <p style="margin:24px 0;">
                <a href={safeHref(message.action.url)} style={button}>
                  {message.action.label}
                </a>
              </p>
              <p style={styles.small}>
                If the button does not work, copy this address:
                <br />
                <a href={safeHref(message.action.url)} style="word-break:break-all;color:inherit;">
                  {message.action.url}
                </a>
              </p>
            </>
          )}
          {closingOf(message).map((paragraph) => (
            <p style={styles.small}>{paragraph}</p>
          ))}
        </div>
      </body>
    </html>
  )
  return `<!doctype html>${String(raw(page))}`
}
