/** Chromium for the journeys: with and without script, light and dark, with axe and a camera. */
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const pictures = fileURLToPath(new URL('../../../test-results/', import.meta.url))

/** Starts Debian's Chromium, or the one CHROMIUM_PATH names. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** A fresh person's browser. */
export function openContext(browser: Browser, script: boolean): Promise<BrowserContext> {
  return browser.newContext({
    javaScriptEnabled: script,
    viewport: { width: 1280, height: 800 },
    colorScheme: 'light',
    locale: 'en-GB',
  })
}

/** What one look at a page found wrong. */
export interface Findings {
  readonly page: string
  readonly problems: readonly string[]
}

const axeSource = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeAnswer {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[]
}

/**
 * Looks at the page as it is now, in light and dark, wide and narrow: axe, no sideways scrolling, and a picture.
 * Axe needs script, so a page of a person without script is looked at in a twin that got the same text.
 */
export async function lookAt(page: Page, name: string, script: boolean): Promise<Findings> {
  const problems: string[] = []
  await mkdir(pictures, { recursive: true })
  const seen = script ? page : await twinOf(page)
  for (const colorScheme of ['light', 'dark'] as const) {
    await seen.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const width of [1280, 320]) {
      const place = `${colorScheme} ${width} px`
      await seen.setViewportSize({ width, height: 800 })
      await seen.screenshot({ path: path.join(pictures, `${name}-${colorScheme}-${width}.png`), fullPage: true })
      const scroll = await evaluate(seen, 'document.documentElement.scrollWidth')
      if (typeof scroll !== 'number' || scroll > width) problems.push(`${place}: ${String(scroll)} px wide`)
      const { violations } = await runAxe(seen)
      problems.push(...violations.map((violation) => `${place}: ${violation.id}: ${violation.nodes[0]?.html ?? ''}`))
    }
  }
  await seen.emulateMedia({ colorScheme: 'light' })
  await seen.setViewportSize({ width: 1280, height: 800 })
  return { page: `${name} (${page.url()})`, problems }
}

/** One twin for each person, because a context costs more than a page; it goes with the browser. */
const twins = new WeakMap<BrowserContext, Page>()

async function twinOf(page: Page): Promise<Page> {
  const body = await page.content()
  const twin = twins.get(page.context()) ?? (await newTwin(page.context()))
  await twin.unrouteAll()
  await twin.route('**/*', (route) => {
    if (route.request().resourceType() === 'document')
      return route.fulfill({ body, contentType: 'text/html; charset=utf-8' })
    return route.request().resourceType() === 'script' ? route.abort() : route.continue()
  })
  await twin.goto(page.url())
  return twin
}

async function newTwin(person: BrowserContext): Promise<Page> {
  const context = await person.browser()!.newContext()
  const twin = await context.newPage()
  twins.set(person, twin)
  return twin
}

async function runAxe(page: Page): Promise<AxeAnswer> {
  if ((await evaluate(page, 'typeof axe')) === 'undefined') await evaluate(page, `${await axeSource}; 0`)
  const text = await evaluate(page, 'axe.run(document).then((answer) => JSON.stringify(answer))')
  return JSON.parse(String(text)) as AxeAnswer
}

/** Evaluates past the page's content security policy, which is what a debugger may do. */
async function evaluate(page: Page, expression: string): Promise<unknown> {
  const session = await page.context().newCDPSession(page)
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    expression,
    awaitPromise: true,
    returnByValue: true,
    allowUnsafeEvalBlockedByCSP: true,
  })
  await session.detach()
  if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
  return result.value
}
