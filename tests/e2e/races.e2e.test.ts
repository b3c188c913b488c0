/** Two host processes on one PostgreSQL, and fifty presenters of one secret. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { HttpBrowser } from './support/http-browser.js'
import { type ClientCredentials, obtainCode, redeem, refresh, seededClient, textOf } from './support/oauth-client.js'
import { goAlong } from './support/person.js'
import { freePort, type Program, startHost } from './support/processes.js'
import { besides, createStore, sharedKeys, type Store } from './support/stores.js'

const rounds = [1, 2, 3, 4]
const presenters = Array.from({ length: 50 }, (_, index) => index)

describe('races between two processes', () => {
  let store: Store
  let second: Store
  let hosts: readonly Program[]
  let client: ClientCredentials
  let browser: HttpBrowser

  beforeAll(async () => {
    store = await createStore('postgres')
    second = await besides(store)
    const partnerPort = await freePort()
    const environment = sharedKeys()
    const first = await startHost(store, { partnerPort, environment })
    hosts = [first, await startHost(second, { partnerPort, environment, baseUrl: first.url })]
    client = await seededClient(store, partnerPort)
    browser = new HttpBrowser(client.redirectUri)
    // Cold connections would let the first presenter win before the others have arrived.
    await Promise.all(presenters.map((index) => refresh(hostOf(index), client, 'nobody-has-this')))
  })

  afterAll(async () => {
    await Promise.all(hosts.map((host) => host.stop()))
    await second.remove()
    await store.remove()
  })

  /** The process that serves the n-th presenter. */
  const hostOf = (index: number): string => hosts[index % hosts.length]!.url
  const newCode = () => obtainCode(browser, hostOf(0), client, goAlong(browser))

  test.each(rounds)(
    'lets exactly one of fifty redemptions of one code win, and revokes what the winner got (%i)',
    async () => {
      const issued = await newCode()
      const answers = await Promise.all(presenters.map((index) => redeem(hostOf(index), client, issued)))
      const winners = answers.filter((answer) => answer.status === 200)
      expect(winners).toHaveLength(1)
      for (const loser of answers.filter((answer) => answer.status !== 200)) {
        expect(loser).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
      }
      const refreshed = await refresh(hostOf(1), client, textOf(winners[0]!, 'refresh_token'))
      expect(refreshed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
      for (const index of [0, 1]) {
        expect(await userinfoStatus(hostOf(index), textOf(winners[0]!, 'access_token'))).toBe(401)
      }
    },
  )

  test.each(rounds)(
    'lets exactly one of fifty refreshes of one token win, and then the family is dead (%i)',
    async () => {
      const first = await redeem(hostOf(0), client, await newCode())
      const token = textOf(first, 'refresh_token')
      const answers = await Promise.all(presenters.map((index) => refresh(hostOf(index), client, token)))
      const winners = answers.filter((answer) => answer.status === 200)
      expect(winners).toHaveLength(1)
      for (const loser of answers.filter((answer) => answer.status !== 200)) {
        expect(loser).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
      }
      for (const dead of [textOf(winners[0]!, 'refresh_token'), token]) {
        expect(await refresh(hostOf(0), client, dead)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
        expect(await refresh(hostOf(1), client, dead)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
      }
      expect(await userinfoStatus(hostOf(1), textOf(winners[0]!, 'access_token'))).toBe(401)
    },
  )

  test('keeps a family of one well-behaved client alive through many refreshes on both processes', async () => {
    let answer = await redeem(hostOf(1), client, await newCode())
    for (let turn = 0; turn < 10; turn += 1) {
      answer = await refresh(hostOf(turn), client, textOf(answer, 'refresh_token'))
      expect(answer.status).toBe(200)
    }
    expect(await userinfoStatus(hostOf(0), textOf(answer, 'access_token'))).toBe(200)
  })
})

async function userinfoStatus(host: string, accessToken: string): Promise<number> {
  const response = await fetch(new URL('/oauth/userinfo', host), {
    headers: { authorization: `Bearer ${accessToken}` },
  })
  await response.body?.cancel()
  return response.status
}
