/** `lockspire client …`: registers and manages clients by the same commands and rules as the host's own code. */
import { InvalidArgumentError, Option, type Command } from 'commander'

import { choiceOf, type SharedOptions } from '#base/command-store.js'
import { ConfigurationError, Fault } from '#base/fault.js'
import { printAnswer, printList, type Terminal } from '#base/terminal.js'

import type { AccessTokenFormat } from '../config.js'
import { findClient, type Client, type ClientAuthMethod, type GrantType } from '../records/clients/client.js'
import {
  clientProblems,
  createClient,
  disableClient,
  enableClient,
  listClients,
  rotateClientSecret,
  type NewClient,
} from '../records/clients/register-client.js'
import { withStore } from './store.js'

const operator = { kind: 'operator', id: null } as const

interface CreateOptions extends SharedOptions {
  readonly name: string
  readonly type: 'public' | 'confidential'
  readonly redirectUri: readonly string[]
  readonly scope: readonly string[]
  readonly grantType?: readonly GrantType[]
  readonly authMethod?: ClientAuthMethod
  readonly accessTokenFormat?: AccessTokenFormat
  readonly clientId?: string
  readonly dryRun?: boolean
}

/** Adds the commands. */
export function addClientCommands(program: Command, terminal: Terminal): void {
  const client = program.command('client').description('register and manage clients')
  addCreate(client, terminal)
  client
    .command('list')
    .description('list clients by client_id')
    .option('--limit <count>', 'how many, at most 1000', wholeNumber, 100)
    .option('--after <client_id>', 'only those after this one')
    .addHelpText('after', '\nExamples:\n  $ lockspire client list\n  $ lockspire client list --json --limit 1000')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<SharedOptions & { limit: number; after?: string }>()
      const { limit, after } = options
      const page = after === undefined ? { limit } : { limit, after }
      const clients = await withStore(choiceOf('lockspire', options, terminal), (store) => listClients(store, page))
      printList(
        terminal,
        options.json === true,
        clients.map((one) => (options.json ? wire(one) : summary(one))),
      )
      if (clients.length === 0 && !options.json) terminal.err('no clients')
    })
  client
    .command('show')
    .argument('<client_id>')
    .description('show one client')
    .addHelpText('after', '\nExample:\n  $ lockspire client show lsc_2f1d…')
    .action(async (clientId: string, _options, command: Command) => {
      const options = command.optsWithGlobals<SharedOptions>()
      const found = await withStore(choiceOf('lockspire', options, terminal), (store) => findClient(store, clientId))
      if (!found) throw new Fault(`there is no client ${clientId}`)
      printAnswer(terminal, options.json === true, wire(found))
    })
  addSwitch(client, terminal, {
    name: 'disable',
    description: 'end everything a client holds, until it is enabled again',
    when: (found) => found.disabledAt === null,
    act: disableClient,
  })
  addSwitch(client, terminal, {
    name: 'enable',
    description: 'let a disabled client in again',
    when: (found) => found.disabledAt !== null,
    act: enableClient,
  })
  addRotateSecret(client, terminal)
}

function addRotateSecret(client: Command, terminal: Terminal): void {
  client
    .command('rotate-secret')
    .argument('<client_id>')
    .description('give a confidential client a new secret, printed this once; the old one is dead at once')
    .option('--dry-run', 'check the client and write nothing')
    .addHelpText('after', '\nExample:\n  $ lockspire client rotate-secret lsc_2f1d…')
    .action(async (clientId: string, _options, command: Command) => {
      const options = command.optsWithGlobals<SharedOptions & { dryRun?: boolean }>()
      await withStore(choiceOf('lockspire', options, terminal), async (store) => {
        const found = await findClient(store, clientId)
        if (!found) throw new Fault(`there is no client ${clientId}`)
        if (found.kind === 'public') throw new Fault(`the client ${clientId} is public and has no secret`)
        if (options.dryRun)
          return printAnswer(terminal, options.json === true, { client_id: clientId, would_change: true })
        const secret = await rotateClientSecret(store, clientId, operator)
        if (!secret) throw new Fault(`there is no client ${clientId}`)
        printAnswer(terminal, options.json === true, { client_id: clientId, client_secret: secret.reveal() })
        if (!options.json) terminal.err('The secret is not shown again: put it where the client reads it.')
      })
    })
}

const createExamples = `
Examples:
  $ lockspire client create --name "Notes for Mac" --type public \\
      --redirect-uri http://127.0.0.1/callback --scope openid --scope notes:read
  $ lockspire client create --name Partner --type confidential --json \\
      --redirect-uri https://partner.example/callback --scope openid offline_access notes:read

Scopes that your product does not configure are refused when the client asks for them.`

