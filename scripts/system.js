/** What the tests need from the machine besides Node: Chromium, and a real PostgreSQL. */
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './command.js'

/** The places a distribution puts its browser. */
const browsers = ['chromium', 'chromium-browser', 'google-chrome']

/**
 * Finds Chromium and PostgreSQL, installs them from Debian where that is possible, and answers the environment for the tests.
 * Without PostgreSQL of its own the machine gets the one from npm. Without Chromium there are no end-to-end tests, so
 * `missing` says so and the run fails.
 * @returns {Promise<{ env: Record<string, string>, missing: string[] }>}
 */
export async function prepareMachine() {
  const wanted = [...(findBrowser() === undefined ? ['chromium'] : []), ...(hasPostgres() ? [] : ['postgresql'])]
  if (wanted.length > 0) await installFromDebian(wanted)
  const chromium = findBrowser()
  if (!hasPostgres()) console.log('No PostgreSQL from the distribution; the tests use the one from npm.')
  return {
    env: {
      ...(chromium === undefined ? {} : { CHROMIUM_PATH: chromium }),
      ...(hasPostgres() ? {} : { TEST_POSTGRES: 'embedded' }),
    },
    missing: chromium === undefined ? ['Chromium (install the package "chromium", or set CHROMIUM_PATH)'] : [],
  }
}

/** @param {readonly string[]} packages */
async function installFromDebian(packages) {
  const names = packages.join(' and ')
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.log(`Not installed: ${names}. (Installing needs Debian and root.)`)
    return
  }
  console.log(`Installing ${names} from Debian …`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const update = await run('apt-get', ['update', '-q'], { env })
  const outcome =
    update.code === 0
      ? await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env })
      : update
  if (outcome.code === 0) return
  console.log(outcome.output.trimEnd().split('\n').slice(-10).join('\n'))
  console.log(`apt-get could not install ${names}.`)
}

function findBrowser() {
  const named = process.env['CHROMIUM_PATH']
  if (named) return existsSync(named) ? named : undefined
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(delimiter)]
  return folders.flatMap((folder) => browsers.map((name) => join(folder, name))).find((path) => existsSync(path))
}

function hasPostgres() {
  const base = '/usr/lib/postgresql'
  return existsSync(base) && readdirSync(base).some((version) => existsSync(join(base, version, 'bin', 'initdb')))
}
