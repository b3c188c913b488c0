/** `npm run build`: compiles the libraries and the apps, and removes what was compiled from files that are gone. */
import './node-version.js'
import { chmodSync, existsSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main, mustRun, root, tool } from './command.js'

/** What `tsc` compiles for the apps to run: they and the libraries, not the tests. */
export const buildParameters = ['-b', 'apps/host', 'apps/partner']

/** Compiles; takes a tenth of a second when nothing changed. Throws `Stopped` with the compiler's words. */
export async function build() {
  sweep()
  await mustRun(tool('tsc'), buildParameters, { complaint: 'The build failed.' })
  linkCommands()
}

/**
 * npm links commands and marks them as runnable when it installs, which it did before they were compiled. Without the
 * link `npx lockspire` would look for a package of that name in the registry.
 */
function linkCommands() {
  for (const name of ['sigra', 'lockspire']) {
    const command = join(root, 'packages', name, 'dist', name, 'src/cli/main.js')
    if (!existsSync(command)) continue
    chmodSync(command, 0o755)
    const link = join(root, 'node_modules/.bin', name)
    if (process.platform === 'win32' || existsSync(link)) continue
    rmSync(link, { force: true })
    symlinkSync(relative(dirname(link), command), link)
  }
}

/** Removes leftovers of renamed files: they would be packed, and would hide an import that leads nowhere. */
export function sweep() {
  for (const name of ['sigra', 'lockspire']) {
    sweepFolder(join(root, 'packages', name, 'dist', name, 'src'), join(root, 'packages', name, 'src'))
    sweepFolder(join(root, 'packages', name, 'dist/base/src'), join(root, 'packages/base/src'))
  }
  for (const name of ['host', 'partner']) {
    sweepFolder(join(root, 'apps', name, 'dist'), join(root, 'apps', name, 'src'))
  }
}

/** @param {string} compiled @param {string} sources */
function sweepFolder(compiled, sources) {
  if (!existsSync(compiled)) return
  for (const file of readdirSync(compiled, { recursive: true, encoding: 'utf8' })) {
    const stem = /^(.+?)(?:\.d\.ts|\.js)$/.exec(file)?.[1]
    if (stem === undefined) continue
    const isTest = stem.endsWith('.test')
    const hasSource = ['.ts', '.tsx'].some((ending) => existsSync(join(sources, stem + ending)))
    if (isTest || !hasSource) rmSync(join(compiled, file))
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(build)
