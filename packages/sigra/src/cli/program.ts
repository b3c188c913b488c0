/** The commands, apart from the process they run in: arguments in, text and an exit code out. */
import { Command, CommanderError, Option } from 'commander'

import { createDatabase, type Database } from '#base/database.js'
import { ConfigurationError, Fault } from '#base/fault.js'
import { silentLogger } from '#base/log.js'
import { migrate, pendingMigrations } from '#base/migrator.js'
import { randomKeyBytes } from '#base/secrets.js'
import { systemClock } from '#base/clock.js'

import { migrations } from '../migrations/migrations.js'
import { assembleSigra, type Sigra } from '../sigra.js'
import { userSummary, type UserSummary } from './user-summary.js'

/** The world a command runs in. */
export interface CommandWorld {
  readonly environment: NodeJS.ProcessEnv
  write(text: string): void
  writeError(text: string): void
}

interface Shared {
  readonly database?: string
  readonly dataDir: string
  readonly schema: string
  readonly json: boolean
}

/** A refusal of a command: its words go to the error output, its code becomes the exit code. */
class CommandRefused extends Error {}

/** Runs one command; 0 is done, 1 is refused or failed. Never throws. */
export async function runSigraCommand(parameters: readonly string[], world: CommandWorld): Promise<number> {
  const program = buildProgram(world)
  try {
    await program.parseAsync([...parameters], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1
    if (error instanceof CommandRefused || error instanceof Fault || error instanceof ConfigurationError) {
      world.writeError(`${error.message}\n`)
      return 1
    }
    world.writeError(
      `${error instanceof Error ? (error.stack ?? error.message) : 'something that is not an Error was thrown'}\n`,
    )
    return 1
  }
}

function buildProgram(world: CommandWorld): Command {
  const program = new Command('sigra')
    .description('Users of your product: migrate their tables, create them, look at them')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ writeOut: (text) => world.write(text), writeErr: (text) => world.writeError(text) })
  program
    .command('migrate')
    .description('bring the schema up to date')
    .option('--dry-run', 'only say what would be applied', false)
    .action(async (options: { dryRun: boolean }) => runMigrate(world, shared(program), options))
  const user = program.command('user').description('create and show users').exitOverride()
  user
    .command('create')
    .description(
      'create a user whose address counts as confirmed; the password is read from the standard input or SIGRA_PASSWORD',
    )
    .argument('<email>', 'address to log in with')
    .option('--unconfirmed', 'let the person confirm the address first', false)
    .option('--dry-run', 'only say what would be created', false)
    .action(async (email: string, options: { unconfirmed: boolean; dryRun: boolean }) =>
      runCreate(world, shared(program), { email, ...options }),
    )
  user
    .command('show')
    .description('show a user: confirmed, disabled, sessions')
    .argument('<email-or-id>', 'address or id')
    .action(async (who: string) => runShow(world, shared(program), who))
  addShared(program, world)
  return program
}

function addShared(program: Command, world: CommandWorld): void {
  program
    .addOption(
      new Option('--database <url>', 'postgres://… or the folder of the embedded store').default(
        world.environment['DATABASE_URL'] || undefined,
        'DATABASE_URL, or <data-dir>/db',
      ),
    )
    .addOption(
      new Option('--data-dir <folder>', 'where the embedded store and development keys are').default(
        world.environment['DATA_DIR'] || './.data',
      ),
    )
    .addOption(new Option('--schema <name>', 'name of the schema').default('sigra'))
    .option('--json', 'answer as one JSON object', false)
}

function shared(program: Command): Shared {
  return program.opts<Shared>()
}

async function runMigrate(world: CommandWorld, options: Shared, { dryRun }: { dryRun: boolean }): Promise<void> {
  await withDatabase(options, async (database) => {
    const work = { schema: options.schema, migrations }
    const names = dryRun ? await pendingMigrations(database, work) : await migrate(database, work)
    const said =
      names.length === 0 ? 'The schema is up to date.' : `${dryRun ? 'Would apply' : 'Applied'}: ${names.join(', ')}`
    answer(world, options, { text: said, json: dryRun ? { pending: names } : { applied: names } })
  })
}

