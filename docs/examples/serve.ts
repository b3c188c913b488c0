/** Serves the product on node:http, and stops it without cutting anyone off. */
// region serve
import { jsonLogger } from 'sigra'
import { closeOnSignals, serveNode } from 'sigra/node'
import { app, database, lockspire, sigra } from './product.js'

const log = jsonLogger((line) => process.stdout.write(`${line}\n`))
const server = await serveNode({ fetch: app.fetch, port: Number(process.env['PORT'] ?? 4000), log })
closeOnSignals(log, server, lockspire, sigra, database)
// endregion serve

export { server }
