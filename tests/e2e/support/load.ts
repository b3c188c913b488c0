/** A load of code and refresh loops that remembers every answer it got, and every question left without one. */
import { HttpBrowser } from './http-browser.js'
import { type ClientCredentials, type IssuedCode, obtainCode, redeem, refresh, textOf } from './oauth-client.js'
import { goAlong } from './person.js'

/** What one family of tokens looks like from the outside. */
export interface Family {
  readonly issued: IssuedCode
  /** How far its code came. */
  code: 'unsent' | 'unanswered' | 'redeemed'
  /** The newest refresh token somebody received. */
  refreshToken: string | null
  /** Whether that token was sent to be refreshed and no answer came. */
  refreshUnanswered: boolean
  /** Tokens that were refreshed with an answer, so that they are spent. */
  readonly spent: string[]
}

/** Everything the load knows when the server dies. */
export interface Ledger {
  readonly families: Family[]
  /** Answers that make no sense from a living server. */
  readonly surprises: string[]
}

const refreshesEach = 4

/** A load that runs. */
export interface Load {
  /** How many families were begun so far. */
  begun(): number
  /** Waits for every worker to notice the death, and answers with what they know. */
  ended(): Promise<Ledger>
}

/** Starts workers that go on until the server stops answering. */
export async function startLoad(host: string, client: ClientCredentials, workers: number): Promise<Load> {
  const ledger: Ledger = { families: [], surprises: [] }
  const browsers = Array.from({ length: workers }, () => new HttpBrowser(client.redirectUri))
  // Everybody is logged in and has consented before the clock of death starts.
  for (const browser of browsers) await obtainCode(browser, host, client, goAlong(browser))
  const running = browsers.map((browser) => work(browser, host, client, ledger))
  return {
    begun: () => ledger.families.length,
    async ended() {
      await Promise.all(running)
      return ledger
    },
  }
}

async function work(browser: HttpBrowser, host: string, client: ClientCredentials, ledger: Ledger): Promise<void> {
  for (;;) {
    const issued = await answerOf(() => obtainCode(browser, host, client, goAlong(browser)))
    if (issued === null) return
    const family: Family = { issued, code: 'unsent', refreshToken: null, refreshUnanswered: false, spent: [] }
    ledger.families.push(family)
    // Some codes stay unredeemed, so that the restart meets them too.
    if (ledger.families.length % 5 === 0) continue
    if (!(await live(family, host, client, ledger))) return
  }
}

/** Redeems and refreshes; false when the server died. */
async function live(family: Family, host: string, client: ClientCredentials, ledger: Ledger): Promise<boolean> {
  family.code = 'unanswered'
  const first = await answerOf(() => redeem(host, client, family.issued))
  if (first === null) return false
  family.code = 'redeemed'
  if (first.status !== 200) return surprised(ledger, 'redemption', first.status, first.body)
  family.refreshToken = textOf(first, 'refresh_token')
  for (let turn = 0; turn < refreshesEach; turn += 1) {
    const presented: string = family.refreshToken
    family.refreshUnanswered = true
    const next = await answerOf(() => refresh(host, client, presented))
    if (next === null) return false
    family.refreshUnanswered = false
    if (next.status !== 200) return surprised(ledger, 'refresh', next.status, next.body)
    family.spent.push(presented)
    family.refreshToken = textOf(next, 'refresh_token')
  }
  return true
}

function surprised(ledger: Ledger, what: string, status: number, body: unknown): true {
  ledger.surprises.push(`${what}: ${status} ${JSON.stringify(body)}`)
  return true
}

/** The answer, or null when the connection broke before it was complete. */
async function answerOf<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask()
  } catch (error) {
    if (isBrokenConnection(error)) return null
    throw error
  }
}

/** fetch reports a broken connection as a TypeError, node:http by its code; anything else is a mistake of ours. */
function isBrokenConnection(error: unknown): boolean {
  if (error instanceof TypeError) return true
  return (
    error instanceof Error && 'code' in error && ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(String(error.code))
  )
}
