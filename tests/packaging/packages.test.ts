/** What a stranger gets who installs one of the libraries, and nothing else. */
import { readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildLibraries, installAlone, runtimePackages, type InstalledLibrary } from './installed.js'

const allowedLicences = ['MIT', 'ISC', 'BSD-3-Clause', '0BSD', 'Apache-2.0']

/** Everything that comes with each library. A new name here is a decision: docs/decisions/dependencies.md holds the reason. */
const runtime = {
  sigra: ['@hono/node-server', '@node-rs/argon2', 'commander', 'hono', 'ipaddr.js', 'kysely', 'zod'],
  lockspire: ['@hono/node-server', 'commander', 'hono', 'ipaddr.js', 'jose', 'kysely', 'zod'],
}
const driver = [
  'pg',
  'pg-cloudflare',
  'pg-connection-string',
  'pg-int8',
  'pg-pool',
  'pg-protocol',
  'pg-types',
  'pgpass',
  'postgres-array',
  'postgres-bytea',
  'postgres-date',
  'postgres-interval',
  'split2',
  'xtend',
]

beforeAll(buildLibraries, 120_000)

describe.each([
  { name: 'sigra', other: 'lockspire' },
  { name: 'lockspire', other: 'sigra' },
] as const)('$name, installed alone', ({ name, other }) => {
  let library: InstalledLibrary

  beforeAll(() => {
    library = installAlone(name)
  }, 60_000)

  afterAll(() => rmSync(library.project, { recursive: true, force: true }))

  it('brings compiled code and its papers, no sources and no tests', () => {
    const stray = library.files.filter(
      (file) => !/^(dist\/.+\.(js|d\.ts)|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/.test(file),
    )
    expect(stray).toEqual([])
    expect(library.files.filter((file) => /\.test\./.test(file))).toEqual([])
    expect(library.files).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', 'LICENSE']))
  })

  it('has no file of the other library, and does not mention it', () => {
    expect(library.files.filter((file) => file.includes(other))).toEqual([])
    const words = library.files.filter((file) => file !== 'LICENSE')
    const mentions = words.filter((file) =>
      readFileSync(join(library.folder, file), 'utf8').toLowerCase().includes(other),
    )
    expect(mentions).toEqual([])
  })

  it('names no path of the machine that built it', () => {
    const local = library.files.filter((file) =>
      readFileSync(join(library.folder, file), 'utf8').includes(process.cwd()),
    )
    expect(local).toEqual([])
  })

  it('can be imported at every entry point with nothing but its declared dependencies, silently', () => {
    const entries = Object.keys(library.manifest.exports).filter((it) => it !== './package.json')
    for (const entry of entries) {
      const specifier = entry.replace(/^\./, name)
      const { output, complaint } = library.run(`console.log(Object.keys(await import('${specifier}')).length > 0)`)
      expect([specifier, output, complaint]).toEqual([specifier, 'true', ''])
    }
  }, 60_000)

  it('is not disturbed by the absence of the other library, which fails like any missing package', () => {
    expect(library.run(`await import('${name}'); await import('${other}')`)).toEqual({
      output: 'ERR_MODULE_NOT_FOUND',
      complaint: '',
    })
  })

  it('keeps base to itself', () => {
    const { output } = library.run(`await import('${name}/dist/base/src/clock.js')`)
    expect(output).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })

  it('brings a command that can be run', () => {
    const commands = Object.values(typeof library.manifest.bin === 'object' ? library.manifest.bin : {})
    for (const path of commands) {
      const file = join(library.folder, path)
      expect(readFileSync(file, 'utf8').startsWith('#!/usr/bin/env node\n')).toBe(true)
      expect(statSync(file).isFile()).toBe(true)
    }
  })

  it('brings exactly the packages that were argued for, under licences we accept', () => {
    const packages = [...runtimePackages(name)].filter(([it]) => !it.startsWith('@node-rs/argon2-'))
    expect(packages.filter(([, licence]) => !allowedLicences.includes(licence))).toEqual([])
    expect(packages.map(([it]) => it).toSorted()).toEqual([...runtime[name], ...driver].toSorted())
  })
})
