/** The decision of the authorization endpoint as a table of sessions, prompts and ages. */
import { describe, expect, test } from 'vitest'

import type { AuthorizationRequest } from '../../records/interactions/interaction.js'
import type { Prompt } from '../../rules/prompt.js'
import { decideAuthorize } from './authorize.js'

const now = new Date('2027-01-15T12:00:00Z')

function requestWith(prompts: readonly Prompt[], maxAgeSeconds: number | null): AuthorizationRequest {
  return {
    redirectUri: 'https://client.example/callback',
    responseMode: 'query',
    state: null,
    scopes: ['openid'],
    resources: ['https://notes.example/api'],
    codeChallenge: '',
    nonce: null,
    prompts,
    maxAgeSeconds,
    loginHint: null,
    subjectHint: null,
    uiLocales: [],
    acrValues: [],
  }
}

type Session = 'none' | 'broken' | 'unknown age' | 'a minute old' | 'an hour old'

function foundFor(session: Session) {
  if (session === 'none') return { ok: false, reason: 'unauthenticated' } as const
  if (session === 'broken') return { ok: false, reason: 'claims_failed' } as const
  const age = session === 'a minute old' ? 60_000 : 3_600_000
  const authentication =
    session === 'unknown age' ? null : { authenticatedAt: new Date(now.getTime() - age), methods: ['pwd'] }
  return { ok: true, value: { subject: 'ada', authentication, claims: { sub: 'ada' } } } as const
}

/** What happens, in one word: a reason to refuse, `log in`, `log in again`, `ask` or `use`. */
function wordFor(
  session: Session,
  prompts: readonly Prompt[],
  maxAgeSeconds: number | null,
  mayRemember: boolean,
): string {
  const decision = decideAuthorize(requestWith(prompts, maxAgeSeconds), { found: foundFor(session), mayRemember }, now)
  if (decision.kind === 'refuse') return decision.reason
  if (decision.kind === 'log_in') return decision.reason === 'unauthenticated' ? 'log in' : 'log in again'
  return decision.kind === 'ask_consent' ? 'ask' : 'use'
}

describe('an authorization request, by who is logged in and what it asks', () => {
  test.each<[Session, readonly Prompt[], number | null, string, string]>([
    // session, prompt, max_age, what happens where consent may be remembered, and where it may not
    ['none', [], null, 'log in', 'log in'],
    ['none', ['none'], null, 'login_required', 'login_required'],
    ['none', ['login'], null, 'log in', 'log in'],
    ['none', ['consent'], 60, 'log in', 'log in'],
    ['broken', [], null, 'claims_failed', 'claims_failed'],
    ['broken', ['none'], null, 'claims_failed', 'claims_failed'],
    ['broken', ['login'], 0, 'claims_failed', 'claims_failed'],
    ['a minute old', [], null, 'use', 'ask'],
    ['a minute old', ['none'], null, 'use', 'consent_required'],
    ['a minute old', ['login'], null, 'log in again', 'log in again'],
    ['a minute old', ['consent'], null, 'ask', 'ask'],
    ['a minute old', ['select_account'], null, 'ask', 'ask'],
    ['a minute old', ['login', 'consent'], null, 'log in again', 'log in again'],
    ['a minute old', [], 0, 'log in again', 'log in again'],
    ['a minute old', [], 59, 'log in again', 'log in again'],
    ['a minute old', [], 60, 'use', 'ask'],
    ['a minute old', ['none'], 59, 'login_required', 'login_required'],
    ['a minute old', ['none'], 600, 'use', 'consent_required'],
    ['an hour old', [], null, 'use', 'ask'],
    ['an hour old', [], 600, 'log in again', 'log in again'],
    ['an hour old', ['none'], 600, 'login_required', 'login_required'],
    ['an hour old', ['consent'], 600, 'log in again', 'log in again'],
    ['unknown age', [], null, 'use', 'ask'],
    ['unknown age', [], 86_400, 'log in again', 'log in again'],
    ['unknown age', ['none'], 86_400, 'login_required', 'login_required'],
    ['unknown age', ['login'], null, 'log in again', 'log in again'],
  ])(
    'session %s, prompt %j, max_age %s: %s, or %s where it is asked each time',
    (session, prompts, maxAge, remembered, asked) => {
      expect([wordFor(session, prompts, maxAge, true), wordFor(session, prompts, maxAge, false)]).toEqual([
        remembered,
        asked,
      ])
    },
  )

  test.each<[string, readonly Prompt[], string]>([
    ['ada', [], 'use'],
    ['ada', ['none'], 'use'],
    ['grace', [], 'other_account'],
    ['grace', ['none'], 'login_required'],
  ])('with an id_token_hint for %s and prompt %j, while Ada is logged in: %s', (subjectHint, prompts, expected) => {
    const found = foundFor('a minute old')
    const decision = decideAuthorize({ ...requestWith(prompts, null), subjectHint }, { found, mayRemember: true }, now)
    expect('reason' in decision ? decision.reason : decision.kind.slice(0, 3)).toBe(expected)
  })
})
