/** Every rule of the house refuses the breach it was made for, and lets the right way through. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checkHouse } from './check-house.js'
import { functionsIn } from './house/shape-rules.js'
import { maskCode, sourceFile } from './house/source.js'
import { describeViolation } from './house/violation.js'

type Tree = Record<string, string>

const doc = '/** A file. */\n'
const lockspire = 'packages/lockspire/src'
const sigra = 'packages/sigra/src'

/** The rules a small tree breaks, as `rule@line`. Every file gets its opening sentence on line 1. */
function broken(tree: Tree): string[] {
  const files = Object.entries(tree).map(([path, text]) => sourceFile(path, doc + text))
  return checkHouse(files).map((it) => `${it.rule}@${it.line}`)
}

const refused: [promise: string, rule: string, tree: Tree][] = [
  [
    'a rule that imports a record',
    'room-order@2',
    { [`${lockspire}/rules/pkce.ts`]: "import { a } from '../records/clients/client.js'" },
  ],
  [
    'options that import the server',
    'room-order@2',
    { [`${sigra}/flows/log-in/options.ts`]: "import { a } from '../../server.js'" },
  ],
  [
    'a config that imports a record',
    'room-order@2',
    { [`${sigra}/config.ts`]: "import type { A } from './records/users/user.js'" },
  ],
  [
    'a record that imports a verb',
    'room-order@2',
    { [`${sigra}/records/users/user.ts`]: "import { a } from '../../flows/log-in/log-in.js'" },
  ],
  [
    'a verb that imports the assembly',
    'room-order@2',
    { [`${sigra}/flows/log-in/routes.ts`]: "import { a } from '../../sigra.js'" },
  ],
  [
    'a verb that imports the command line',
    'room-order@2',
    { [`${sigra}/flows/log-in/routes.ts`]: "import { a } from '../../cli/main.js'" },
  ],
  [
    'the assembly that imports the tests kit',
    'room-order@2',
    { [`${sigra}/sigra.ts`]: "import { a } from './testing/index.js'" },
  ],
  [
    'a guard at the edge that imports a verb',
    'room-order@2',
    { [`${sigra}/current-scope.ts`]: "import { a } from './flows/log-in/log-in.js'" },
  ],
  [
    'a verb that imports a verb',
    'verbs-apart@2',
    { [`${lockspire}/endpoints/token/routes.ts`]: "import { a } from '../consent/decide-consent.js'" },
  ],
  [
    'a verb that imports a verb lazily',
    'verbs-apart@2',
    { [`${lockspire}/endpoints/token/routes.ts`]: "const a = () => import('../consent/pages.js')" },
  ],
  [
    'a record that imports a later one',
    'record-line@2',
    { [`${lockspire}/records/clients/client.ts`]: "import { a } from '../tokens/refresh-token.js'" },
  ],
  [
    'a record that has no place in the line',
    'record-line@2',
    { [`${lockspire}/records/stray/stray.ts`]: "import { a } from '../clients/client.js'" },
  ],
  ['an import of the other library', 'libraries-apart@2', { [`${sigra}/config.ts`]: "import { a } from 'lockspire'" }],
  [
    'an import of the other library by path',
    'libraries-apart@2',
    { [`${lockspire}/x.test.ts`]: "import { a } from '../../sigra/src/index.js'" },
  ],
  [
    'a mention of the other library in a comment',
    'libraries-apart@2',
    { [`${lockspire}/config.ts`]: '// as Sigra does' },
  ],
  [
    'an import of an app',
    'stay-inside@2',
    { [`${sigra}/config.ts`]: "import { a } from '../../../apps/host/src/env.js'" },
  ],
  ['a library’s name in base', 'libraries-apart@2', { 'packages/base/src/clock.ts': '// sigra asks here' }],
  ['a domain word in base', 'base-has-no-domain@2', { 'packages/base/src/cache.ts': 'export const sessionCache = 1' }],
  ['a driver outside its file', 'one-driver@2', { [`${sigra}/sigra.ts`]: "import { Pool } from 'pg'" }],
  ['async-local storage', 'no-ambient-state@2', { 'packages/base/src/x.ts': "import { A } from 'node:async_hooks'" }],
  ['a star export', 'no-export-star@2', { [`${sigra}/index.ts`]: "export * from './sigra.js'" }],
  ['a default export', 'no-default-export@2', { [`${sigra}/sigra.ts`]: 'export default 1' }],
  ['an inner index', 'no-inner-index@1', { [`${sigra}/flows/index.ts`]: 'export {}' }],
  ['the clock elsewhere', 'one-clock@2', { [`${sigra}/sigra.ts`]: 'const now = new Date()' }],
  ['the clock by number', 'one-clock@2', { [`${sigra}/sigra.ts`]: 'const now = Date.now()' }],
  ['randomness elsewhere', 'one-randomness@2', { [`${sigra}/sigra.ts`]: 'const id = crypto.randomUUID()' }],
  ['a call to another server', 'one-way-out@2', { [`${sigra}/sigra.ts`]: 'const a = await fetch(url)' }],
  ['the same through a module', 'one-way-out@2', { [`${sigra}/sigra.ts`]: 'const a = https.request(url)' }],
  [
    'a response built in a step',
    'request-at-the-edge@2',
    { [`${sigra}/flows/log-in/log-in.ts`]: 'return new Response()' },
  ],
  [
    'a step that takes a request',
    'request-at-the-edge@2',
    { [`${sigra}/flows/log-in/log-in.ts`]: 'const f = (r: Request) => r' },
  ],
  ['any', 'no-any@2', { 'apps/host/src/x.ts': 'const a: any = 1' }],
  ['any in an array', 'no-any@2', { 'tests/x.ts': 'const a: any[] = []' }],
  ['any in a generic', 'no-any@2', { 'tests/x.ts': 'const a = new Map<string, any>()' }],
  ['a double cast', 'no-double-cast@2', { 'scripts/x.ts': 'const a = 1 as unknown as string' }],
  ['a silenced compiler', 'no-silenced-compiler@2', { [`${sigra}/sigra.ts`]: '// @ts-ignore' }],
  [
    'an expected error in published code',
    'no-silenced-compiler@2',
    { [`${sigra}/sigra.ts`]: '// @ts-expect-error: no' },
  ],
  ['unfinished work', 'nothing-left-open@2', { [`${sigra}/sigra.ts`]: '// TODO: later' }],
  ['a path of ours', 'no-private-places@2', { [`${sigra}/sigra.ts`]: "const at = '/work/main'" }],
  [
    'a package mirror',
    'no-private-places@2',
    { [`${sigra}/sigra.ts`]: "const at = 'https://registry.internal.example'" },
  ],
  [
    'a raw link',
    'safe-href@3',
    { [`${sigra}/flows/log-in/pages.tsx`]: 'const a = (\n<a class="x" href={value}>go</a>)' },
  ],
  ['a word that says nothing, in a file name', 'names@1', { [`${sigra}/flows/log-in/log-in-helper.ts`]: '' }],
  ['a word that says nothing, in a declaration', 'names@2', { [`${sigra}/sigra.ts`]: 'const tokenManager = 1' }],
  ['a file name in camel case', 'names@1', { [`${sigra}/currentScope.ts`]: '' }],
  ['a long file', 'file-length@401', { [`${sigra}/sigra.ts`]: '\n'.repeat(400) + '//' }],
  ['a long test', 'file-length@601', { [`${sigra}/sigra.test.ts`]: '\n'.repeat(600) + '//' }],
  ['a deep folder', 'folder-depth@1', { [`${sigra}/flows/a/b/c/d/e.ts`]: '' }],
  ['a long function', 'function-length@2', { [`${sigra}/sigra.ts`]: `const f = () => {${'\n'.repeat(61)}}` }],
  ['five parameters', 'parameters@2', { 'apps/host/src/x.ts': 'function f(a: A<B, C>, b: 1, c: 2, d: 3, e: 4) {}' }],
  [
    'an exported function without its sentence',
    'doc-comment@3',
    { [`${sigra}/sigra.ts`]: 'const a = 1\nexport function f() {}' },
  ],
]

