/** The components of people's pages in a real browser: readable in every brand and scheme, usable by keyboard, sent once. */
import { Hono } from 'hono'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerAsset } from '#base/asset.js'
import { enhanceScript } from '#base/enhance.js'
import { pageHeaders } from '#base/headers.js'
import { silentLogger } from '#base/log.js'
import { serveNode, type RunningServer } from '#base/node.js'
import { peopleStylesheet } from '#base/stylesheet.js'
import { launchChromium, lookAt, openContext } from './support/chromium.js'
import { galleryPages } from './support/gallery.js'

const looks = {
  acme: { brand: { name: 'Acme' }, lang: 'en', pages: ['enter', 'mend', 'allow', 'account', 'error'] },
  lime: { brand: { name: 'Lime', color: '#c6f24e' }, lang: 'ar', pages: ['mend', 'account'] },
  night: { brand: { name: 'Night', color: '#111111' }, lang: 'en', pages: ['enter'] },
} as const

let server: RunningServer
let browser: Browser
let posts = 0
let answerPost = (): void => undefined

beforeAll(async () => {
  const app = new Hono()
  const script = `/assets/enhance.${enhanceScript.hash}.js`
  app.get(script, () => answerAsset(enhanceScript, { hash: enhanceScript.hash }))
  for (const [look, { brand, lang }] of Object.entries(looks)) {
    const sheet = peopleStylesheet(brand)
    const stylesheet = `/assets/people.${sheet.hash}.css`
    app.get(stylesheet, () => answerAsset(sheet, { hash: sheet.hash }))
    for (const [name, text] of Object.entries(galleryPages({ brand, lang, stylesheet, scripts: [script] }))) {
      app.get(`/${look}/${name}`, (c) => c.body(text, 200, pageHeaders()))
    }
  }
  app.get('/favicon.ico', (c) => c.body(null, 204))
  app.post('/sent', async (c) => {
    posts += 1
    await new Promise<void>((resolve) => (answerPost = resolve))
    return c.redirect('/acme/account', 303)
  })
  server = await serveNode({ fetch: app.fetch, port: 0, log: silentLogger })
  browser = await launchChromium()
})

afterAll(async () => {
  await browser.close()
  await server.close()
})

async function open(path: string, script = true): Promise<{ page: Page; complaints: string[] }> {
  const context = await openContext(browser, script)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(server.url + path)
  return { page, complaints }
}

/** A page that waits for an answer cannot be asked, so it notes what it saw, and presses the button again by itself. */
const watchSubmits = `addEventListener('submit', ({ submitter }) => {
  if (sessionStorage.getItem('busy')) { sessionStorage.setItem('pressed', 'twice'); return }
  sessionStorage.setItem('busy', submitter.getAttribute('aria-busy'))
  setTimeout(() => submitter.click(), 100)
})`

describe('gallery', () => {
  it.each(Object.entries(looks))(
    '%s: every page is accessible, fits a phone, and breaks no policy of its own',
    async (look, { pages }) => {
      for (const name of pages) {
        const { page, complaints } = await open(`/${look}/${name}`)
        const found = await lookAt(page, `gallery-${look}-${name}`, true)
        expect(found.problems, found.page).toEqual([])
        expect(complaints).toEqual([])
        await page.context().close()
      }
    },
  )

  it('shows a password and hides it again before it is sent', async () => {
    const { page } = await open('/acme/enter')
    await page.fill('#password', 'correct horse')
    const show = page.getByRole('button', { name: 'Show Password' })
    await show.click()
    expect([await page.getAttribute('#password', 'type'), await show.getAttribute('aria-pressed')]).toEqual([
      'text',
      'true',
    ])
    await show.click()
    expect([await page.getAttribute('#password', 'type'), await show.getAttribute('aria-pressed')]).toEqual([
      'password',
      'false',
    ])
    await page.context().close()
  })

  it('sends a form once, shows that it is busy, and is ready again when the person comes back', async () => {
    posts = 0
    const { page } = await open('/acme/enter')
    await page.fill('#email', 'ada@example.com')
    await page.fill('#password', 'correct horse')
    await page.evaluate(watchSubmits)
    await page.getByRole('button', { name: 'Log in', exact: true }).click({ noWaitAfter: true })
    await expect.poll(() => posts).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 500))
    answerPost()
    await page.waitForURL('**/acme/account')
    expect(await page.evaluate('sessionStorage.getItem("busy")')).toBe('true')
    expect(await page.evaluate('sessionStorage.getItem("pressed")')).toBe('twice')
    expect(posts).toBe(1)
    await page.goBack()
    expect(await page.locator('[aria-busy]').count()).toBe(0)
    await page.context().close()
  })

  it('offers nothing without script that needs script', async () => {
    const { page } = await open('/acme/enter', false)
    expect(await page.getByRole('button', { name: 'Show Password' }).count()).toBe(0)
    await page.context().close()
  })

  it('puts the focus on what went wrong, and leads from there to the field', async () => {
    const { page } = await open('/acme/mend')
    expect(await page.evaluate('document.activeElement.getAttribute("role")')).toBe('alert')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(new URL(page.url()).hash).toBe('#code')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.id')).not.toBe('')
    await page.context().close()
  })
})
