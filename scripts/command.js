/** Running the workspace's own tools: where they are, what they said, how long they took. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * The path of an installed tool. Never a name for npx to look up: npx takes unknown names from the registry.
 * @param {string} name
 */
export function tool(name) {
  return join(root, 'node_modules', '.bin', name)
}

/**
 * What a command left behind. A command that a signal ended has code 1.
 * @typedef {{ code: number, output: string, seconds: number }} Outcome
 */

/**
 * Runs a command to its end. With `live` its output goes to the terminal as it comes, otherwise only into the outcome.
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {{ live?: boolean, env?: Record<string, string>, cwd?: string }} [options]
 * @returns {Promise<Outcome>}
 */
export function run(command, parameters, { live = false, env = {}, cwd = root } = {}) {
  const started = Date.now()
  return new Promise((resolve) => {
    const child = spawn(command, parameters, {
      cwd,
      env: { ...process.env, ...env },
      stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const collect = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString()
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    const end = (/** @type {number} */ code) => resolve({ code, output, seconds: (Date.now() - started) / 1000 })
    child.on('error', (error) => {
      output += error.message
      end(127)
    })
    child.on('close', (code) => end(code ?? 1))
  })
}

/**
 * Runs a command and answers its output; ends the process with that output when it fails.
 * @param {string} what A few words for the message, such as "the build".
 * @param {string} command
 * @param {readonly string[]} parameters
 */
export async function mustRun(what, command, parameters) {
  const { code, output } = await run(command, parameters)
  if (code === 0) return output
  console.error(output.trimEnd())
  console.error(`\n${what} failed (exit code ${code}).`)
  process.exit(1)
}

/** What `tsc` compiles for the apps to run: they and the libraries, not the tests. */
export const buildParameters = ['-b', 'apps/host', 'apps/partner']

/** Compiles the libraries and the apps; takes a tenth of a second when nothing changed. */
export async function build() {
  await mustRun('The build', tool('tsc'), buildParameters)
}
