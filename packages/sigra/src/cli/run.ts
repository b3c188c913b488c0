/** The command line as one function, so that tests run it as people do. */
import { Command, CommanderError } from 'commander'

import { systemClock } from '#base/clock.js'
import { choiceOf, withDatabase, type SharedOptions, type StoreChoice } from '#base/command-store.js'
import type { Database } from '#base/database.js'
import { Fault } from '#base/fault.js'
import { silentLogger } from '#base/log.js'
import { migrate, pendingMigrations } from '#base/migrator.js'
import { randomKeyBytes } from '#base/secrets.js'
import { printAnswer, printFailure, type Terminal } from '#base/terminal.js'

import { migrations } from '../migrations/migrations.js'
import { passwordContext } from '../records/passwords/password-context.js'
import { parseEmailAddress } from '../rules/email-address.js'
import { decidePassword } from '../rules/password-policy.js'
import { assembleSigra, type Assembly } from '../sigra.js'
import type { CreateUserReason } from '../users.js'
import { userSummary } from './user-summary.js'

/** Runs one command and answers its exit code: 0 for success, 1 for everything else. */
export async function runCommand(words: readonly string[], terminal: Terminal): Promise<number> {
  const program = makeProgram(terminal)
  try {
    await program.parseAsync(words, { from: 'user' })
    return 0
  } catch (error) {
    // Commander has already said what was wrong, or printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode
    printFailure(terminal, 'sigra', words.includes('--json'), error)
    return 1
  }
}

function makeProgram(terminal: Terminal): Command {
  const program = new Command('sigra')
    .description('Migrate the schema of a product that embeds sigra, create its users and look at them.')
    .option('--json', 'print JSON')
    .option('--data-dir <folder>', 'data folder of the embedded store (default: DATA_DIR, or ./.data)')
    .option('--schema <name>', 'schema of sigra (default: SIGRA_SCHEMA, or sigra)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      `
The database is that of DATABASE_URL (postgres://…), or the embedded store in the data folder.
An embedded store can be opened by one process at a time: stop your product first, or use PostgreSQL.`,
    )
  addMigrate(program, terminal)
  const user = program.command('user').description('create and show users')
  addCreate(user, terminal)
  addShow(user, terminal)
  return program
}

function addMigrate(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description('bring the schema up to date')
    .option('--dry-run', 'list what is pending and change nothing')
    .addHelpText('after', '\nExamples:\n  $ sigra migrate --dry-run\n  $ DATABASE_URL=postgres://… sigra migrate')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<SharedOptions & { dryRun?: boolean }>()
      const choice = choiceOf('sigra', options, terminal)
      await withDatabase({ ...choice, mayCreate: options.dryRun !== true }, async (database) => {
        const wanted = { schema: choice.schema, migrations }
        const names = options.dryRun ? await pendingMigrations(database, wanted) : await migrate(database, wanted)
        printAnswer(terminal, options.json === true, {
          schema: choice.schema,
          [options.dryRun ? 'pending' : 'applied']: names,
        })
      })
    })
}

interface CreateOptions extends SharedOptions {
  readonly unconfirmed?: boolean
  readonly dryRun?: boolean
}

function addCreate(user: Command, terminal: Terminal): void {
  user
    .command('create')
    .argument('<email>', 'address to log in with')
    .description('create a user; the password is read from SIGRA_PASSWORD or the standard input')
    .option('--unconfirmed', 'let the person confirm the address first')
    .option('--dry-run', 'check everything and write nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  $ SIGRA_PASSWORD=… sigra user create ada@example.com\n  $ sigra user create ada@example.com < password.txt',
    )
    .action(async (email: string, _options, command: Command) => {
      const options = command.optsWithGlobals<CreateOptions>()
      const password = terminal.environment['SIGRA_PASSWORD'] ?? (await readStandardInput())
      if (password === '')
        throw new Fault('there is no password: set SIGRA_PASSWORD, or pipe it in, as in "sigra user create … < file"')
      const asked = { email, password, confirmed: options.unconfirmed !== true }
      await withSigra(choiceOf('sigra', options, terminal), async (assembly) => {
        if (options.dryRun) {
          const reason = await whyNotCreated(assembly, asked)
          if (reason !== null) throw new Fault(`would not be created: ${inWords(reason)}`)
          printAnswer(terminal, options.json === true, { dry_run: true, would_create: email })
          return
        }
        const made = await assembly.sigra.users.create(asked)
        if (!made.ok) throw new Fault(`not created: ${inWords(made.reason)}`)
        const { id, confirmedAt } = made.value
        printAnswer(terminal, options.json === true, { id, email: made.value.email, confirmed: confirmedAt !== null })
      })
    })
}

function inWords(reason: CreateUserReason): string {
  return reason === 'taken' ? 'this address is taken' : reason.replaceAll('_', ' ')
}

/** What creating would refuse, as far as that can be told without writing. */
async function whyNotCreated(
  { sigra, server }: Assembly,
  asked: { readonly email: string; readonly password: string },
): Promise<CreateUserReason | null> {
  const email = parseEmailAddress(asked.email)
  if (!email.ok) return `email_${email.reason}`
  const password = decidePassword(asked.password, server.config.password, passwordContext(server.config, email.value))
  if (!password.ok) return `password_${password.reason}`
  return (await sigra.users.findByEmail(asked.email)) === null ? null : 'taken'
}

function addShow(user: Command, terminal: Terminal): void {
  user
    .command('show')
    .argument('<email-or-id>', 'address or id')
    .description('show one user: confirmed, disabled, sessions')
    .addHelpText('after', '\nExample:\n  $ sigra user show ada@example.com')
    .action(async (who: string, _options, command: Command) => {
      const options = command.optsWithGlobals<SharedOptions>()
      const choice = choiceOf('sigra', options, terminal)
      await withDatabase(choice, async (database) => {
        await refusePending(database, choice)
        const summary = await userSummary(database.view(choice.schema), who, systemClock.now())
        if (summary === null) throw new Fault('nobody has this address or id')
        printAnswer(terminal, options.json === true, { ...summary })
      })
    })
}

/** A library that serves nobody and runs no job: it needs rules only, so that address, mailer and keys are never used. */
async function withSigra(choice: StoreChoice, work: (assembly: Assembly) => Promise<void>): Promise<void> {
  await withDatabase(choice, async (database) => {
    await refusePending(database, choice)
    const assembly = await assembleSigra(
      {
        database,
        baseUrl: 'http://localhost',
        mailer: { send: async () => {} },
        brand: { name: 'sigra' },
        schema: choice.schema,
        migrate: false,
        keys: `command:${randomKeyBytes(32).toString('base64url')}`,
        log: silentLogger,
      },
      'elsewhere',
    )
    try {
      await work(assembly)
    } finally {
      await assembly.sigra.close()
    }
  })
}

async function refusePending(database: Database, { schema }: StoreChoice): Promise<void> {
  const pending = await pendingMigrations(database, { schema, migrations })
  if (pending.length > 0)
    throw new Fault(`schema ${schema} is not migrated (${pending.join(', ')} pending): run "sigra migrate" first`)
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
