/** The rooms of the house and the order in which they may know each other. */
export type Library = 'base' | 'sigra' | 'lockspire'

export interface Room {
  library: Library
  name: 'base' | 'rules' | 'options' | 'core' | 'records' | 'edge' | 'verb' | 'assembly' | 'outer' | 'index'
  /** The record folder or the capability, where the room has several. */
  part: string
}

/** A file may import from its own rank and every lower one. */
export const rankOf: Record<Room['name'], number> = {
  base: 0,
  rules: 1,
  options: 2,
  core: 3,
  records: 4,
  edge: 5,
  verb: 6,
  assembly: 7,
  outer: 8,
  index: 9,
}

/** Record folders in one line per library; a record imports only itself and the records before it. */
export const recordLine: Record<'sigra' | 'lockspire', readonly string[]> = {
  sigra: [
    'audit',
    'throttles',
    'outbox',
    'users',
    'known-devices',
    'sessions',
    'passwords',
    'one-time-secrets',
    'log-ins',
  ],
  lockspire: ['audit', 'server-policy', 'signing-keys', 'used-proofs', 'clients', 'interactions', 'consents', 'tokens'],
}

const verbFolders = new Set(['endpoints', 'flows', 'admin', 'jobs', 'mailbox', 'resource-server'])
/** Files at the root of a library that everything else may stand on; the other root files meet the request. */
const coreFiles = new Set(
  'background config cookies host moment oauth-error options password-hasher per-schema schema server'.split(' '),
)
const outerFolders = new Set(['cli', 'testing'])

/** Tells the room of a file below `packages/<library>/src`; null elsewhere. */
export function roomOf(path: string): Room | null {
  const match = /^packages\/(base|sigra|lockspire)\/src\/(.+)$/.exec(path)
  if (!match) return null
  const library = match[1] as Library
  const segments = (match[2] ?? '').split('/')
  const first = segments[0] ?? ''
  const name = (segments.at(-1) ?? '').replace(/\.tsx?$/, '')
  const part = segments.length > 2 ? `${first}/${segments[1]}` : first
  const room = (it: Room['name']): Room => ({ library, name: it, part })
  if (library === 'base') return room('base')
  if (name === 'options' && segments.length > 1) return room('options')
  if (segments.length > 1) {
    if (first === 'rules') return room('rules')
    if (first === 'records') return room('records')
    if (verbFolders.has(first)) return room('verb')
    return room(outerFolders.has(first) ? 'outer' : 'core')
  }
  if (name === library) return room('assembly')
  if (name === 'index' || name === 'node') return room('index')
  return room(coreFiles.has(name) ? 'core' : 'edge')
}
