/** Who the users are: what this product decides about registration, log in and sessions. */
import { createSigra } from 'sigra'
import { brand } from './brand.js'
import { database } from './database.js'
import { environment } from './env.js'
import { log } from './log.js'
import { mailer } from './mail.js'

/** sigra, on the product's database. */
export const sigra = await createSigra({
  database,
  baseUrl: environment.baseUrl.origin,
  mailer,
  brand,
  production: environment.production,
  dataDir: environment.dataDir,
  trustedProxyHops: environment.trustedProxyHops,
  log,
})
