/** Who may import whom: rooms, verbs, the line of records, cycles and the forms an import may take. */
import { posix } from 'node:path'
import { rankOf, recordLine, roomOf } from './rooms.js'
import type { Room } from './rooms.js'
import type { ImportStatement, SourceFile } from './source.js'
import { isLibrary, isTest } from './violation.js'
import type { Violation } from './violation.js'

const section = 'Who may import whom'
const drivers = /^(pg|pg-pool|pg-protocol|postgres|@electric-sql\/.+)(\/|$)/
const driverFiles = /^packages\/base\/src\/(database|pglite[\w-]*|testing\/[\w-]+)\.ts$/

/** Checks every import of every file; `files` must hold the whole tree, or cycles go unseen. */
export function checkImports(files: readonly SourceFile[]): Violation[] {
  const paths = new Set(files.map((file) => file.path))
  const found = files.flatMap((file) => [
    ...file.imports.flatMap((it) => checkImport(file, it, resolveImport(file.path, it.specifier, paths))),
    ...checkForms(file),
  ])
  return [...found, ...checkCycles(files, paths)]
}

/** The repository path an import leads to, or null for a package or a built-in module. */
function resolveImport(from: string, specifier: string, paths: ReadonlySet<string>): string | null {
  const library = /^(sigra|lockspire)(\/|$)/.exec(specifier)?.[1]
  if (library) return `packages/${library}/src/index.ts`
  const isBase = specifier.startsWith('#base/')
  if (!isBase && !specifier.startsWith('.')) return null
  const joined = isBase
    ? `packages/base/src/${specifier.slice('#base/'.length)}`
    : posix.join(posix.dirname(from), specifier)
  const stem = joined.replace(/\.jsx?$/, '')
  return [`${stem}.ts`, `${stem}.tsx`, joined].find((path) => paths.has(path)) ?? `${stem}.ts`
}

function checkImport(file: SourceFile, it: ImportStatement, target: string | null): Violation[] {
  const at = (rule: string, message: string): Violation[] => [
    { file: file.path, line: it.line, rule, message, section },
  ]
  if (/^(node:)?async_hooks$/.test(it.specifier)) return at('no-ambient-state', 'async_hooks hides who knows what')
  if (isLibrary(file.path) && drivers.test(it.specifier) && !driverFiles.test(file.path)) {
    return at('one-driver', `only base/database.ts and base/pglite.ts import "${it.specifier}"`)
  }
  const from = roomOf(file.path)
  if (!from || target === null) return []
  const to = roomOf(target)
  if (!to) return at('stay-inside', `a library imports nothing from ${target}`)
  if (to.library !== from.library && to.library !== 'base') {
    return at('libraries-apart', `${from.library} never imports ${to.library}`)
  }
  const isOwnTool = isTest(file.path) || to.library === 'base'
  return isOwnTool ? [] : checkRooms(from, to).flatMap(([rule, message]) => at(rule, message))
}

function checkRooms(from: Room, to: Room): [rule: string, message: string][] {
  if (from.name === 'outer' || from.name === 'index') return []
  if (to.name === 'outer') return [['room-order', `nothing of the library imports ${to.part}/`]]
  if (rankOf[to.name] > rankOf[from.name]) {
    return [['room-order', `${from.name} (${from.part}) stands left of ${to.name} (${to.part}) and may not import it`]]
  }
  if (from.name === 'verb' && to.name === 'verb') return checkVerbs(from.part, to.part)
  if (from.name === 'records' && to.name === 'records') return checkRecords(from, to)
  return []
}

function checkVerbs(from: string, to: string): [string, string][] {
  // A room's own top files, such as a shared layout, belong to all of the room.
  const isSameHouse = from === to || to === from.split('/')[0] || (from === to.split('/')[0] && from !== 'endpoints')
  return isSameHouse ? [] : [['verbs-apart', `${from} imports ${to}; a promise of two verbs belongs into a record`]]
}

function checkRecords(from: Room, to: Room): [string, string][] {
  if (from.library === 'base') return []
  const line = recordLine[from.library]
  const [own, other] = [from, to].map((room) => line.indexOf(room.part.replace('records/', '')))
  if (own === -1 || own === undefined) {
    return [['record-line', `${from.part} has no place in the line of records (scripts/house/rooms.ts)`]]
  }
  if (other === undefined || other === -1 || other > own) {
    return [['record-line', `${from.part} stands left of ${to.part} and may not import it`]]
  }
  return []
}

function checkForms(file: SourceFile): Violation[] {
  const forms: [rule: string, pattern: RegExp, message: string][] = [
    ['no-export-star', /^\s*export\s+\*/gm, 'export by name'],
    ['no-default-export', /^\s*export\s+default\b|\bas\s+default\b/gm, 'export by name'],
  ]
  const isSettings = /^[\w.-]+\.config\.ts$/.test(file.path)
  return forms
    .filter(() => !isSettings)
    .flatMap(([rule, pattern, message]) =>
      [...file.code.matchAll(pattern)].map((match) => ({
        file: file.path,
        line: file.code.slice(0, match.index + match[0].length).split('\n').length,
        rule,
        message,
        section,
      })),
    )
}

/** Reports each import cycle once, at the file of it that comes first by name. */
function checkCycles(files: readonly SourceFile[], paths: ReadonlySet<string>): Violation[] {
  const next = new Map(
    files.map((file) => [
      file.path,
      file.imports.map((it) => resolveImport(file.path, it.specifier, paths)).filter((to) => to !== null),
    ]),
  )
  const found = new Map<string, Violation>()
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start !== -1) {
      const ring = trail.slice(start)
      const file = ring.toSorted()[0] ?? path
      const message = `${[...ring, path].join(' -> ')}`
      found.set(ring.toSorted().join(), { file, line: 1, rule: 'no-cycle', message, section })
    } else if (!done.has(path)) {
      for (const to of next.get(path) ?? []) visit(to, [...trail, path])
      done.add(path)
    }
  }
  for (const file of files) visit(file.path, [])
  return [...found.values()]
}