const welcome: [promise: string, tree: Tree][] = [
  [
    'another capability’s options',
    { [`${sigra}/flows/log-in/routes.ts`]: "import { a } from '../registration/options.js'" },
  ],
  ['an earlier record', { [`${sigra}/records/sessions/session.ts`]: "import { a } from '../users/user.js'" }],
  ['a verb in the assembly', { [`${sigra}/sigra.ts`]: "import { a } from './flows/log-in/routes.js'" }],
  ['the assembly in the command line', { [`${sigra}/cli/main.ts`]: "import { a } from '../sigra.js'" }],
  ['base everywhere', { [`${sigra}/rules/role.ts`]: "import { ok } from '#base/result.js'" }],
  [
    'a test that reaches across its library',
    { [`${sigra}/rules/role.test.ts`]: "import { a } from '../testing/index.js'" },
  ],
  ['a date made from a value', { [`${sigra}/sigra.ts`]: 'const at = new Date(now.getTime() + 1000)' }],
  ['forbidden words inside a string', { [`${sigra}/sigra.ts`]: "const text = 'new Date() as any export default'" }],
  ['any as an English word', { [`${sigra}/sigra.ts`]: '// of any kind\nconst anything = 1' }],
  ['a request in routes', { [`${sigra}/flows/log-in/routes.ts`]: 'const f = (r: Request) => new Response(r.url)' }],
  ['a proven link', { [`${sigra}/flows/log-in/pages.tsx`]: 'const a = <a href={safeHref(value)}>go</a>' }],
  ['the browser’s own name in base', { 'packages/base/src/request.ts': 'const userAgent = 1' }],
  ['a long decision', { [`${sigra}/flows/log-in/log-in.ts`]: `const decideLogIn = () => {${'\n'.repeat(80)}}` }],
  ['the settings of a tool', { 'vitest.config.ts': 'export default {}' }],
]

