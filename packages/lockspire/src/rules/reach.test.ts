/** Scopes and resources that a new token may have (RFC 6749 §6, RFC 8707 §2.2). */
import { describe, expect, it } from 'vitest'

import { narrowReach, type Bounds } from './reach.js'

const notes = 'https://notes.example'
const mail = 'https://mail.example'
const bounds: Bounds = {
  scopes: new Map([
    ['openid', { resource: null }],
    ['offline_access', { resource: null }],
    ['notes:read', { resource: notes }],
    ['notes:write', { resource: notes }],
    ['mail:read', { resource: mail }],
  ]),
  resources: new Set([notes, mail]),
  clientScopes: ['notes:read', 'notes:write', 'mail:read'],
}
const granted = { scopes: ['openid', 'offline_access', 'notes:read', 'mail:read'], resources: [notes, mail] }
const asked = { scopes: null, resources: null }

describe('reach of new tokens (RFC 6749 §6, RFC 8707 §2.2)', () => {
  it('is what was granted when nothing else is asked', () => {
    expect(narrowReach(granted, asked, bounds)).toEqual({ ok: true, value: granted })
  })

  it('narrows to the scopes that are asked', () => {
    expect(narrowReach(granted, { ...asked, scopes: ['notes:read'] }, bounds)).toEqual({
      ok: true,
      value: { scopes: ['notes:read'], resources: [notes, mail] },
    })
  })

  it('leaves out scopes that hold only elsewhere when a resource is asked', () => {
    expect(narrowReach(granted, { ...asked, resources: [notes] }, bounds)).toEqual({
      ok: true,
      value: { scopes: ['openid', 'offline_access', 'notes:read'], resources: [notes] },
    })
  })

  it.each([
    ['a scope that was not granted', { scopes: ['notes:write'] }, {}, 'scope_widened'],
    ['a scope nobody configured', { scopes: ['root'] }, {}, 'scope_widened'],
    [
      'a granted scope that the client lost',
      { scopes: ['notes:read'] },
      { clientScopes: ['mail:read'] },
      'scope_widened',
    ],
    ['a resource that was not granted', { resources: ['https://other.example'] }, {}, 'resource_widened'],
    ['a resource beside a granted one', { resources: [notes, 'https://other.example'] }, {}, 'resource_widened'],
    [
      'a granted resource that is configured no more',
      { resources: [mail] },
      { resources: new Set([notes]) },
      'resource_widened',
    ],
    [
      'a resource where nothing of what is asked holds',
      { scopes: ['notes:read'], resources: [mail] },
      {},
      'resource_widened',
    ],
    ['anything when no granted resource is left', {}, { resources: new Set(['x:y']) }, 'resource_widened'],
    ['anything when no granted scope is left', {}, { scopes: new Map(), clientScopes: [] }, 'scope_widened'],
  ])('refuses %s', (_name, ask, bound, reason) => {
    expect(narrowReach(granted, { ...asked, ...ask }, { ...bounds, ...bound })).toEqual({ ok: false, reason })
  })

  it('drops in silence what the client or the configuration lost', () => {
    const value = { scopes: ['openid', 'offline_access', 'notes:read'], resources: [notes, mail] }
    expect(narrowReach(granted, asked, { ...bounds, clientScopes: ['notes:read'] })).toEqual({ ok: true, value })
  })
})
