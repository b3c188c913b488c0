/** Things that are thrown: a fault is a bug or an outage, a configuration error is a host that was wired wrong. */

/** An unexpected break; whatever transaction it crosses rolls back. */
export class Fault extends Error {
  override readonly name: string = 'Fault'
}

/** Everything that is wrong with a host's configuration, told once and together, each with its fix. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly problems: readonly string[]

  constructor(library: string, problems: readonly string[]) {
    const lines = problems.map((problem) => `  - ${problem}`).join('\n')
    super(
      `${library} cannot start; ${problems.length === 1 ? 'one thing is' : `${problems.length} things are`} wrong:\n${lines}`,
    )
    this.problems = problems
  }
}
