/** What the environment decides about this product, read once and complained about in one message. */
import path from 'node:path'

/** The settings of one running host. */
export interface Environment {
  /** Port the host listens on. */
  readonly port: number
  /** Network name or address the host listens on; `localhost` unless told, `0.0.0.0` in a container. */
  readonly hostname: string
  /** How many proxies of your own stand in front; without any, X-Forwarded-For is ignored. */
  readonly trustedProxyHops: number
  /** Public origin of the product, which is also the issuer; never taken from a request. */
  readonly baseUrl: URL
  /** `postgres://…`, or nothing for the embedded store in `dataDir`. */
  readonly databaseUrl: string | undefined
  /** Folder of the embedded store, the development keys and the seeded client. */
  readonly dataDir: string
  /** Everywhere but on a plain-HTTP loopback address; production has no seed, no mailbox page and no keys made up at start. */
  readonly production: boolean
  /** Where the partner app of the development seed listens. */
  readonly partnerOrigin: URL
  /** Where the seed leaves the partner app's client. */
  readonly partnerClientFile: string
  /** The mail server; null sends mail to the development mailbox. */
  readonly smtp: { readonly url: string; readonly from: string } | null
}

/** Reads the settings; every problem is collected, so that one start names them all. */
export function readEnvironment(source: Record<string, string | undefined>): {
  environment: Environment
  problems: readonly string[]
} {
  const problems: string[] = []
  const port = readPort(source, 'PORT', 3000, problems)
  const partnerPort = readPort(source, 'PARTNER_PORT', 3001, problems)
  const baseUrl = readOrigin(source['BASE_URL'] || `http://localhost:${port}`, problems)
  const production = source['NODE_ENV'] === 'production' || !isLoopbackHttp(baseUrl)
  if (source['NODE_ENV'] === 'production' && isLoopbackHttp(baseUrl))
    problems.push('BASE_URL must be the public https:// address in production, for example https://notes.example')
  if (production) requireKeys(source, problems)
  const databaseUrl = source['DATABASE_URL'] || undefined
  if (databaseUrl !== undefined && !/^postgres(ql)?:\/\//.test(databaseUrl)) {
    problems.push('DATABASE_URL must start with postgres:// (leave it empty for the embedded store)')
  }
  if (port === partnerPort) problems.push(`PORT and PARTNER_PORT are both ${port}; give them different ports`)
  const dataDir = path.resolve(source['DATA_DIR'] || './.data')
  const partnerOrigin = new URL(`http://localhost:${partnerPort}`)
  const partnerClientFile = path.resolve(source['PARTNER_CLIENT_FILE'] || path.join(dataDir, 'partner-client.json'))
  const smtp = readSmtp(source, production, problems)
  const hostname = source['HOST'] || 'localhost'
  const trustedProxyHops = readHops(source['TRUSTED_PROXY_HOPS'], problems)
  const network = { port, hostname, trustedProxyHops, baseUrl }
  return {
    environment: { ...network, databaseUrl, dataDir, production, partnerOrigin, partnerClientFile, smtp },
    problems,
  }
}

/** The libraries would say the same, but one after the other. */
function requireKeys(source: Record<string, string | undefined>, problems: string[]): void {
  for (const name of ['SIGRA_KEYS', 'LOCKSPIRE_KEYS'])
    if (!source[name])
      problems.push(
        `${name} is not set: give "id:key" with a key of 32 random bytes in base64url, for example ${name}="1:$(openssl rand -base64 32 | tr +/ -_ | tr -d =)", and keep it`,
      )
}

function readSmtp(
  source: Record<string, string | undefined>,
  production: boolean,
  problems: string[],
): Environment['smtp'] {
  const [url, from] = [source['SMTP_URL'], source['MAIL_FROM']]
  if (!url && production)
    problems.push('SMTP_URL is not set: production sends mail, for example through smtps://user:password@mail.example')
  if (url && !from)
    problems.push('MAIL_FROM is not set: the sender of mails, for example Notes <no-reply@notes.example>')
  return url && from ? { url, from } : null
}

function readHops(text: string | undefined, problems: string[]): number {
  if (!text) return 0
  if (/^\d$/.test(text)) return Number(text)
  problems.push('TRUSTED_PROXY_HOPS must be a whole number from 0 to 9')
  return 0
}

function readPort(
  source: Record<string, string | undefined>,
  name: string,
  fallback: number,
  problems: string[],
): number {
  const text = source[name]
  if (text === undefined || text === '') return fallback
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port > 0 && port < 65_536) return port
  problems.push(`${name} must be a port from 1 to 65535`)
  return fallback
}

function readOrigin(text: string, problems: string[]): URL {
  const fallback = new URL('http://localhost:3000')
  if (!URL.canParse(text)) {
    problems.push('BASE_URL must be an address such as https://notes.example')
    return fallback
  }
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    problems.push('BASE_URL must start with https:// (http:// on loopback)')
  if (url.protocol === 'http:' && !isLoopbackHttp(url))
    problems.push('BASE_URL must use https:// unless it is a loopback address')
  if (url.pathname !== '/' || url.search || url.hash || url.username)
    problems.push('BASE_URL must be an origin alone, without a path')
  return url
}

function isLoopbackHttp(url: URL): boolean {
  return url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
}
