/** Test projects by file name: `x.test` pure, `x.step.test` on both stores, `x.race.test` on PostgreSQL, `tests/e2e` with processes and a browser. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))
const ignored = ['**/node_modules/**', '**/dist/**']
const startPostgres = './tests/setup/postgres.ts'

/** Tests run on sources, so that no build is needed: `#base/…`, `sigra…` and `lockspire…` lead to the packages' `src`. */
const sources = {
  name: 'house-sources',
  enforce: 'pre' as const,
  resolveId(id: string): string | undefined {
    const base = /^#base\/(.+)\.js$/.exec(id)
    if (base !== null) return firstFile([`packages/base/src/${base[1]}`])
    const library = /^(sigra|lockspire)(?:\/(.+))?$/.exec(id)
    if (library === null) return undefined
    const path = `packages/${library[1]}/src/${library[2] ?? 'index'}`
    return firstFile([path, `${path}/index`])
  },
}

function firstFile(paths: string[]): string | undefined {
  return paths.flatMap((path) => [`${root}${path}.ts`, `${root}${path}.tsx`]).find((file) => existsSync(file))
}

/** What every project shares; JSX is Hono's. */
const shared = { plugins: [sources], oxc: { jsx: { runtime: 'automatic' as const, importSource: 'hono/jsx' } } }

/** A busy machine may take its time; what is waited for comes or it does not. */
const patience = { expect: { poll: { timeout: 15_000 } }, testTimeout: 30_000, hookTimeout: 90_000 }

const kinds = {
  unit: ['{packages,apps,scripts,bench}/**/*.test.{ts,tsx}', 'tests/{unit,packaging,types,setup}/**/*.test.{ts,tsx}'],
  step: ['{packages,apps}/**/*.step.test.{ts,tsx}'],
  race: ['{packages,apps}/**/*.race.test.{ts,tsx}'],
}

export default defineConfig({
  ...shared,
  test: {
    maxWorkers: 2,
    projects: [
      {
        ...shared,
        test: { name: 'unit', include: kinds.unit, exclude: [...ignored, ...kinds.step, ...kinds.race], ...patience },
      },
      {
        ...shared,
        test: {
          name: 'step-pglite',
          include: kinds.step,
          exclude: ignored,
          env: { STORE: 'pglite' },
          // Files of one worker share its embedded store, which costs a second and 250 MB each time.
          isolate: false,
          ...patience,
        },
      },
      {
        ...shared,
        test: {
          name: 'step-postgres',
          include: kinds.step,
          exclude: ignored,
          env: { STORE: 'postgres' },
          globalSetup: [startPostgres],
          ...patience,
        },
      },
      {
        ...shared,
        test: {
          name: 'race',
          include: kinds.race,
          exclude: ignored,
          env: { STORE: 'postgres' },
          globalSetup: [startPostgres],
          ...patience,
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.e2e.test.ts'],
          exclude: ignored,
          fileParallelism: false,
          globalSetup: [startPostgres],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
