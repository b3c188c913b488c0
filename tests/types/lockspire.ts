/** What lockspire refuses to compile for its hosts. Nothing here runs; each line says what it protects. */
import { Hono } from 'hono'
import {
  createLockspire,
  type AccountResolver,
  type Authentication,
  type Client,
  type CreatedClient,
  type LockspireEvent,
  type LockspireOptions,
} from 'lockspire'

interface Person {
  id: string
}

declare const resolver: AccountResolver<Person, { currentScope: Person | null }>
declare const base: Pick<LockspireOptions, 'database' | 'issuer' | 'brand'>

const notes = await createLockspire({
  ...base,
  accountResolver: resolver,
  scopes: { 'notes:read': { description: 'Read your notes' } },
  resources: { 'https://notes.example/api': { name: 'Notes' } },
})

/** A guard with a misspelt scope would refuse everybody, or, worse, guard nothing that was meant. */
export const scopesAreKnown = () => [
  notes.requireAccessToken({ scope: 'notes:read' }),
  notes.requireAccessToken({ scope: ['notes:read', 'openid'] }),
  // @ts-expect-error: no such scope was configured
  notes.requireAccessToken({ scope: 'notes:raed' }),
  // @ts-expect-error: one of them was not
  notes.requireAccessToken({ scope: ['notes:read', 'notes:write'] }),
]

/** A guard without a scope lets every token through. */
export const scopeIsRequired = () =>
  // @ts-expect-error: say which
  notes.requireAccessToken({})

/** An audience nobody configured can be in no token. */
export const resourcesAreKnown = () => [
  notes.requireAccessToken({ scope: 'notes:read', resource: 'https://notes.example/api' }),
  // @ts-expect-error: no such resource was configured
  notes.requireAccessToken({ scope: 'notes:read', resource: 'https://other.example' }),
]

/** Behind the guard the token is known, and what it says has types. */
export const guardedRoutesKnowTheToken = () =>
  new Hono().get('/', notes.requireAccessToken({ scope: 'notes:read' }), (c) => {
    const subject: string = c.var.accessToken.subject
    // @ts-expect-error: a token says nothing about the address
    return c.text(subject, { headers: { email: c.var.accessToken.email } })
  })

/** A resolver with a hole would fail at the first log in, in production; a completed one needs no second look. */
export const resolverIsComplete = (): AccountResolver<Person, object> =>
  // @ts-expect-error: redirectForLogin is missing
  ({
    resolveCurrentAccount: async () => ({ ok: false, error: 'unauthenticated' }),
    resolveAccount: async () => ({ ok: false, error: 'not_found' }),
    buildClaims: async (person: Person) => ({ ok: true, claims: { sub: person.id } }),
  })

/** Claims without a subject are claims about nobody. */
export const claimsHaveASubject = (): Pick<AccountResolver<Person, object>, 'buildClaims'> => ({
  // @ts-expect-error: sub is missing
  buildClaims: async () => ({ ok: true, claims: { email: 'ada@example.com' } }),
})

/** An answer that is neither yes nor one known no would be taken for either. */
export const refusalsAreKnown = (): Pick<AccountResolver<Person, object>, 'resolveAccount'> => ({
  // @ts-expect-error: the only refusal is 'not_found'
  resolveAccount: async () => ({ ok: false, error: 'gone' }),
})

/** A time as text would end as a wrong `auth_time`. */
export const authenticationHasADate = (): Authentication => ({
  // @ts-expect-error: a Date
  authenticatedAt: '2026-01-01T00:00:00Z',
  methods: ['pwd'],
})

/** A public client has no secret; showing `undefined` to an operator would look like one. */
export const publicClientsHaveNoSecret = (created: CreatedClient<'public'>): unknown =>
  // @ts-expect-error: there is none
  created.secret.reveal()

/** What is stored of a client never includes its secret. */
export const storedClientsHaveNoSecret = (client: Client): unknown =>
  // @ts-expect-error: only its hash is kept, and not in this type
  client.secret

/** Only events that exist can be looked for in the audit. */
export const eventsAreWords = (): LockspireEvent =>
  // @ts-expect-error: not an event
  'token_was_issued'