describe('the house check', () => {
  it.each(refused)('refuses %s', (_promise, rule, tree) => {
    expect(broken(tree)).toContain(rule)
  })

  it.each(welcome)('welcomes %s', (_promise, tree) => {
    expect(broken(tree)).toEqual([])
  })

  it('refuses a file that does not open with a sentence', () => {
    expect(checkHouse([sourceFile('scripts/x.ts', 'const a = 1')]).map((it) => it.rule)).toEqual(['doc-comment'])
  })

  it('refuses a cycle and prints its whole way round', () => {
    const files = [
      sourceFile('apps/host/src/a.ts', `${doc}import { b } from './b.js'`),
      sourceFile('apps/host/src/b.ts', `${doc}import { a } from './a.js'`),
    ]
    const [first, second] = checkHouse(files)
    expect(first?.message).toBe('apps/host/src/a.ts -> apps/host/src/b.ts -> apps/host/src/a.ts')
    expect(second).toBeUndefined()
  })

  it('names the place, the rule and where it is written', () => {
    const [first] = checkHouse([sourceFile(`${sigra}/sigra.ts`, `${doc}const now = Date.now()`)])
    expect(first && describeViolation(first)).toBe(
      `${sigra}/sigra.ts:2  one-clock: only base/clock.ts reads the time; take a Clock or a \`now\` [Date.now] (STYLE.md, "One place each")`,
    )
  })
})

describe('the style guide', () => {
  const guide = readFileSync(new URL('../STYLE.md', import.meta.url), 'utf8')
  const violations = refused.flatMap(([, , tree]) =>
    checkHouse(Object.entries(tree).map(([path, text]) => sourceFile(path, doc + text))),
  )

  it('has every heading that a message points to', () => {
    const missing = violations.filter((it) => !guide.includes(`\n## ${it.section}\n`)).map((it) => it.section)
    expect(missing).toEqual([])
  })

  it('names every rule', () => {
    const missing = new Set(violations.map((it) => it.rule).filter((rule) => !guide.includes(`\`${rule}\``)))
    expect([...missing]).toEqual([])
  })
})

describe('reading a source file', () => {
  it('blanks comments, strings, templates and regular expressions and keeps every offset', () => {
    const text = "a // b\n'c' /* d */ `e${f('g')}h` = /i'/ + 1"
    const code = maskCode(text)
    expect(code).toHaveLength(text.length)
    expect(code.replaceAll(/\s+/g, ' ')).toBe("a ' ' ` ${f(' ')} ` = / / + 1")
  })

  it('is not led astray by an apostrophe in the words of a page', () => {
    expect(maskCode("<p>Don't</p>\nconst a = 'b'")).toBe("<p>Don't</p>\nconst a = ' '")
  })

  it('tells the line and the kind of each import', () => {
    const text = `${doc}import type { A } from './a.js'\nimport {\n  b,\n} from './b.js'\nexport { c } from './c.js'\nimport './d.js'`
    expect(sourceFile('x.ts', text).imports.map((it) => [it.specifier, it.line, it.isTypeOnly])).toEqual([
      ['./a.js', 2, true],
      ['./b.js', 5, false],
      ['./c.js', 6, false],
      ['./d.js', 7, false],
    ])
  })

  it('measures functions, methods and arrows', () => {
    const code =
      'function a(b: { c: 1 }): { d: 1 } {\n}\nclass E {\n  async f(g: 1, h = (i: 1) => i) {\n  }\n}\nconst j = () => (\n1\n)'
    expect(functionsIn(code).map((it) => [it.name, it.lines, it.parameters])).toEqual([
      ['a', 2, 1],
      ['j', 3, 0],
      ['f', 2, 2],
    ])
  })
})
