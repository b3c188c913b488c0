/** The command line as one function, so that tests run it as people do. */
import { Command, CommanderError } from 'commander'

import { choiceOf, withDatabase, type SharedOptions } from '#base/command-store.js'
import { migrate, pendingMigrations } from '#base/migrator.js'
import { printAnswer, printFailure, type Terminal } from '#base/terminal.js'

import { migrations } from '../migrations/migrations.js'
import { addClientCommands } from './client-commands.js'
import { addKeyCommands } from './key-commands.js'

/** Runs one command and answers its exit code: 0 for success, 1 for everything else. */
export async function runCommand(words: readonly string[], terminal: Terminal): Promise<number> {
  const program = makeProgram(terminal)
  try {
    await program.parseAsync(words, { from: 'user' })
    return 0
  } catch (error) {
    // Commander has already said what was wrong, or printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode
    printFailure(terminal, 'lockspire', words.includes('--json'), error)
    return 1
  }
}

function makeProgram(terminal: Terminal): Command {
  const program = new Command('lockspire')
    .description(
      'Manage the OAuth clients of a product that embeds lockspire, migrate its schema, look at its signing keys.',
    )
    .option('--json', 'print JSON')
    .option('--data-dir <folder>', 'data folder of the embedded store (default: DATA_DIR, or ./.data)')
    .option('--schema <name>', 'schema of lockspire (default: LOCKSPIRE_SCHEMA, or lockspire)')
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
  addClientCommands(program, terminal)
  addMigrate(program, terminal)
  addKeyCommands(program, terminal)
  return program
}

function addMigrate(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description('bring the schema up to date')
    .option('--dry-run', 'list what is pending and change nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  $ lockspire migrate --dry-run\n  $ DATABASE_URL=postgres://… lockspire migrate',
    )
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<SharedOptions & { dryRun?: boolean }>()
      const choice = choiceOf('lockspire', options, terminal)
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
