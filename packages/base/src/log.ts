/** A pino-shaped logger that can only be given fields from a list, so that a secret has no field to go to. */

/** Everything a log line may carry; to log something else, name it here first. */
export interface LogFields {
  readonly requestId?: string
  readonly event?: string
  readonly reason?: string
  readonly method?: string
  readonly path?: string
  readonly status?: number
  readonly durationMs?: number
  readonly job?: string
  readonly jobId?: string
  readonly attempts?: number
  readonly clientId?: string
  readonly userId?: string
  readonly field?: string
  readonly port?: number
  readonly error?: unknown
}

/** Where lines go; pino fits. */
export interface Logger {
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

/** Says nothing. */
export const silentLogger: Logger = { info: silent, warn: silent, error: silent }

function silent(): void {}

/** Writes one JSON object a line; errors are reduced to name, message and stack. */
export function jsonLogger(write: (line: string) => void): Logger {
  const at = (level: string) => (fields: LogFields, message: string) => {
    write(
      JSON.stringify({
        level,
        message,
        ...fields,
        ...(fields.error === undefined ? {} : { error: describe(fields.error) }),
      }),
    )
  }
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

function describe(error: unknown): { name: string; message: string; stack?: string } {
  if (!(error instanceof Error)) return { name: typeof error, message: 'something that is not an Error was thrown' }
  return { name: error.name, message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) }
}
