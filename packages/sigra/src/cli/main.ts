#!/usr/bin/env node
/** The `sigra` command. */
import { runCommand } from './run.js'

process.exitCode = await runCommand(process.argv.slice(2), {
  environment: process.env,
  out: (line) => console.log(line),
  err: (line) => console.error(line),
})
