/** Packs a library and installs it into an empty project, offline: only what its manifest declares can be found from there. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'

const root = resolve(import.meta.dirname, '../..')

const manifestForm = z.object({
  name: z.string(),
  license: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
  exports: z.record(z.string(), z.unknown()).default({}),
  bin: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
})

/** What a package says about itself, as far as these tests care. */
export type Manifest = z.infer<typeof manifestForm>

/** An empty project with one library in it. */
export interface InstalledLibrary {
  /** The project's folder. */
  project: string
  /** The library's folder inside it. */
  folder: string
  /** Every packed file, relative to `folder`. */
  files: string[]
  manifest: Manifest
  /** Runs a program in the project; prints the code of an error it throws. */
  run(program: string): { output: string; complaint: string }
}

/** Compiles the libraries; a moment when nothing changed. */
export function buildLibraries(): void {
  execFileSync(process.execPath, [join(root, 'scripts/build.js')], { cwd: root, stdio: 'inherit' })
}

/** Packs `packages/<name>` and unpacks it beside links to its declared dependencies, and to nothing else. */
export function installAlone(name: string): InstalledLibrary {
  const project = mkdtempSync(join(tmpdir(), `packaging-${name}-`))
  const source = join(root, 'packages', name)
  execFileSync('npm', ['pack', '--silent', '--pack-destination', project], {
    cwd: source,
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  const tarball = readdirSync(project).find((it) => it.endsWith('.tgz'))
  if (tarball === undefined) throw new Error(`npm pack made no tarball of ${name}`)
  const folder = join(project, 'node_modules', name)
  mkdirSync(folder, { recursive: true })
  execFileSync('tar', ['-xzf', join(project, tarball), '-C', folder, '--strip-components', '1'])
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n')
  const manifest = readManifest(folder)
  for (const dependency of Object.keys(manifest.dependencies)) {
    const link = join(project, 'node_modules', dependency)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(findPackage(dependency, source), link)
  }
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => join(it.parentPath, it.name).slice(folder.length + 1))
  return { project, folder, files, manifest, run: (program) => runIn(project, program) }
}

/** Everything that is installed with a package: its dependencies and theirs, by name, with their licences. */
export function runtimePackages(library: string): Map<string, string> {
  const found = new Map<string, string>()
  const visit = (folder: string): void => {
    const { dependencies, optionalDependencies } = readManifest(folder)
    for (const name of [...Object.keys(dependencies), ...Object.keys(optionalDependencies)]) {
      const next = findPackage(name, folder, name in optionalDependencies)
      if (next === '' || found.has(name)) continue
      found.set(name, readManifest(next).license ?? 'none')
      visit(next)
    }
  }
  visit(join(root, 'packages', library))
  return found
}

function runIn(project: string, program: string): { output: string; complaint: string } {
  const script = `try { ${program} } catch (error) { console.log(error.code) }`
  const done = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: project, encoding: 'utf8' })
  return { output: done.stdout.trim(), complaint: done.stderr }
}

function readManifest(folder: string): Manifest {
  return manifestForm.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
}

/** Looks for a package the way Node does: in each node_modules from a folder upwards. */
function findPackage(name: string, from: string, mayBeAbsent = false): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate)
    if (folder !== dirname(folder)) continue
    if (mayBeAbsent) return ''
    throw new Error(`${name} is not installed for ${from}`)
  }
}
