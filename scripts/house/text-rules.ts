/** Words and calls that have one place in the house, or none. */
import { roomOf } from './rooms.js'
import { lineAt } from './source.js'
import type { SourceFile } from './source.js'
import { isLibrary, isTest } from './violation.js'
import type { Violation } from './violation.js'

interface TextRule {
  rule: string
  section: string
  message: string
  pattern: RegExp
  /** `text` also looks into comments and strings. */
  looksAt: 'code' | 'text'
  appliesTo(path: string): boolean
}

const edgeFile = /\/(routes|respond|response|host|sigra|lockspire)\.tsx?$/
const meetsRequest = (path: string): boolean => {
  const room = roomOf(path)
  if (room === null || edgeFile.test(path)) return true
  return room.part === 'resource-server' || ['base', 'edge', 'outer', 'index'].includes(room.name)
}
const isSettled = (path: string): boolean => path.startsWith('scripts/') && /check-house|house\//.test(path)

const rules: readonly TextRule[] = [
  {
    rule: 'libraries-apart',
    section: 'Who may import whom',
    message: 'sigra does not know lockspire',
    pattern: /lockspire/gi,
    looksAt: 'text',
    appliesTo: (path) => path.startsWith('packages/sigra/src/'),
  },
  {
    rule: 'libraries-apart',
    section: 'Who may import whom',
    message: 'lockspire does not know sigra',
    pattern: /sigra/gi,
    looksAt: 'text',
    appliesTo: (path) => path.startsWith('packages/lockspire/src/'),
  },
  {
    rule: 'libraries-apart',
    section: 'Who may import whom',
    message: 'base is compiled into both libraries and names neither',
    pattern: /sigra|lockspire/gi,
    looksAt: 'text',
    appliesTo: (path) => isLibrary(path) && path.startsWith('packages/base/src/'),
  },
  {
    rule: 'one-clock',
    section: 'One place each',
    message: 'only base/clock.ts reads the time; take a Clock or a `now`',
    pattern: /\bDate\.now\b|\bnew\s+Date\s*(\(\s*\)|(?!\s*\())/g,
    looksAt: 'code',
    appliesTo: (path) => isLibrary(path) && path !== 'packages/base/src/clock.ts',
  },
  {
    rule: 'one-randomness',
    section: 'One place each',
    message: 'only base/secrets.ts makes randomness',
    pattern: /\b(Math\.random|randomBytes|randomUUID|randomInt|randomFillSync|randomFill|getRandomValues)\b/g,
    looksAt: 'code',
    appliesTo: (path) => isLibrary(path) && path !== 'packages/base/src/secrets.ts',
  },
  {
    rule: 'one-way-out',
    section: 'One place each',
    message: 'only base/outbound.ts calls other servers',
    pattern: /\bfetch(?<=(?:[=(>,?:] ?|\b(?:await|return|void) |globalThis\.)fetch)\(|\bhttps?\.(?:get|request)\s*\(/g,
    looksAt: 'code',
    appliesTo: (path) => isLibrary(path) && path !== 'packages/base/src/outbound.ts',
  },
  {
    rule: 'request-at-the-edge',
    section: 'One place each',
    message: 'Request and Response stay in routes, respond, response, guards and base; steps take values',
    pattern: /\bnew\s+(Request|Response)\b|\bResponse\.(json|redirect|error)\b|[:<|]\s*(Request|Response)\b/g,
    looksAt: 'code',
    appliesTo: (path) => isLibrary(path) && !meetsRequest(path),
  },
  {
    rule: 'no-ambient-state',
    section: 'Who may import whom',
    message: 'no async-local storage; pass what is needed',
    pattern: /\bAsyncLocalStorage\b/g,
    looksAt: 'code',
    appliesTo: () => true,
  },
  {
    rule: 'no-any',
    section: 'Types',
    message: 'say the type, or parse into one',
    pattern: /(?:[:<,|&([=]|\bas)\s*any(?=\s*(?:[;,)>\]|&=[{}]|$))/gm,
    looksAt: 'code',
    appliesTo: () => true,
  },
  {
    rule: 'no-double-cast',
    section: 'Types',
    message: '`as unknown as` lies to the compiler; parse or narrow',
    pattern: /\bas\s+unknown\s+as\b/g,
    looksAt: 'code',
    appliesTo: () => true,
  },
  {
    rule: 'no-silenced-compiler',
    section: 'Types',
    message: 'mend the type instead of silencing it',
    pattern: /@ts-(ignore|nocheck)\b/g,
    looksAt: 'text',
    appliesTo: (path) => !isSettled(path),
  },
  {
    rule: 'no-silenced-compiler',
    section: 'Types',
    message: '@ts-expect-error is for type tests (tests/types) only',
    pattern: /@ts-expect-error\b/g,
    looksAt: 'text',
    appliesTo: (path) => !isSettled(path) && !isTest(path),
  },
  {
    rule: 'nothing-left-open',
    section: 'Comments',
    message: 'finish it or leave it out',
    pattern: /\b(TODO|FIXME|XXX|HACK)\b/g,
    looksAt: 'text',
    appliesTo: (path) => !isSettled(path),
  },
  {
    rule: 'no-private-places',
    section: 'Comments',
    message: 'names a machine of ours; write what any reader can reach',
    pattern: /(?<![\w.)/-])\/work\/|\bregistry\.(?!npmjs\.org\b)[\w-]+\.[\w.-]+/g,
    looksAt: 'text',
    appliesTo: (path) => !isSettled(path),
  },
  {
    rule: 'safe-href',
    section: 'Pages',
    message: 'a link that is not a literal goes through safeHref()',
    pattern: /<(?:a|area)\b[^<]*?\bhref=\{(?!\s*(?:safeHref\(|'|"|`[^$`]*`\s*\}))/g,
    looksAt: 'code',
    appliesTo: (path) => path.endsWith('.tsx') && path.startsWith('packages/'),
  },
]

/** Applies every word rule to one file. */
export function checkText(file: SourceFile): Violation[] {
  return rules
    .filter((it) => it.appliesTo(file.path))
    .flatMap((it) =>
      [...file[it.looksAt].matchAll(it.pattern)].map((match) => ({
        file: file.path,
        line: lineAt(file.text, match.index + match[0].length),
        rule: it.rule,
        message: `${it.message} [${match[0].trim().replaceAll(/\s+/g, ' ').slice(-40)}]`,
        section: it.section,
      })),
    )
    .concat(checkDomainWords(file))
}

const domainWords = new Set(
  'user users account accounts client clients token tokens scope scopes session sessions login logout oauth consent'.split(
    ' ',
  ),
)
/** Words of HTTP, of grammars, of PostgreSQL and of the log's allow-list that only look like the domain's. */
const neutral =
  /^(userAgent|clientAddress|userId|clientId|(name|number|string)Token|idle_in_transaction_session_timeout)$/
const driverFile = /\/(database|pglite|driver)[\w-]*\.ts$/

function checkDomainWords(file: SourceFile): Violation[] {
  if (roomOf(file.path)?.library !== 'base' || isTest(file.path)) return []
  const isForeign = (name: string): boolean =>
    !neutral.test(name) &&
    wordsOf(name).some((word) => domainWords.has(word) && !(word === 'client' && driverFile.test(file.path)))
  const first = new Map<string, number>()
  for (const match of file.code.replaceAll(/\bscope="/g, '       ').matchAll(/[A-Za-z_$][\w$]*/g)) {
    if (isForeign(match[0]) && !first.has(match[0])) first.set(match[0], lineAt(file.text, match.index + 1))
  }
  return [...first].map(([name, line]) => ({
    file: file.path,
    line,
    rule: 'base-has-no-domain',
    message: `"${name}" is a word of the libraries; base knows none of them`,
    section: 'Who may import whom',
  }))
}

/** Splits an identifier or a file name into its lower-case words. */
export function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z\d]+/)
    .map((word) => word.toLowerCase())
}
