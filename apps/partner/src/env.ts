/** What the environment tells this app, read once and complained about in one message. */
import path from 'node:path'

/** The settings of one running partner app. */
export interface Environment {
  readonly port: number
  /** This app's own origin. */
  readonly origin: URL
  /** The OpenID provider to connect to. */
  readonly issuer: URL
  /** The API that holds the notes. */
  readonly apiUrl: URL
  /** JSON with `client_id` and `client_secret`, as the provider handed it over. */
  readonly clientFile: string
}

/** Reads the settings; every problem is collected, so that one start names them all. */
export function readEnvironment(source: Record<string, string | undefined>): {
  environment: Environment
  problems: readonly string[]
} {
  const problems: string[] = []
  const port = Number(source['PARTNER_PORT'] || 3001)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) problems.push('PARTNER_PORT must be a port from 1 to 65535')
  const issuerName = source['ISSUER'] ? 'ISSUER' : 'BASE_URL'
  const issuer = readUrl(
    issuerName,
    source['ISSUER'] || source['BASE_URL'] || `http://localhost:${source['PORT'] || 3000}`,
    problems,
  )
  const apiUrl = readUrl('API_URL', source['API_URL'] || issuer.origin, problems)
  const clientFile = path.resolve(
    source['PARTNER_CLIENT_FILE'] || path.join(source['DATA_DIR'] || './.data', 'partner-client.json'),
  )
  const origin = new URL(`http://localhost:${problems.length === 0 ? port : 3001}`)
  return { environment: { port, origin, issuer, apiUrl, clientFile }, problems }
}

function readUrl(name: string, text: string, problems: string[]): URL {
  if (URL.canParse(text) && /^https?:/.test(text)) return new URL(text)
  problems.push(`${name} must be an http or https address`)
  return new URL('http://localhost:3000')
}

function readOrExit(): Environment {
  const { environment, problems } = readEnvironment(process.env)
  if (problems.length === 0) return environment
  process.stderr.write(`Notebook Reader cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\n`)
  process.exit(1)
}

/** The settings of this process; a wrong one ends it with a list of what to mend. */
export const environment: Environment = readOrExit()
