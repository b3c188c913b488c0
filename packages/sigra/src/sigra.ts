/** Assembles the library: the only importer of flows. */
import { Hono, type MiddlewareHandler } from 'hono'

import { answerAsset, type Asset } from '#base/asset.js'
import { systemClock } from '#base/clock.js'
import { enhanceScript } from '#base/enhance.js'
import { startWorker } from '#base/jobs.js'
import { loadKeyRing } from '#base/key-ring.js'
import { jsonLogger } from '#base/log.js'
import { migrate } from '#base/migrator.js'
import { peopleStylesheet } from '#base/stylesheet.js'

import { background } from './background.js'
import { configure } from './config.js'
import { sigraCookies } from './cookies.js'
import { scopeMiddleware, type SigraEnv } from './current-scope.js'
import { emailConfirmationRoutes } from './flows/email-confirmation/routes.js'
import { logOutRoutes } from './flows/log-out/routes.js'
import { passwordLogInRoutes } from './flows/password-log-in/routes.js'
import { registrationRoutes } from './flows/registration/routes.js'
import { sessionRoutes } from './flows/sessions/routes.js'
import { unlockRoutes } from './flows/unlock/routes.js'
import { userGuard, type UserEnv } from './guards.js'
import { mailJobs } from './mail/deliver-mail.js'
import { mailboxRoutes } from './mailbox/routes.js'
import { migrations } from './migrations/migrations.js'
import type { SigraOptions } from './options.js'
import { passwordHasher } from './password-hasher.js'
import { prune, type Pruned } from './prune.js'
import { mountRoutes, notFoundAnswer, type Route } from './route.js'
import type { SigraTables } from './schema.js'
import type { Server } from './server.js'
import { strengthScript } from './strength-script.js'
import { usersOf, type Users } from './users.js'

/** The running library, as a host holds it. */
export interface Sigra {
  /** Sets `c.var.currentScope` on every request; mount it before everything that asks who is logged in. */
  middleware(): MiddlewareHandler<SigraEnv>
  /** The pages under /users, and /dev/mailbox in development; mount at the root. */
  routes(): Hono<SigraEnv>
  /** Guards a route of the host: lets only logged-in people pass. */
  requireUser(): MiddlewareHandler<UserEnv>
  /** Answers a request by itself, without a host's application; `env` may hold `remoteAddress`. */
  fetch(request: Request, env?: object): Promise<Response>
  readonly users: Users
  /** Deletes expired rows in bounded batches; call it from a schedule. It also runs by itself once an hour. */
  prune(): Promise<Pruned>
  /** Runs every mail that is due and waits for it; for tests and before a short-lived process ends. */
  deliverMail(): Promise<void>
  /** Stops the worker and waits for what is running; the database stays the host's to close. */
  close(): Promise<void>
}

const PRUNE_MILLISECONDS = 3_600_000

/**
 * Checks the options, migrates the schema and starts the worker.
 *
 * Throws one ConfigurationError that lists everything wrong with the options, each with its fix.
 */
export async function createSigra(options: SigraOptions): Promise<Sigra> {
  const { sigra } = await assembleSigra(options)
  return sigra
}

/** What tests see besides the public surface. */
export interface Assembly {
  readonly sigra: Sigra
  readonly server: Server
  readonly routes: readonly Route[]
}

/** How jobs run: looked for every so many seconds (0 only when told), or left to other processes. */
export type JobsMode = { readonly pollSeconds: number } | 'elsewhere'

/** Makes the library with its inside still visible; `createSigra` is what hosts use. */
export async function assembleSigra(options: SigraOptions, jobs: JobsMode = { pollSeconds: 1 }): Promise<Assembly> {
  const config = configure(options)
  const clock = options.clock ?? systemClock
  const log = options.log ?? jsonLogger((line) => process.stdout.write(`${line}\n`))
  const keys = await loadKeyRing({
    value: config.keys,
    name: 'sigra',
    dataDir: config.dataDir,
    production: config.production,
  })
  if (config.migrate) await migrate(options.database, { schema: config.schema, migrations })
  const stylesheet = peopleStylesheet(config.brand)
  const worker =
    jobs === 'elsewhere'
      ? null
      : startWorker({
          database: options.database,
          schema: config.schema,
          handlers: mailJobs({ keys, mailer: options.mailer }),
          clock,
          log,
          pollSeconds: jobs.pollSeconds,
        })
  const server: Server = {
    config,
    database: options.database,
    db: options.database.view<SigraTables>(config.schema),
    clock,
    log,
    keys,
    hasher: await passwordHasher({ atOnce: config.password.hashesAtOnce, waiting: config.password.hashesWaiting }),
    cookies: sigraCookies(config.secureCookies),
    mailer: options.mailer,
    background: background(log),
    stylesheet: `/users/assets/people.${stylesheet.hash}.css`,
    scripts: [`/users/assets/enhance.${enhanceScript.hash}.js`],
    strengthScript: `/users/assets/strength.${strengthScript.hash}.js`,
    wakeJobs: () => worker?.wake(),
  }
  const pruning = setInterval(() => server.background.run('prune', () => prune(server)), PRUNE_MILLISECONDS).unref()
  const routes = routeTable(server)
  const standalone = new Hono<SigraEnv>()
  standalone.route('/', mountAll(server, { routes, stylesheet }))
  standalone.notFound((c) => notFoundAnswer(server, c))
  const sigra: Sigra = {
    middleware: () => scopeMiddleware(server),
    routes: () => mountAll(server, { routes, stylesheet }),
    requireUser: () => userGuard(server),
    fetch: async (request, env) => standalone.fetch(request, env),
    users: usersOf(server),
    prune: () => prune(server),
    deliverMail: async () => worker?.drain(),
    async close() {
      clearInterval(pruning)
      await worker?.close()
      await server.background.settle()
    },
  }
  return { sigra, server, routes }
}

/** Every route of the library; each states who may call it. */
function routeTable(server: Server): readonly Route[] {
  return [
    ...passwordLogInRoutes(server),
    ...unlockRoutes(server),
    ...logOutRoutes(server),
    ...(server.config.registration.open ? registrationRoutes(server) : []),
    ...emailConfirmationRoutes(server),
    ...sessionRoutes(server),
    ...mailboxRoutes(server),
  ]
}

function mountAll(
  server: Server,
  { routes, stylesheet }: { routes: readonly Route[]; stylesheet: Asset },
): Hono<SigraEnv> {
  const app = mountRoutes(server, routes)
  const serve = (path: string, file: Asset) =>
    app.get(path, (c) => answerAsset(file, { hash: file.hash, ifNoneMatch: c.req.header('if-none-match') }))
  serve(server.stylesheet, stylesheet)
  for (const path of server.scripts) serve(path, enhanceScript)
  serve(server.strengthScript, strengthScript)
  return app
}
