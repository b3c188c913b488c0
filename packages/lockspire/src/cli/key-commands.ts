/** `lockspire key …`: publishes, activates and retires the keys that sign tokens. */
import type { Command } from 'commander'

import { choiceOf, type SharedOptions } from '#base/command-store.js'
import { Fault } from '#base/fault.js'
import { loadKeyRing } from '#base/key-ring.js'
import { printAnswer, printList, type Terminal } from '#base/terminal.js'

import {
  activateKey,
  checkKeyRing,
  createKey,
  listKeys,
  retireKey,
  type KeyReason,
  type PublishedKey,
} from '../records/signing-keys/manage-keys.js'
import { withStore } from './store.js'

const operator = { kind: 'operator', id: null } as const

/** Adds the commands. */
export function addKeyCommands(program: Command, terminal: Terminal): void {
  const key = program
    .command('key')
    .description('list, publish, activate and retire the keys that sign tokens')
    .addHelpText(
      'after',
      `
To change the key: create one, wait six minutes until everybody has fetched it, activate it,
and retire the old one an hour later. All processes follow by themselves.`,
    )
  addList(key, terminal)
  addCreate(key, terminal)
  addStep(key, terminal, {
    name: 'activate',
    description: 'let a published key sign from now on',
    act: activateKey,
    states: ['upcoming', 'retiring'],
  })
  addStep(key, terminal, {
    name: 'retire',
    description: 'take a key away for ever; what it signed is refused',
    act: retireKey,
    states: ['upcoming', 'retiring'],
  })
}

function addList(key: Command, terminal: Terminal): void {
  key
    .command('list')
    .description('list the published signing keys')
    .addHelpText('after', '\nExample:\n  $ lockspire key list --json')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<SharedOptions>()
      const keys = await withStore(choiceOf('lockspire', options, terminal), listKeys)
      printList(terminal, options.json === true, keys.map(row))
      if (keys.length === 0 && !options.json) terminal.err('no keys yet: the server makes the first one when it starts')
    })
}

function addCreate(key: Command, terminal: Terminal): void {
  key
    .command('create')
    .description('make a key and publish it; it signs nothing before it is activated')
    .option('--dry-run', 'check the key ring and write nothing')
    .addHelpText(
      'after',
      '\nThe key is sealed with the key ring of LOCKSPIRE_KEYS, as the server uses it.\n\nExample:\n  $ lockspire key create',
    )
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<SharedOptions & { dryRun?: boolean }>()
      const choice = choiceOf('lockspire', options, terminal)
      await withStore(choice, async (store) => {
        const ring = await loadKeyRing({
          value: terminal.environment['LOCKSPIRE_KEYS'],
          name: 'lockspire',
          dataDir: choice.dataDir,
          production: terminal.environment['NODE_ENV'] === 'production',
        })
        if (options.dryRun) {
          await checkKeyRing(store, ring)
          return printAnswer(terminal, options.json === true, { dry_run: true, would_create: 'ES256' })
        }
        const kid = await createKey(store, ring, operator)
        printAnswer(terminal, options.json === true, { kid, state: 'upcoming' })
      })
    })
}

interface Step {
  readonly name: 'activate' | 'retire'
  readonly description: string
  readonly act: typeof activateKey
  readonly states: readonly PublishedKey['state'][]
}

function addStep(key: Command, terminal: Terminal, { name, description, act, states }: Step): void {
  key
    .command(name)
    .argument('<kid>')
    .description(description)
    .option('--now', 'do not wait: for a key that was stolen')
    .option('--dry-run', 'tell what would change and write nothing')
    .addHelpText('after', `\nExample:\n  $ lockspire key ${name} Wn3p…`)
    .action(async (kid: string, _options, command: Command) => {
      const options = command.optsWithGlobals<SharedOptions & { dryRun?: boolean; now?: boolean }>()
      await withStore(choiceOf('lockspire', options, terminal), async (store) => {
        if (options.dryRun) {
          const found = (await listKeys(store)).find((one) => one.kid === kid)
          if (!found) throw new Fault(refusals.unknown)
          return printAnswer(terminal, options.json === true, { kid, would_change: states.includes(found.state) })
        }
        const answer = await act(store, { kid, actor: operator, isUrgent: options.now === true })
        if (!answer.ok) throw new Fault(refusals[answer.reason])
        printAnswer(terminal, options.json === true, { kid, changed: true })
      })
    })
}

function row(key: PublishedKey): Readonly<Record<string, unknown>> {
  return { kid: key.kid, algorithm: 'ES256', state: key.state, created_at: key.createdAt, ready_at: key.readyAt }
}

const refusals = {
  unknown: 'no published key has this kid: see "lockspire key list"',
  already_active: 'this key signs already',
  active: 'this key signs: activate another one first',
  too_early: 'it is too early, see ready_at in "lockspire key list"; --now goes ahead all the same',
} as const satisfies Record<KeyReason, string>
