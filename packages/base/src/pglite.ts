/** The embedded store: PGlite in a folder, made durable by fsync and guarded by a lock, or in memory for tests. */
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { mkdir, readdir, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

import type { PGlite } from '@electric-sql/pglite'

import { Fault } from './fault.js'
import { lockFolder } from './folder-lock.js'

/** An open embedded store, as the node-postgres pool wants it. */
export interface EmbeddedStore {
  /** Spread into the pool's options. */
  readonly config: object
  /** Closes the store and releases its lock. */
  close(): Promise<void>
}

/** Where the store lies: a folder, or memory that may start from an image. */
export type EmbeddedPlace = { readonly folder: string } | { readonly memoryImage: Blob | undefined }

/** Opens the embedded store in a folder or in memory; faults when PGlite is not installed or the folder is in use. */
export async function openPglite(place: EmbeddedPlace): Promise<EmbeddedStore> {
  const parts = await loadPglite()
  if ('memoryImage' in place) {
    const image = place.memoryImage === undefined ? {} : { loadDataDir: place.memoryImage }
    const startParams = [...parts.PGlite.defaultStartParams, ...SMALL_MEMORY]
    return embed(parts, await startSafely(() => parts.PGlite.create('memory://', { ...image, startParams })))
  }
  const folder = await preparedPath(place.folder)
  const lock = await lockFolder(folder)
  try {
    if (await isVacant(folder)) await initialise(parts, folder)
    const lite = await startSafely(() => startDurably(parts, folder))
    return embed(parts, lite, () => lock.release())
  } catch (error) {
    await lock.release()
    throw error
  }
}

function embed(parts: PgliteParts, lite: PGlite, afterwards?: () => Promise<void>): EmbeddedStore {
  return {
    config: parts.createPgConfig(lite),
    async close() {
      try {
        await lite.close()
      } finally {
        await afterwards?.()
      }
    },
  }
}

/** The modules of the optional package. */
interface PgliteParts {
  readonly PGlite: typeof import('@electric-sql/pglite').PGlite
  readonly NodeFS: typeof import('@electric-sql/pglite/nodefs').NodeFS
  readonly createPgConfig: typeof import('@electric-sql/pglite/node-postgres').createPgConfig
}

async function loadPglite(): Promise<PgliteParts> {
  try {
    const [{ PGlite }, { NodeFS }, { createPgConfig }] = await Promise.all([
      import('@electric-sql/pglite'),
      import('@electric-sql/pglite/nodefs'),
      import('@electric-sql/pglite/node-postgres'),
    ])
    return { PGlite, NodeFS, createPgConfig }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
    throw new Fault(
      'the embedded store needs the package @electric-sql/pglite: run `npm install @electric-sql/pglite@0.5.14`, or set DATABASE_URL to a postgres:// address',
      { cause: error },
    )
  }
}

async function preparedPath(folder: string): Promise<string> {
  const path = resolve(folder)
  await mkdir(dirname(path), { recursive: true })
  return join(await realpath(dirname(path)), path.slice(dirname(path).length + 1))
}

/** Says whether a store is still to be made there; faults when the folder holds something else, which must not be touched. */
async function isVacant(folder: string): Promise<boolean> {
  try {
    const names = await readdir(folder)
    if (names.length === 0 || names.includes('PG_VERSION')) return names.length === 0
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true
    throw new Fault(`${folder} cannot be read as a folder`, { cause: error })
  }
  throw new Fault(`${folder} holds other files and no database; name an empty folder, or one that is not there yet`)
}

/** Makes a store beside its final place and moves it there when complete, so that a start that was killed leaves nothing half made. */
async function initialise(parts: PgliteParts, folder: string): Promise<void> {
  const draft = `${folder}.starting`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { mode: 0o700 })
  const lite = await startSafely(() => startDurably(parts, draft))
  await lite.close()
  // Replaces an empty folder, and fails on any other.
  await rename(draft, folder)
  const parent = openSync(dirname(folder), 'r')
  try {
    fsyncSync(parent)
  } finally {
    closeSync(parent)
  }
}

/** The default of 128 MB would be held twice, for the process that embeds the store also caches its files. */
const SMALL_MEMORY = ['-c', 'shared_buffers=16MB']

function startDurably(parts: PgliteParts, folder: string): Promise<PGlite> {
  return parts.PGlite.create({
    fs: new (durableFileSystem(parts.NodeFS))(folder),
    startParams: [
      ...parts.PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
      '-c',
      'fsync=on',
      // The only method whose system call reaches our hook; fdatasync is stubbed to succeed.
      '-c',
      'wal_sync_method=fsync',
      ...SMALL_MEMORY,
    ],
  })
}

/** What of Emscripten's node file system is touched; checked at run time, for PGlite does not promise it. */
interface FileStream {
  readonly nfd?: number
  readonly node: unknown
}
interface NodeFileSystem {
  readonly stream_ops: { fsync?: (stream: FileStream) => number }
  realPath(node: unknown): string
}

/** PGlite never syncs by itself: its file system has no hook for it. This one gives Emscripten's fsync a body. */
function durableFileSystem(NodeFS: PgliteParts['NodeFS']): PgliteParts['NodeFS'] {
  return class extends NodeFS {
    override async init(...parameters: Parameters<InstanceType<PgliteParts['NodeFS']>['init']>) {
      const started = await super.init(...parameters)
      const hooks = started.emscriptenOpts.preRun ?? []
      started.emscriptenOpts.preRun = [
        ...(Array.isArray(hooks) ? hooks : [hooks]),
        (module: object) => addFsync(module),
      ]
      return started
    }
  }
}

function addFsync(module: object): void {
  const nodeFs = findNodeFs(module)
  nodeFs.stream_ops.fsync = (stream) => {
    if (typeof stream.nfd === 'number') {
      fsyncSync(stream.nfd)
      return 0
    }
    const descriptor = openSync(nodeFs.realPath(stream.node), 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    return 0
  }
}

function findNodeFs(module: object): NodeFileSystem {
  const { NODEFS, FS } = module as { NODEFS?: NodeFileSystem; FS?: { filesystems?: { NODEFS?: NodeFileSystem } } }
  const found = NODEFS ?? FS?.filesystems?.NODEFS
  if (found?.stream_ops === undefined || typeof found.realPath !== 'function') {
    throw new Fault('this version of @electric-sql/pglite cannot be made durable; install 0.5.14')
  }
  return found
}

/** Rethrows PGlite's errors as faults from here, because Node would print the minified line that threw them. */
async function startSafely(start: () => Promise<PGlite>): Promise<PGlite> {
  try {
    return await start()
  } catch (error) {
    throw new Fault(`the embedded store did not start: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Makes the image of an empty store, for `memory:` stores that must start fast. */
export async function makePgliteImage(): Promise<Blob> {
  const parts = await loadPglite()
  const lite = await startSafely(() => parts.PGlite.create('memory://'))
  try {
    return await lite.dumpDataDir('none')
  } finally {
    await lite.close()
  }
}
