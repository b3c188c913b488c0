/** `npm run check`: everything that can be known without running the code. Runs every step and names all that failed. */
import './node-version.js'
import { fileURLToPath } from 'node:url'
import { main, run, tool } from './command.js'
import { install } from './install.js'

const libraries = ['sigra', 'lockspire']

/** @type {readonly { name: string, command: string, parameters: readonly string[] }[]} */
const steps = [
  { name: 'build', command: 'tsc', parameters: ['-b', 'apps/host', 'apps/partner'] },
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

/**
 * Runs every step, prints one line for each and the whole output of those that failed.
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function check() {
  const started = Date.now()
  /** @type {string[]} */
  const failed = []
  for (const step of steps) {
    const { code, output, seconds } = await run(tool(step.command), step.parameters)
    console.log(`${code === 0 ? 'ok  ' : 'FAIL'}  ${step.name.padEnd(18)} ${seconds.toFixed(1).padStart(5)} s`)
    if (code === 0) continue
    failed.push(step.name)
    console.log(output.trimEnd().replaceAll(/^/gm, '      '))
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  const verdict = failed.length === 0 ? 'all passed' : `failed: ${failed.join(', ')}`
  console.log(`check: ${steps.length} steps in ${seconds} s, ${verdict}`)
  return { passed: steps.length - failed.length, failed: failed.length }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await install()
    const { failed } = await check()
    if (failed > 0) process.exitCode = 1
  })
}
