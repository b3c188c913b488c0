/** `npm run check`: everything that can be known without running the code. Runs every step and names all that failed. */
import './node-version.js'
import { fileURLToPath } from 'node:url'
import { buildParameters, sweep } from './build.js'
import { main, run, tool } from './command.js'
import { install } from './install.js'

const libraries = ['sigra', 'lockspire']

/** @typedef {{ name: string, command: string, parameters: readonly string[] }} Step */

/** Comes first: the package steps look at what it makes. @type {Step} */
const compile = { name: 'build', command: 'tsc', parameters: buildParameters }

/** @type {readonly Step[]} */
const steps = [
  { name: 'types', command: 'tsc', parameters: ['-p', 'tsconfig.tests.json'] },
  { name: 'lint', command: 'oxlint', parameters: ['--type-aware', '--deny-warnings', '.'] },
  { name: 'format', command: 'oxfmt', parameters: ['--check', '.'] },
  { name: 'house', command: 'tsx', parameters: ['scripts/check-house.ts'] },
  { name: 'unused', command: 'knip', parameters: ['--no-progress'] },
  ...libraries.flatMap((it) => [
    { name: `package ${it}`, command: 'publint', parameters: ['--strict', `packages/${it}`] },
    { name: `exports ${it}`, command: 'attw', parameters: ['--profile', 'esm-only', '--pack', `packages/${it}`] },
  ]),
]

/** Runs one step and prints its line, and all it said where it failed. @param {Step} step */
async function take(step) {
  const { code, output, seconds } = await run(tool(step.command), step.parameters)
  const line = `${code === 0 ? 'ok  ' : 'FAIL'}  ${step.name.padEnd(18)} ${seconds.toFixed(1).padStart(5)} s`
  console.log(code === 0 ? line : `${line}\n${output.trimEnd().replaceAll(/^/gm, '      ')}`)
  return { name: step.name, passed: code === 0 }
}

/**
 * Runs every step, two at a time, and counts them.
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function check() {
  const started = Date.now()
  sweep()
  const results = [await take(compile)]
  const waiting = [...steps]
  const work = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) results.push(await take(step))
  }
  await Promise.all([work(), work()])
  const failed = results.filter((it) => !it.passed).map((it) => it.name)
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  const verdict = failed.length === 0 ? 'all passed' : `failed: ${failed.join(', ')}`
  console.log(`check: ${results.length} steps in ${seconds} s, ${verdict}`)
  return { passed: results.length - failed.length, failed: failed.length }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await install()
    const { failed } = await check()
    if (failed > 0) process.exitCode = 1
  })
}
