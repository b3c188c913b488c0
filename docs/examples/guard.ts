/** Routes of an API that differ in what they demand of an access token. */
import { Hono } from 'hono'
import { lockspire } from './product.js'

// region guard
export const api = new Hono()
// No query: the token's signature, audience, time and scopes.
api.get('/api/notes', lockspire.requireAccessToken({ scope: 'notes:read' }), (c) => c.json([]))
// One indexed read more: a revoked grant, consent or client ends this at once.
const strict = lockspire.requireAccessToken({ scope: 'notes:read', checkGrant: true })
api.get('/api/export', strict, (c) => c.json({ of: c.var.accessToken.subject, by: c.var.accessToken.clientId }))
// endregion guard
