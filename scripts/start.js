/** `npm start`: installs, builds, then runs the host and the partner app until it is told to stop. */
import './node-version.js'
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { build, buildParameters } from './build.js'
import { main, root, run, tool } from './command.js'
import { install } from './install.js'

const watch = process.argv.includes('--watch')
const production = process.env['NODE_ENV'] === 'production'
const port = process.env['PORT'] || '3000'
const partnerPort = process.env['PARTNER_PORT'] || '3001'
const baseUrl = process.env['BASE_URL'] || `http://localhost:${port}`
const dataDir = resolve(process.env['DATA_DIR'] || join(root, '.data'))
const clientFile = resolve(process.env['PARTNER_CLIENT_FILE'] || join(dataDir, 'partner-client.json'))
const startLimitSeconds = 120

const environment = {
  ...process.env,
  NODE_ENV: process.env['NODE_ENV'] || 'development',
  PORT: port,
  PARTNER_PORT: partnerPort,
  BASE_URL: baseUrl,
  DATA_DIR: dataDir,
  PARTNER_CLIENT_FILE: clientFile,
}

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */
/** @typedef {{ name: string, file: string, port: string, variable: string }} App */

/** @type {App} */
const host = { name: 'The host', file: 'apps/host/dist/server.js', port, variable: 'PORT' }
/** @type {App} */
const partner = {
  name: 'The partner app',
  file: 'apps/partner/dist/server.js',
  port: partnerPort,
  variable: 'PARTNER_PORT',
}

/** Everything that runs, in the order it was started. @type {Set<ChildProcess>} */
const running = new Set()
/** What has answered once. @type {WeakSet<ChildProcess>} */
const ready = new WeakSet()
let stopping = false
let restarting = false

/** Ends what runs, the last first, waits for it, and leaves with `code`. @param {number} code */
async function stop(code) {
  if (stopping) return
  stopping = true
  if (running.size > 0 && code === 0) console.log('Stopping …')
  await stopAll()
  process.exit(code)
}

async function stopAll() {
  for (const child of [...running].toReversed()) await end(child)
}

/** Asks one process to end and waits until it has. @param {ChildProcess} child @returns {Promise<void>} */
function end(child) {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done()
    // The apps drain for ten seconds at most; what is still there after fifteen does not listen.
    const force = setTimeout(() => child.kill('SIGKILL'), 15_000)
    child.once('exit', () => {
      clearTimeout(force)
      done()
    })
    child.kill('SIGTERM')
  })
}

/**
 * Starts one app. It leads its own process group, so that Ctrl-C reaches it once, through us; and it follows us,
 * so that it ends even when we are killed.
 * @param {App} app
 */
function launch(app) {
  const follow = new URL('follow-parent.js', import.meta.url).href
  const child = spawn(process.execPath, ['--import', follow, join(root, app.file)], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  })
  running.add(child)
  child.once('exit', (code, signal) => {
    running.delete(child)
    if (stopping || restarting) return
    if (ready.has(child))
      console.error(`${app.name} stopped by itself (${signal ?? `exit code ${code}`}); stopping the rest.`)
    else console.error(`${app.name} could not start; the reason stands above.`)
    if (watch) console.error('It starts again at the next change.')
    else void stop(1)
  })
  return child
}

/** True when something answers on a local port. @param {string} number @returns {Promise<boolean>} */
function isTaken(number) {
  return new Promise((answer) => {
    // A port that is none is for the app to complain about.
    if (!(Number(number) < 65_536)) return answer(false)
    const socket = connect({ host: 'localhost', port: Number(number) })
    socket.once('connect', () => {
      socket.destroy()
      answer(true)
    })
    socket.once('error', () => answer(false))
  })
}

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds))

/** @param {App} app */
async function mustBeFree(app) {
  if (!(await isTaken(app.port))) return
  console.error(`Port ${app.port} is taken by another program. Stop it, or choose another: ${app.variable}=… npm start`)
  await stop(1)
}

/** Waits until an app answers; false when it ended first or the time is over. @param {App} app @param {ChildProcess} child */
async function isReady(app, child) {
  const deadline = Date.now() + startLimitSeconds * 1000
  while (Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
    if (await isTaken(app.port)) {
      ready.add(child)
      return true
    }
    await pause(50)
  }
  if (running.has(child)) console.error(`${app.name} does not answer on port ${app.port} after ${startLimitSeconds} s.`)
  return false
}

/** Starts the host and, once it answers, the partner app. @returns {Promise<boolean>} */
async function startApps() {
  console.log('Starting the host …')
  if (!(await isReady(host, launch(host)))) return false
  // The partner's client is seeded in development only; elsewhere an operator brings the file.
  if (!existsSync(clientFile)) return true
  console.log('Starting the partner app …')
  return isReady(partner, launch(partner))
}

function printAddresses() {
  const lines = [
    ['Host', baseUrl],
    existsSync(clientFile)
      ? ['Partner', `http://localhost:${partnerPort}`]
      : ['Partner', `not started: there is no client for it in ${clientFile}`],
  ]
  if (!production) {
    lines.push(['Mailbox', new URL('/dev/mailbox', baseUrl).href])
    lines.push(['Log in as', 'ada@example.com / correct horse battery staple'])
  }
  const width = Math.max(...lines.map(([name = '']) => name.length))
  console.log(`\n${lines.map(([name = '', value = '']) => `  ${name.padEnd(width)}  ${value}`).join('\n')}\n`)
}

/** Compiles after every change and starts the apps again when that went well. No compiler of ours stays behind. */
async function watchSources() {
  console.log('Watching for changes.')
  for (let seen = newestChange(); !stopping; await pause(400)) {
    const now = newestChange()
    if (now === seen) continue
    seen = now
    const { code, output, seconds } = await run(tool('tsc'), buildParameters)
    if (code === 0) await restart(seconds)
    else console.error(output.trimEnd())
  }
}

/** When the sources were last touched, and how many they are. Looking is cheap; being told loses replaced files. */
function newestChange() {
  const times = ['packages', 'apps']
    .flatMap((it) => readdirSync(join(root, it)).map((name) => join(root, it, name, 'src')))
    .filter((it) => existsSync(it))
    .flatMap((it) => readdirSync(it, { recursive: true, encoding: 'utf8' }).map((name) => join(it, name)))
    .map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0)
  return `${times.length} ${Math.max(0, ...times)}`
}

/** @param {number} seconds How long the compilation took. */
async function restart(seconds) {
  console.log(`Compiled in ${seconds.toFixed(1)} s; starting again …`)
  restarting = true
  await stopAll()
  restarting = false
  if (!stopping) await startApps()
}

process.on('SIGTERM', () => void stop(0))
process.on('SIGINT', () => void stop(0))
// npm does not take us with it when it is killed outright; nothing of ours outlives it all the same.
const parent = process.ppid
if (process.env['npm_lifecycle_event']) {
  setInterval(() => {
    if (process.ppid !== parent) void stop(1)
  }, 500).unref()
}

await main(async () => {
  await install()
  console.log('Building …')
  await build()
  await mustBeFree(host)
  await mustBeFree(partner)
  if (!(await startApps())) return stop(1)
  printAddresses()
  if (watch) await watchSources()
})
