/** `npm test`: everything a release needs, from a fresh clone. The last line is `N passed, N failed`, and the exit code agrees. */
import './node-version.js'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check } from './check.js'
import { run, Stopped, takeChildrenAlong, tool } from './command.js'
import { install } from './install.js'
import { prepareMachine } from './system.js'

/** @typedef {{ name: string, passed: number, failed: number, skipped: number, seconds: number }} Count */

const suiteLimitSeconds = 900
const suites = [
  { name: 'unit', project: 'unit', env: {} },
  { name: 'step-pglite', project: 'step-pglite', env: {} },
  { name: 'step-postgres', project: 'step-postgres', env: {} },
  ...(process.env['FULL'] === '1'
    ? [{ name: 'step-postgres-18', project: 'step-postgres', env: { TEST_POSTGRES: 'embedded' } }]
    : []),
  { name: 'race', project: 'race', env: {} },
  { name: 'e2e', project: 'e2e', env: {} },
]

/**
 * Runs one vitest project and counts what its report says. A runner that crashed, or found nothing, counts as one failure.
 * @param {{ name: string, project: string, env: Record<string, string> }} suite
 * @param {string} report Where vitest writes its report.
 * @param {Record<string, string>} env
 * @returns {Promise<Count>}
 */
async function runSuite(suite, report, env) {
  console.log(`\n=== ${suite.name}`)
  const { code, seconds } = await run(
    tool('vitest'),
    ['run', '--project', suite.project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    { live: true, env: { ...env, ...suite.env }, limitSeconds: suiteLimitSeconds },
  )
  const { passed, failed, skipped } = readReport(report)
  const crashed = code !== 0 && failed === 0 ? 1 : 0
  if (crashed) console.log(`The ${suite.name} tests did not run to their end (exit code ${code}).`)
  return { name: suite.name, passed, failed: failed + crashed, skipped, seconds }
}

/** @param {string} report */
function readReport(report) {
  try {
    const text = readFileSync(report, 'utf8')
    const results = /** @type {import('vitest/reporters').JsonTestResults} */ (JSON.parse(text))
    // A file that could not even be loaded has no tests to count.
    const broken = results.testResults.filter((it) => it.status === 'failed' && it.assertionResults.length === 0)
    return {
      passed: results.numPassedTests,
      failed: results.numFailedTests + broken.length,
      skipped: results.numPendingTests + results.numTodoTests,
    }
  } catch {
    return { passed: 0, failed: 0, skipped: 0 }
  }
}

/** @param {readonly Count[]} counts @param {number} started */
function printTotals(counts, started) {
  const sum = (/** @type {'passed' | 'failed'} */ key) => counts.reduce((total, it) => total + it[key], 0)
  console.log('\nsuite                passed  failed  skipped   seconds')
  for (const it of counts) {
    const numbers = [it.passed, it.failed, it.skipped].map((value) => String(value).padStart(8)).join('')
    console.log(`${it.name.padEnd(19)}${numbers} ${it.seconds.toFixed(1).padStart(9)}`)
  }
  console.log(`total time: ${((Date.now() - started) / 1000).toFixed(0)} s\n`)
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
  return sum('failed')
}

takeChildrenAlong()
const started = Date.now()
/** @type {Count[]} */
const counts = []
const reports = mkdtempSync(join(tmpdir(), 'test-reports-'))
try {
  await install()
  const { env, missing } = await prepareMachine()
  for (const it of missing) console.log(`Missing on this machine: ${it}. The tests that need it will fail.`)
  console.log('\n=== check')
  const checked = Date.now()
  counts.push({ name: 'check', ...(await check()), skipped: 0, seconds: (Date.now() - checked) / 1000 })
  for (const suite of suites) counts.push(await runSuite(suite, join(reports, `${suite.name}.json`), env))
} catch (error) {
  console.error(error instanceof Stopped ? error.message : error)
  counts.push({ name: 'run', passed: 0, failed: 1, skipped: 0, seconds: 0 })
} finally {
  rmSync(reports, { recursive: true, force: true })
}
process.exitCode = printTotals(counts, started) === 0 ? 0 : 1
