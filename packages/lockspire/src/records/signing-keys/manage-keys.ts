/** Moves signing keys through their life by hand: publish the next one, let it sign, retire the last one (RFC 7517 §5). */
import { AUDIT_COLUMNS, auditPlaceholders } from '#base/audit-log.js'
import { secondsAfter, type Clock } from '#base/clock.js'
import type { KeyRing } from '#base/key-ring.js'
import { ok, refuse, type Result } from '#base/result.js'
import { quoteSchema, statement } from '#base/statement.js'

import { eventValues, type Actor, type LockspireEvent } from '../audit/events.js'
import { listPublishedKeys, newKeyPair, openSigningKey, type KeyStore, type StoredSigningKey } from './signing-key.js'

/** What keys are managed through. */
export interface ManagedKeys extends KeyStore {
  readonly clock: Clock
}

/** Where a published key is in its life. */
export type KeyState = 'upcoming' | 'active' | 'retiring'

/** A published key as an operator sees it. */
export interface PublishedKey {
  readonly kid: string
  readonly state: KeyState
  readonly createdAt: Date
  /** From when its next step is safe: letting an upcoming key sign, or retiring one that signs no more. */
  readonly readyAt: Date | null
}

/** Why a key stays as it is. */
export type KeyReason = 'unknown' | 'already_active' | 'active' | 'too_early'

/** Whoever verifies our tokens keeps the JWK set for five minutes, and a process may serve an old one for another. */
const PUBLISH_AHEAD_SECONDS = 360
/** No token lives longer than an hour, so that after this nothing good is left that the key signed. */
const RETIRE_AFTER_SECONDS = 3660

/** Lists what is published, the oldest first. */
export async function listKeys(store: ManagedKeys): Promise<PublishedKey[]> {
  return (await listPublishedKeys(store)).map((key) => ({
    kid: key.kid,
    state: stateOf(key),
    createdAt: key.createdAt,
    readyAt: readyAt(key),
  }))
}

/** Faults where the key ring does not open the active key, so that it is not the one that the servers have. */
export async function checkKeyRing(store: ManagedKeys, keys: KeyRing): Promise<void> {
  const active = (await listPublishedKeys(store)).find((key) => key.activatedAt !== null)
  if (active) openSigningKey(active, keys)
}

/** Makes a key and publishes it; it signs nothing before it is activated. Faults like `checkKeyRing`. */
export async function createKey(store: ManagedKeys, keys: KeyRing, actor: Actor): Promise<string> {
  // No server could sign once a key is active that none can open.
  await checkKeyRing(store, keys)
  const { id, jwk, sealed } = await newKeyPair(keys)
  const now = store.clock.now()
  const event = {
    at: now,
    event: 'signing_key.created',
    outcome: 'ok',
    actor,
    object: id,
    fields: { kid: jwk.kid },
  } as const
  await store
    .prepared(lifeStatements)
    .insert(store.db, [id, jwk.kid, JSON.stringify(jwk), sealed, now, ...eventValues(event)])
  return jwk.kid
}

/** What an operator asks for. */
export interface KeyStep {
  readonly kid: string
  readonly actor: Actor
  /** Goes ahead although it is too early: for a key that was stolen. What others verify may fail until they fetch the JWK set again. */
  readonly isUrgent?: boolean
}

/** Lets a published key sign from the next token on; the one that signed until now retires. Refuses: unknown, already_active, too_early. */
export async function activateKey(store: ManagedKeys, step: KeyStep): Promise<Result<null, KeyReason>> {
  const found = await findKey(store, step.kid)
  if (!found) return refuse('unknown')
  if (stateOf(found) === 'active') return refuse('already_active')
  if (stateOf(found) === 'upcoming' && !isReady(store, found, step)) return refuse('too_early')
  return write(store, 'activate', { step, event: 'signing_key.activated', key: found })
}

/** Takes a key out of the JWK set for ever; what it signed is refused from then on. Refuses: unknown, active, too_early. */
export async function retireKey(store: ManagedKeys, step: KeyStep): Promise<Result<null, KeyReason>> {
  const found = await findKey(store, step.kid)
  if (!found) return refuse('unknown')
  if (stateOf(found) === 'active') return refuse('active')
  if (stateOf(found) === 'retiring' && !isReady(store, found, step)) return refuse('too_early')
  return write(store, 'retire', { step, event: 'signing_key.retired', key: found })
}

interface Written {
  readonly step: KeyStep
  readonly event: LockspireEvent
  readonly key: StoredSigningKey
}

/** The statements repeat the conditions: another operator may have been faster since the key was read. */
async function write(
  store: ManagedKeys,
  name: 'activate' | 'retire',
  { step, event, key }: Written,
): Promise<Result<null, KeyReason>> {
  const now = store.clock.now()
  const values = eventValues({
    at: now,
    event,
    outcome: 'ok',
    actor: step.actor,
    object: key.id,
    fields: { kid: key.kid },
  })
  const rows = await store.prepared(lifeStatements)[name](store.db, [key.id, now, ...values])
  return rows.length === 1 ? ok(null) : refuse(name === 'activate' ? 'unknown' : 'active')
}

async function findKey(store: ManagedKeys, kid: string): Promise<StoredSigningKey | undefined> {
  return (await listPublishedKeys(store)).find((key) => key.kid === kid)
}

function stateOf(key: StoredSigningKey): KeyState {
  if (key.activatedAt !== null) return 'active'
  return key.deactivatedAt === null ? 'upcoming' : 'retiring'
}

function readyAt(key: StoredSigningKey): Date | null {
  if (key.activatedAt !== null) return null
  return key.deactivatedAt === null
    ? secondsAfter(key.createdAt, PUBLISH_AHEAD_SECONDS)
    : secondsAfter(key.deactivatedAt, RETIRE_AFTER_SECONDS)
}

function isReady(store: ManagedKeys, key: StoredSigningKey, step: KeyStep): boolean {
  const ready = readyAt(key)
  return step.isUrgent === true || ready === null || ready <= store.clock.now()
}

function lifeStatements(schema: string) {
  const name = quoteSchema(schema)
  const told = (from: string) =>
    `told as (insert into ${name}.audit_events (${AUDIT_COLUMNS}) select ${auditPlaceholders(from === 'made' ? 6 : 3)} from ${from})`
  return {
    insert: statement<{ id: string }>(
      `with made as (
         insert into ${name}.signing_keys (id, kid, algorithm, public_jwk, sealed_private_key, created_at)
         values ($1::uuid, $2::text, 'ES256', $3::jsonb, $4::bytea, $5::timestamptz)
         returning id
       ), ${told('made')} select id from made`,
    ),
    // The new key waits for the old one to step down, because the unique index allows only one that signs.
    activate: statement<{ id: string }>(
      `with stepped_down as (
         update ${name}.signing_keys set activated_at = null, deactivated_at = $2::timestamptz
          where activated_at is not null and id <> $1::uuid
            and exists (select from ${name}.signing_keys where id = $1::uuid and retired_at is null)
         returning id
       ), changed as (
         update ${name}.signing_keys k set activated_at = $2::timestamptz, deactivated_at = null
           from (select count(*) from stepped_down) as before
          where k.id = $1::uuid and k.retired_at is null and k.activated_at is null
         returning k.id
       ), ${told('changed')} select id from changed`,
    ),
    retire: statement<{ id: string }>(
      `with changed as (
         update ${name}.signing_keys set retired_at = $2::timestamptz
          where id = $1::uuid and retired_at is null and activated_at is null
         returning id
       ), ${told('changed')} select id from changed`,
    ),
  }
}
