/** Installs the packages when they are missing or no longer match the lockfile; otherwise does nothing. */
import './node-version.js'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main, mustRun, root } from './command.js'

/**
 * Makes `node_modules` match the lockfile and says so when that takes a while. Throws `Stopped` when npm fails.
 * @param {string} [folder] The root of the workspace; another one only in tests.
 */
export async function install(folder = root) {
  const stamp = join(folder, 'node_modules', '.installed')
  const wanted = fingerprint(folder)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const isFirst = !existsSync(join(folder, 'node_modules'))
  console.log(
    isFirst ? 'Installing packages (a minute or two, once) …' : 'Packages changed; bringing them up to date …',
  )
  // Not `npm ci`: it wants the binaries of every platform in the lockfile, and registries that mirror do not serve all.
  const flags = [...(isFirst ? ['--no-save'] : []), '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const started = Date.now()
  const complaint = 'The packages could not be installed. Is the network, or your npm registry, within reach?'
  await mustRun('npm', ['install', ...flags], { complaint, cwd: folder })
  // An update may have touched the lockfile, so the stamp is taken from what is there now.
  writeFileSync(stamp, fingerprint(folder))
  console.log(`Packages installed in ${((Date.now() - started) / 1000).toFixed(0)} s.`)
}

/**
 * One hash over the lockfile, what every manifest asks for, and the kind of machine, since some packages bring binaries.
 * @param {string} folder
 */
function fingerprint(folder) {
  const inside = (/** @type {string} */ name) =>
    existsSync(join(folder, name)) ? readdirSync(join(folder, name)).map((it) => join(name, it, 'package.json')) : []
  const manifests = ['package.json', 'docs/package.json', ...inside('packages'), ...inside('apps')]
  const lockfile = join(folder, 'package-lock.json')
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`)
  if (existsSync(lockfile)) hash.update(readFileSync(lockfile))
  for (const name of manifests.toSorted()) {
    const path = join(folder, name)
    if (existsSync(path)) hash.update(`${name}\n${wishes(path)}\n`)
  }
  return hash.digest('hex')
}

/** The parts of a manifest that npm acts on when it installs. @param {string} path */
function wishes(path) {
  const manifest = /** @type {Record<string, unknown>} */ (JSON.parse(readFileSync(path, 'utf8')))
  const parts = ['workspaces', 'dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies', 'bin']
  return JSON.stringify(parts.map((part) => manifest[part]))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(() => install())
