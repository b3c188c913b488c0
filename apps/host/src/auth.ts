/** Who the users are: what this product decides about registration, log in and sessions. */
import { createSigra, developmentMailbox } from 'sigra'
import { brand } from './brand.js'
import { database } from './database.js'
import { environment } from './env.js'
import { log } from './log.js'

/** sigra, on the product's database. */
export const sigra = await createSigra({
  database,
  baseUrl: environment.baseUrl.origin,
  mailer: developmentMailbox(),
  brand,
  production: environment.production,
  dataDir: environment.dataDir,
  log,
})
