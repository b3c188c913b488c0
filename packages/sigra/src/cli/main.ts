#!/usr/bin/env node
/** The command `sigra`: migrate the schema, create and show users. */
import { runSigraCommand } from './program.js'

process.exitCode = await runSigraCommand(process.argv.slice(2), {
  environment: process.env,
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
})
