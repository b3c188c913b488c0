/** The documentation tells of what is there: its code is compiled, its links lead somewhere, its tables are complete. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const pages = [
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
    .map((name) => `docs/${name}`),
  ...['sigra', 'lockspire'].flatMap((name) => [`packages/${name}/README.md`, `packages/${name}/CHANGELOG.md`]),
].map((path) => ({ path, text: read(path) }))

/** A page without its code blocks. */
function prose(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '')
}

/** The marked region of a compiled file, without the marks and the indentation it stands in. */
function region(path: string, name: string): string {
  const lines = read(path).split('\n')
  const from = lines.findIndex((line) => line.trim() === `// region ${name}`)
  const to = lines.findIndex((line) => line.trim() === `// endregion ${name}`)
  if (from === -1 || to < from) throw new Error(`${path} has no region ${name}`)
  const inside = lines.slice(from + 1, to).filter((line) => !/^\s*\/\/ (?:end)?region \w+$/.test(line))
  const depth = Math.min(...inside.filter((line) => line !== '').map((line) => line.search(/\S/)))
  return `${inside.map((line) => line.slice(depth)).join('\n')}\n`
}

/** Headings as they are linked to. */
function anchors(text: string): string[] {
  return [...prose(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

const rootPages = ['README.md', 'CONTRIBUTING.md', 'STYLE.md', 'SECURITY.md'].map((path) => ({
  path,
  text: read(path),
}))

describe.each([...pages, ...rootPages])('$path', ({ path, text }) => {
  it.skipIf(rootPages.some((page) => page.path === path))('shows code that is compiled', () => {
    const fences = [...text.matchAll(/^(.*)\n```tsx?\n([\s\S]*?)^```$/gm)]
    for (const [, before = '', code] of fences) {
      const [, file = '', name = ''] = /^<!-- (\S+)#(\w+) -->$/.exec(before) ?? []
      expect(file, `the block after "${before}" names no file`).not.toBe('')
      expect(code).toBe(region(file, name))
    }
  })

  it('links to what exists', () => {
    for (const [, target = ''] of prose(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      const [file = '', anchor] = target.split('#')
      const linked = file === '' ? path : normalize(join(dirname(path), file))
      expect(existsSync(join(root, linked)), target).toBe(true)
      if (anchor !== undefined) expect(anchors(read(linked)), target).toContain(anchor)
    }
  })

  it('names files that exist, and tests that are in them', () => {
    for (const [, file = ''] of prose(text).matchAll(
      /`((?:packages|apps|tests|scripts|bench|docs)\/(?:[\w-]+\/)*(?!x\.)[\w.-]+\.\w+)`/g,
    ))
      expect(existsSync(join(root, file)), file).toBe(true)
    for (const [, file = '', tests = ''] of text.matchAll(/`([\w./-]+\.test\.tsx?)` ((?:“[^”]+”(?:, )?)+)/g)) {
      for (const [, name = ''] of tests.matchAll(/“([^”]+)”/g)) expect(read(file), file).toContain(name)
    }
  })
})

describe('the capability pages', () => {
  const capabilities = pages.filter(({ path }) => path.startsWith('docs/capabilities/')).map(({ text }) => text)
  const all = capabilities.join('\n')

  it.each(['sigra', 'lockspire'])('name every audit event of %s', (library) => {
    const source = read(`packages/${library}/src/records/audit/events.ts`)
    const events = new Set([...source.matchAll(/'([a-z_]+\.[a-z_]+)'/g)].map(([, name = '']) => name))
    expect(events.size).toBeGreaterThan(10)
    for (const event of events) expect(all).toContain(`\`${event}\``)
  })

  it.each(['sigra', 'lockspire'])('name every route of %s, and no other', (library) => {
    const folder = `packages/${library}/src`
    const sources = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('routes.ts') || name === 'lockspire.ts')
      .map((name) => read(join(folder, name)))
    const paths = new Set<string>()
    for (const source of sources) {
      for (const [, path = ''] of source.matchAll(/'(\/(?:users|dev|oauth|\.well-known)\/[\w/:.-]+)'/g)) paths.add(path)
    }
    expect(paths.size).toBeGreaterThan(5)
    for (const path of paths) expect(all).toContain(path)
    const told = [...all.matchAll(/^\| `(?:GET|POST|OPTIONS) (\S+)`/gm)].map(([, path = '']) => path)
    const own = told.filter((path) => /^\/(?:users|dev)\//.test(path) === (library === 'sigra'))
    for (const path of own)
      expect(
        [...paths].some((known) => path.startsWith(known)),
        path,
      ).toBe(true)
  })

  it('name every option, and no other', () => {
    const told = `${all}\n${read('docs/operate.md')}`
    const members = (source: string, start: string): string[] => {
      const body = source.slice(source.indexOf(start), source.indexOf('\n}', source.indexOf(start)))
      return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name = '']) => name)
    }
    const config = read('packages/lockspire/src/config.ts')
    const groups = {
      registration: members(read('packages/sigra/src/flows/registration/options.ts'), 'RegistrationOptions'),
      emailConfirmation: members(
        read('packages/sigra/src/flows/email-confirmation/options.ts'),
        'EmailConfirmationOptions',
      ),
      logIn: members(read('packages/sigra/src/flows/password-log-in/options.ts'), 'LogInOptions'),
      unlock: members(read('packages/sigra/src/flows/unlock/options.ts'), 'UnlockOptions'),
      'logIn.lockout': members(read('packages/sigra/src/rules/lockout.ts'), 'LockoutPolicy'),
      password: members(read('packages/sigra/src/flows/password-log-in/options.ts'), 'PasswordOptions'),
      session: members(read('packages/sigra/src/flows/sessions/options.ts'), 'SessionOptions'),
      lifetimes: members(config, 'interface Lifetimes'),
    }
    const inGroups = Object.entries(groups).flatMap(([group, names]) => names.map((name) => `${group}.${name}`))
    expect(inGroups.length).toBeGreaterThan(25)
    const rows = [...told.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, name = '']) => name)
    for (const option of inGroups.filter((name) => name !== 'logIn.lockout')) expect(rows, option).toContain(option)
    for (const row of rows.filter((name) => name.includes('.')))
      expect(
        inGroups.some((option) => row === option || row.startsWith(`${option}.`)),
        row,
      ).toBe(true)
    const single = [
      ...members(read('packages/sigra/src/options.ts'), 'interface SigraOptions'),
      ...members(config, 'interface LockspireOptions'),
      ...members(read('packages/base/src/database.ts'), 'interface DatabaseOptions'),
    ]
    for (const name of single.filter((one) => one !== 'memoryImage'))
      expect(told.includes(`\`${name}\``), name).toBe(true)
  })
})

describe('what the pages say to install', () => {
  const manifest = (name: string): string => read(`packages/${name}/package.json`)

  it.each(pages)('is what the packages name: $path', ({ text }) => {
    for (const [, name = '', version = ''] of text.matchAll(/\b(hono|@electric-sql\/pglite)@(\d[\w.]*)/g)) {
      for (const library of ['sigra', 'lockspire']) expect(manifest(library)).toContain(`"${name}": "${version}"`)
    }
  })
})
