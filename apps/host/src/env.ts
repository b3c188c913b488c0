/** The settings of this process, read when it starts. */
import { type Environment, readEnvironment } from './read-environment.js'

/** A wrong setting ends the process with a list of everything to mend. */
export const environment: Environment = readOrExit()

function readOrExit(): Environment {
  const { environment: settings, problems } = readEnvironment(process.env)
  if (problems.length === 0) return settings
  process.stderr.write(`Notes cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\n`)
  process.exit(1)
}
