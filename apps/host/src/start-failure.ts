/** Tells in words why the product could not start; imported first, because the other modules begin to work as they load. */

process.on('uncaughtException', tell)

/** Called once the product runs: whatever breaks from then on is no failure to start. */
export function startHasWorked(): void {
  process.off('uncaughtException', tell)
}

// The libraries carry a copy of these classes each, so that only the name is the same.
const explained = ['Fault', 'DatabaseInUse']

function tell(error: Error): void {
  if (error.name === 'ConfigurationError') process.stderr.write(`${error.message}\n`)
  else if (explained.includes(error.name)) process.stderr.write(`Notes cannot start: ${error.message}\n`)
  else process.stderr.write(`Notes cannot start: ${error.stack ?? error.message}\n`)
  process.exit(1)
}
