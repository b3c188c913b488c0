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
 * After `limitSeconds` it is told to stop, and after ten more seconds made to.
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {{ live?: boolean, env?: Record<string, string>, cwd?: string, limitSeconds?: number }} [options]
 * @returns {Promise<Outcome>}
 */
export function run(command, parameters, { live = false, env = {}, cwd = root, limitSeconds = 1800 } = {}) {
  const started = Date.now()
  return new Promise((resolve) => {
    const child = spawn(command, parameters, {
      cwd,
      env: { ...process.env, ...env },
      stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    })
    children.add(child)
    const limit = setTimeout(() => child.kill('SIGTERM'), limitSeconds * 1000)
    const force = setTimeout(() => child.kill('SIGKILL'), (limitSeconds + 10) * 1000)
    let output = ''
    const collect = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString()
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    const end = (/** @type {number} */ code) => {
      children.delete(child)
      clearTimeout(limit)
      clearTimeout(force)
      resolve({ code, output, seconds: (Date.now() - started) / 1000 })
    }
    child.on('error', (error) => {
      output += error.message
      end(127)
    })
    child.on('close', (code) => end(code ?? 1))
  })
}

/** What `run` has started and not yet seen end. @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set()

/** From now on SIGTERM and SIGINT end what was started before they end us. */
export function takeChildrenAlong() {
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT'])) {
    process.once(signal, () => {
      for (const child of children) child.kill('SIGTERM')
      process.exit(1)
    })
  }
}

/** A command of ours failed and has said why; the message is for a person, the stack is not. */
export class Stopped extends Error {}

/**
 * Runs a command and answers its output; throws `Stopped` with that output when it fails.
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {{ complaint: string, cwd?: string }} options What to say when it fails.
 */
export async function mustRun(command, parameters, { complaint, cwd = root }) {
  const { code, output } = await run(command, parameters, { cwd })
  if (code !== 0) throw new Stopped(`${output.trimEnd()}\n\n${complaint}`)
  return output
}

/** Runs a script's work and turns what stopped it into a message and exit code 1. @param {() => Promise<void>} work */
export async function main(work) {
  try {
    await work()
  } catch (error) {
    console.error(error instanceof Stopped ? error.message : error)
    process.exitCode = 1
  }
}