function addCreate(client: Command, terminal: Terminal): void {
  client
    .command('create')
    .description('register a client; its secret is printed this once')
    .requiredOption('--name <name>', 'as people read it on the consent page')
    .addOption(
      new Option('--type <type>', 'whether it can keep a secret')
        .choices(['public', 'confidential'])
        .makeOptionMandatory(),
    )
    .requiredOption('--redirect-uri <uri...>', 'where answers go, exactly; may be given several times')
    .requiredOption('--scope <scope...>', 'what it may ask for, such as openid; may be given several times')
    .addOption(
      new Option('--grant-type <type...>', 'what it may redeem').choices(['authorization_code', 'refresh_token']),
    )
    .addOption(
      new Option('--auth-method <method>', 'how it proves itself').choices([
        'none',
        'client_secret_basic',
        'client_secret_post',
      ]),
    )
    .addOption(
      new Option('--access-token-format <format>', 'as the server is configured unless given').choices([
        'jwt',
        'opaque',
      ]),
    )
    .option('--client-id <id>', 'random unless given')
    .option('--dry-run', 'check everything and write nothing')
    .addHelpText('after', createExamples)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<CreateOptions>()
      const fresh = freshClient(options)
      await withStore(choiceOf('lockspire', options, terminal), async (store) => {
        if (options.dryRun) {
          const problems = clientProblems(store, fresh)
          if (fresh.clientId !== undefined && (await findClient(store, fresh.clientId)))
            problems.push(`the client_id "${fresh.clientId}" is taken`)
          if (problems.length > 0) throw new ConfigurationError('a client', problems)
          printAnswer(terminal, options.json === true, { dry_run: true, would_create: fresh.name })
          return
        }
        const { client: made, secret } = await createClient(store, fresh, operator)
        printAnswer(terminal, options.json === true, {
          ...wire(made),
          ...(secret === null ? {} : { client_secret: secret.reveal() }),
        })
        if (secret !== null && !options.json)
          terminal.err('The secret is not shown again: put it where the client reads it.')
      })
    })
}

function freshClient(options: CreateOptions): NewClient {
  return {
    name: options.name,
    kind: options.type,
    redirectUris: options.redirectUri,
    scopes: options.scope,
    ...(options.grantType === undefined ? {} : { grantTypes: options.grantType }),
    ...(options.authMethod === undefined ? {} : { authMethod: options.authMethod }),
    ...(options.accessTokenFormat === undefined ? {} : { accessTokenFormat: options.accessTokenFormat }),
    ...(options.clientId === undefined ? {} : { clientId: options.clientId }),
  }
}

interface Switch {
  readonly name: 'disable' | 'enable'
  readonly description: string
  readonly when: (client: Client) => boolean
  readonly act: typeof disableClient
}

function addSwitch(client: Command, terminal: Terminal, { name, description, when, act }: Switch): void {
  client
    .command(name)
    .argument('<client_id>')
    .description(description)
    .option('--dry-run', 'tell what would change and write nothing')
    .addHelpText('after', `\nExample:\n  $ lockspire client ${name} lsc_2f1d…`)
    .action(async (clientId: string, _options, command: Command) => {
      const options = command.optsWithGlobals<SharedOptions & { dryRun?: boolean }>()
      await withStore(choiceOf('lockspire', options, terminal), async (store) => {
        const found = await findClient(store, clientId)
        if (!found) throw new Fault(`there is no client ${clientId}`)
        const changes = options.dryRun ? when(found) : await act(store, clientId, operator)
        printAnswer(terminal, options.json === true, {
          client_id: clientId,
          [options.dryRun ? 'would_change' : 'changed']: changes,
        })
      })
    })
}

function wholeNumber(text: string): number {
  if (!/^[1-9][0-9]{0,3}$/.test(text) || Number(text) > 1000)
    throw new InvalidArgumentError('Give a whole number from 1 to 1000.')
  return Number(text)
}

function summary(client: Client): Readonly<Record<string, unknown>> {
  return {
    client_id: client.clientId,
    type: client.kind,
    state: client.disabledAt === null ? 'enabled' : 'disabled',
    name: client.name,
  }
}

/** In the words of RFC 7591 §2 where it has them. */
function wire(client: Client): Readonly<Record<string, unknown>> {
  return {
    client_id: client.clientId,
    client_name: client.name,
    client_type: client.kind,
    redirect_uris: client.redirectUris,
    scope: client.scopes.join(' '),
    grant_types: client.grantTypes,
    token_endpoint_auth_method: client.authMethod,
    access_token_format: client.accessTokenFormat,
    created_at: client.createdAt,
    disabled_at: client.disabledAt,
  }
}
