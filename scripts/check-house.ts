/** Refuses code that breaks the house style; run by `npm run check`, in about a second. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkImports } from './house/import-rules.js'
import { checkShape } from './house/shape-rules.js'
import { sourceFile } from './house/source.js'
import type { SourceFile } from './house/source.js'
import { checkText } from './house/text-rules.js'
import { describeViolation } from './house/violation.js'
import type { Violation } from './house/violation.js'

const roots = ['packages', 'apps', 'scripts', 'tests', 'bench']
const skipped = new Set(['node_modules', 'dist', '.data', '.cache', 'coverage'])

/** Applies every rule of the house to a set of files, sorted by place. */
export function checkHouse(files: readonly SourceFile[]): Violation[] {
  const typescript = files.filter((file) => /\.tsx?$/.test(file.path))
  return [...checkImports(typescript), ...files.flatMap(checkText), ...typescript.flatMap(checkShape)].toSorted(
    (a, b) => a.file.localeCompare(b.file) || a.line - b.line,
  )
}

/** Reads the sources below a repository root. */
export function readHouse(root: string): SourceFile[] {
  const walk = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      if (skipped.has(entry.name)) return []
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return walk(path)
      return /\.(tsx?|js)$/.test(entry.name) ? [path] : []
    })
  return roots
    .flatMap((folder) => walk(join(root, folder)))
    .map((path) => sourceFile(relative(root, path).replaceAll('\\', '/'), readFileSync(path, 'utf8')))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = readHouse(resolve(import.meta.dirname, '..'))
  const violations = checkHouse(files)
  for (const it of violations) console.error(describeViolation(it))
  console.log(`house: ${files.length} files, ${violations.length} violations`)
  process.exitCode = violations.length === 0 ? 0 : 1
}
