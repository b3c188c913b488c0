/** The main journey in a real browser, with and without script: connect, log in, allow, read, refresh, disconnect. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { type Findings, launchChromium, lookAt, openContext } from './support/chromium.js'
import { HttpBrowser } from './support/http-browser.js'
import { readMail } from './support/mailbox.js'
import { ada, registerPerson } from './support/person.js'
import { freePort, type Program, startHost, startPartner } from './support/processes.js'
import { createStore, type Store } from './support/stores.js'

let store: Store
let host: Program
let partner: Program
let browser: Browser

beforeAll(async () => {
  store = await createStore('pglite', 'untouched')
  const partnerPort = await freePort()
  host = await startHost(store, { partnerPort })
  partner = await startPartner(store, host.url, partnerPort)
  browser = await launchChromium()
})

afterAll(async () => {
  await browser.close()
  expect(await partner.stop()).toBe(0)
  expect(await host.stop()).toBe(0)
  await store.remove()
})

const grace = { email: 'grace@example.com', password: 'nanoseconds are 30 centimetres' }

describe.each([
  ['with script', true, ada],
  ['without script', false, grace],
] as const)('a browser %s', (label, script, reader) => {
  /** Opens a fresh person's browser; at the end of the test nothing may have been found on any page. */
  async function arrive(prefix: string): Promise<{ page: Page; look: (name: string) => Promise<void> }> {
    const context = await openContext(browser, script)
    context.setDefaultTimeout(15_000)
    const page = await context.newPage()
    const findings: Findings[] = []
    const mishaps: string[] = []
    page.on('console', (message) => {
      // Chromium also complains of every page that answers 4xx, which some must.
      const isOwnPage = /status of 4\d\d/.test(message.text()) && !message.location().url.includes('/assets/')
      if (['error', 'warning'].includes(message.type()) && !isOwnPage) mishaps.push(`${page.url()}: ${message.text()}`)
    })
    page.on('pageerror', (error) => mishaps.push(`${page.url()}: ${error.message}`))
    onTestFinished(() => context.close())
    return {
      page,
      async look(name) {
        const found = await lookAt(page, `${prefix}-${name}-${label.replaceAll(' ', '-')}`, script)
        if (found.problems.length > 0) findings.push(found)
        expect(findings).toEqual([])
        expect(mishaps).toEqual([])
      },
    }
  }

  const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click()

  async function logIn(page: Page, user: { email: string; password: string }): Promise<void> {
    await page.getByLabel('Email address').fill(user.email)
    await page.getByLabel('Password', { exact: true }).fill(user.password)
    await press(page, 'Log in')
  }

  test('connects, reads and adds notes, refreshes, connects again without a question, disconnects', async () => {
    const { page, look } = await arrive('main')
    if (reader === grace) await registerPerson(host.url, grace)
    await page.goto(partner.url)
    await look('01-partner-home')
    await press(page, 'Connect to Notes')
    await page.waitForURL(`${host.url}/users/log_in?**`)
    await look('02-log-in')
    await logIn(page, { ...reader, password: 'not the right words at all' })
    await look('03-log-in-wrong')
    await logIn(page, reader)
    await page.waitForURL(`${host.url}/oauth/interactions/**`)
    const consent = await page.getByRole('main').innerText()
    for (const words of [
      'Notebook Reader',
      reader.email,
      `localhost:${partner.port}`,
      'Read your notes',
      'Add notes for you',
    ]) {
      expect(consent).toContain(words)
    }
    await look('04-consent')
    await press(page, /^Allow/)
    await page.waitForURL(`${partner.url}/`)
    await page.getByText('Connected to Notes.').waitFor()
    await page.getByText('Buy oat milk and two lemons').waitFor()
    await look('05-partner-connected')

    await page.getByLabel('New note').fill(`Written by a third party ${label}`)
    await press(page, 'Add note')
    await page.getByText('Note added.').waitFor()
    await page.getByText(`Written by a third party ${label}`).waitFor()
    await press(page, 'Refresh now')
    await page.getByText('The tokens are new.').waitFor()
    expect(await page.locator('#refreshes').innerText()).toBe('1 time')

    const addresses: string[] = []
    page.on('framenavigated', (frame) => addresses.push(frame.url()))
    await press(page, 'Connect again')
    await page.getByText('Connected to Notes.').waitFor()
    expect(addresses.filter((address) => address.startsWith(host.url))).toEqual([])

    await press(page, 'Disconnect')
    await page.getByText('This app has forgotten its tokens.').waitFor()
    await look('06-partner-disconnected')
  })

  test('shows the partner a refusal as access_denied', async () => {
    const { page, look } = await arrive('deny')
    await page.goto(partner.url)
    await press(page, 'Connect to Notes')
    const person = { email: `denier.${String(script)}@example.com`, password: 'a long enough password 7' }
    await register(page, person, 'link', look)
    await page.waitForURL(`${host.url}/oauth/interactions/**`)
    await press(page, 'Cancel')
    await page.getByText('access_denied').waitFor()
    expect(page.url().startsWith(partner.url)).toBe(true)
    await look('09-partner-denied')
  })

  test('lets a new person register by a mailed code and ends in the same authorization request', async () => {
    const { page, look } = await arrive('register')
    await page.goto(partner.url)
    await press(page, 'Connect to Notes')
    const person = { email: `newcomer.${String(script)}@example.com`, password: 'a long enough password 8' }
    await register(page, person, 'code', look)
    await page.waitForURL(`${host.url}/oauth/interactions/**`)
    await press(page, /^Allow/)
    await page.getByText('Connected to Notes.').waitFor()
    await page.getByText('Notes holds no note of yours yet.').waitFor()
    expect(await page.getByText(person.email).count()).toBe(1)
    await look('10-partner-empty')
  })

  test('keeps notes for the person who is logged in', async () => {
    const { page, look } = await arrive('notes')
    await page.goto(host.url)
    await look('11-host-home')
    await page.getByRole('link', { name: 'Log in' }).first().click()
    await logIn(page, ada)
    await page.getByRole('link', { name: ada.email }).click()
    await page.getByRole('heading', { name: 'Your account' }).waitFor()
    await look('15-account')
    await page.goto(`${host.url}/notes`)
    await page.getByLabel('New note').fill(' ')
    await press(page, 'Add note')
    await page.getByText('A note needs 1 to 2,000 characters.').waitFor()
    await look('16-note-refused')
    await page.getByLabel('New note').fill(`Water the ferns ${label}`)
    await press(page, 'Add note')
    await page.getByText(`Water the ferns ${label}`).waitFor()
    await look('12-host-notes')
    await press(page, `Delete note: Water the ferns ${label}`)
    await page.getByText(`Water the ferns ${label}`).waitFor({ state: 'detached' })
    await press(page, 'Log out')
    await page.waitForURL(`${host.url}/users/logged_out`)
    await look('13-logged-out')
    await page.goto(`${host.url}/notes`)
    expect(new URL(page.url()).pathname).toBe('/users/log_in')
    await page.goto(`${host.url}/dev/mailbox`)
    await look('14-mailbox')
  })

  test('lets an owner in whom a stranger keeps out, by a mailed link', async () => {
    const { page, look } = await arrive('unlock')
    const owner = { email: `owner.${String(script)}@example.com`, password: 'a long enough password 9' }
    await registerPerson(host.url, owner)
    const stranger = new HttpBrowser()
    for (let guess = 0; guess < 10; guess += 1) {
      const form = await stranger.get(`${host.url}/users/log_in`)
      await stranger.submit(form, /^log in$/i, { email: owner.email, password: `a wrong guess, number ${guess}` })
    }
    await page.goto(`${host.url}/users/log_in?return_to=%2Fnotes`)
    await logIn(page, owner)
    await page.getByText('Too many tries').waitFor()
    await look('40-too-many-tries')
    await press(page, 'Mail me a link')
    await look('41-unlock-mailed')
    const mail = await readMail(host.url, owner.email, /try again/i)
    await page.goto(mail.link?.href ?? '')
    await look('42-unlock-link')
    await press(page, 'Go on to log in')
    await look('43-unlocked')
    await logIn(page, owner)
    await page.waitForURL(`${host.url}/notes`)
  })

  test('says what is wrong on a page that a person understands', async () => {
    const { page, look } = await arrive('wrong')
    await page.goto(`${host.url}/nowhere`)
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    await look('30-no-such-page')
    await page.goto(`${host.url}/oauth/authorize?client_id=nobody&redirect_uri=https%3A%2F%2Fevil.example`)
    expect(new URL(page.url()).origin).toBe(host.url)
    await look('31-authorization-refused')
    await page.goto(`${host.url}/oauth/interactions/00000000-0000-4000-8000-000000000000`)
    await look('32-unknown-interaction')
    await page.goto(`${host.url}/users/register`)
    await page.getByLabel('Email address').fill('somebody@example.com')
    await page.getByLabel('Password', { exact: true }).fill('short')
    await press(page, 'Create account')
    await page.getByText('There is a problem').waitFor()
    await look('33-registration-refused')
    await page.goto(`${partner.url}/callback?code=x&state=y`)
    await page.getByRole('heading', { name: 'This answer belongs to no request' }).waitFor()
    await look('34-partner-unknown-answer')
  })

  async function register(
    page: Page,
    person: { email: string; password: string },
    by: 'link' | 'code',
    look: (name: string) => Promise<void>,
  ) {
    await page.waitForURL(`${host.url}/users/log_in?**`)
    await page.getByRole('link', { name: 'Create an account' }).click()
    await look('20-register')
    await page.getByLabel('Email address').fill(person.email)
    await page.getByLabel('Password', { exact: true }).fill(person.password)
    await press(page, 'Create account')
    await look('21-confirm')
    const mail = await readMail(host.url, person.email, /confirm/i)
    if (by === 'code') {
      await page.getByLabel('Code from the mail').fill(mail.code ?? '')
    } else {
      await page.goto(mail.link?.href ?? '')
      await look('22-confirm-link')
    }
    await press(page, /^Confirm/)
  }
})
