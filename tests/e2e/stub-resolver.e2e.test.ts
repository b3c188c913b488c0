/** A host that has not filled in the seam does not compile; one without lockspire misses nothing. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { describe, expect, onTestFinished, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url))
const run = promisify(execFile)

/** A folder that nothing else looks into; packages resolve from where it lies. */
async function scratchFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true })
  const folder = await mkdtemp(path.join(parent, 'scratch-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Type-checks one fixture against the built declarations and answers with what the compiler prints. */
async function typeCheck(fixture: string): Promise<string> {
  const folder = await scratchFolder(path.join(root, 'test-results'))
  await writeFile(path.join(folder, 'resolver.ts'), await readFile(path.join(fixtures, fixture), 'utf8'))
  const compilerOptions = {
    strict: true,
    module: 'nodenext',
    target: 'es2023',
    types: ['node'],
    skipLibCheck: true,
    noEmit: true,
  }
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['resolver.ts'] }))
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  try {
    return (await run(process.execPath, [tsc, '--pretty', 'false', '-p', folder])).stdout
  } catch (error) {
    return error instanceof Error && 'stdout' in error && typeof error.stdout === 'string'
      ? error.stdout
      : String(error)
  }
}

describe('failure mode 4: the stub was not completed', () => {
  test('does not type-check until all four functions exist', async () => {
    const output = await typeCheck('unfinished-resolver.ts.txt')
    expect(output).toContain(
      "error TS2420: Class 'AppAccountResolver' incorrectly implements interface 'AccountResolver",
    )
    for (const name of ['resolveCurrentAccount', 'resolveAccount', 'buildClaims', 'redirectForLogin'])
      expect(output).toContain(name)
  })

  test('type-checks once they do', async () => {
    expect(await typeCheck('finished-resolver.ts.txt')).toBe('')
  })
})

describe('failure mode 1: lockspire is not installed', () => {
  /** A project that has everything the host has except lockspire. */
  async function projectWithoutLockspire(): Promise<string> {
    const folder = await scratchFolder(tmpdir())
    const modules = path.join(folder, 'node_modules')
    await mkdir(modules)
    for (const name of await readdir(path.join(root, 'node_modules'))) {
      if (!['.bin', '.package-lock.json', 'sigra', 'lockspire', '@house'].includes(name)) {
        await symlink(path.join(root, 'node_modules', name), path.join(modules, name))
      }
    }
    await mkdir(path.join(modules, 'sigra'))
    for (const part of ['package.json', 'dist']) {
      await cp(path.join(root, 'packages/sigra', part), path.join(modules, 'sigra', part), { recursive: true })
    }
    await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }')
    return folder
  }

  test('sigra starts, serves its log-in page and prints nothing', async () => {
    const folder = await projectWithoutLockspire()
    await writeFile(
      path.join(folder, 'host.js'),
      `import { createDatabase, createSigra, developmentMailbox } from 'sigra'
const database = await createDatabase('memory:')
const sigra = await createSigra({ database, baseUrl: 'http://localhost:3000', mailer: developmentMailbox(), brand: { name: 'Alone' }, dataDir: './data' })
const answer = await sigra.fetch(new Request('http://localhost:3000/users/log_in'))
await sigra.close()
await database.close()
process.exitCode = answer.status === 200 ? 0 : 1`,
    )
    const { stdout, stderr } = await run(process.execPath, ['host.js'], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '' },
    })
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' })
  })

  test('importing it fails as any missing package does', async () => {
    const folder = await projectWithoutLockspire()
    await writeFile(path.join(folder, 'host.js'), "import 'lockspire'\n")
    const failure = run(process.execPath, ['host.js'], { cwd: folder })
    await expect(failure).rejects.toMatchObject({
      stderr: expect.stringContaining("Cannot find package 'lockspire'") as string,
    })
  })
})