async function runCreate(
  world: CommandWorld,
  options: Shared,
  asked: { email: string; unconfirmed: boolean; dryRun: boolean },
): Promise<void> {
  const password = world.environment['SIGRA_PASSWORD'] ?? (await readStandardInput())
  if (password === '')
    throw new CommandRefused(
      'No password: set SIGRA_PASSWORD or pipe it in, for example: printf %s "$PASSWORD" | sigra user create ada@example.com',
    )
  await withSigra(options, async (sigra) => {
    if (asked.dryRun) {
      const taken = (await sigra.users.findByEmail(asked.email)) !== null
      if (taken) throw new CommandRefused(`Nothing would be created: ${asked.email} is taken.`)
      answer(world, options, { text: `Would create ${asked.email}.`, json: { wouldCreate: asked.email } })
      return
    }
    const made = await sigra.users.create({ email: asked.email, password, confirmed: !asked.unconfirmed })
    if (!made.ok) throw new CommandRefused(`Not created: ${made.reason.replaceAll('_', ' ')}.`)
    answer(world, options, {
      text: `Created ${made.value.email} (${made.value.id}).`,
      json: { id: made.value.id, email: made.value.email, confirmed: made.value.confirmedAt !== null },
    })
  })
}

async function runShow(world: CommandWorld, options: Shared, who: string): Promise<void> {
  await withDatabase(options, async (database) => {
    await refusePending(database, options)
    const summary = await userSummary(database.view(options.schema), who, systemClock.now())
    if (summary === null) throw new CommandRefused('Nobody has this address or id.')
    answer(world, options, { text: describeUser(summary), json: summary })
  })
}

function describeUser(summary: UserSummary): string {
  return [
    `${summary.email} (${summary.id})`,
    `  created    ${summary.createdAt}`,
    `  confirmed  ${summary.confirmedAt ?? 'no'}`,
    `  disabled   ${summary.disabledAt ?? 'no'}`,
    `  password   ${summary.hasPassword ? 'yes' : 'no'}`,
    `  sessions   ${summary.liveSessions}`,
  ].join('\n')
}

async function withDatabase(options: Shared, work: (database: Database) => Promise<void>): Promise<void> {
  const database = await createDatabase(options.database, { dataDir: options.dataDir })
  try {
    await work(database)
  } finally {
    await database.close()
  }
}

/** A library that serves nobody and runs no job: it needs rules only, so that address, mailer and keys are never used. */
async function withSigra(options: Shared, work: (sigra: Sigra) => Promise<void>): Promise<void> {
  await withDatabase(options, async (database) => {
    await refusePending(database, options)
    const { sigra } = await assembleSigra(
      {
        database,
        baseUrl: 'http://localhost',
        mailer: { send: async () => {} },
        brand: { name: 'sigra' },
        schema: options.schema,
        migrate: false,
        keys: `command:${randomKeyBytes(32).toString('base64url')}`,
        log: silentLogger,
      },
      'elsewhere',
    )
    try {
      await work(sigra)
    } finally {
      await sigra.close()
    }
  })
}

async function refusePending(database: Database, options: Shared): Promise<void> {
  const pending = await pendingMigrations(database, { schema: options.schema, migrations })
  if (pending.length > 0)
    throw new CommandRefused(`The schema ${options.schema} is not up to date; run "sigra migrate" first.`)
}

async function readStandardInput(): Promise<string> {
  if (process.stdin.isTTY) return ''
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(Buffer.from(part as Uint8Array))
  // The line break that echo and editors add is not part of the password.
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

function answer(world: CommandWorld, options: Shared, said: { text: string; json: object }): void {
  world.write(`${options.json ? JSON.stringify(said.json) : said.text}\n`)
}
