/**
 * Signing keys (RFC 7517): the ES256 keys that sign every token, sealed at rest and held open in memory.
 *
 * A key is "published" while it is in the JWK set: "upcoming" before it ever signed, "active" while it signs, "retiring"
 * when it does no more.
 *
 * (1) At most one key is active; a unique index says so.
 * (2) Every key that signed a token that may still be valid is published.
 * (3) A retired key is neither published nor active, and never comes back.
 * (4) The private key exists in clear only in memory; the table holds it sealed, bound to its row.
 * (5) `kid` is the RFC 7638 thumbprint, so that a name can never mean another key.
 *
 * state      becomes    by
 * –          active     createFirstKey
 * –          upcoming   createKey
 * upcoming   active     activateKey
 * active     retiring   activateKey, for another key
 * retiring   active     activateKey
 * upcoming   retired    retireKey
 * retiring   retired    retireKey
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'

import { calculateJwkThumbprint } from 'jose'

import { AUDIT_COLUMNS, auditPlaceholders } from '#base/audit-log.js'
import type { Db } from '#base/database.js'
import { Fault } from '#base/fault.js'
import type { KeyRing } from '#base/key-ring.js'
import { randomId } from '#base/secrets.js'
import { quoteSchema, statement } from '#base/statement.js'

import { encodeHeader } from '../../rules/compact-jws.js'
import type { LockspireTables } from '../../schema.js'
import type { Server, SigningKey, VerificationKey } from '../../server.js'
import { eventValues } from '../audit/events.js'

/** A public key as the JWK set shows it (RFC 7517 §4). */
export interface PublicJwk {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly kid: string
  readonly alg: 'ES256'
  readonly use: 'sig'
}

/** A key that is not retired, as it is stored. */
export interface StoredSigningKey {
  readonly id: string
  readonly kid: string
  readonly publicJwk: PublicJwk
  readonly sealedPrivateKey: Buffer
  readonly createdAt: Date
  /** Since when it signs; null where it does not. */
  readonly activatedAt: Date | null
  /** When it stopped signing; null where it never did. */
  readonly deactivatedAt: Date | null
}

/** What keys are read and written through; they exist before the server does. */
export interface KeyStore {
  readonly db: Db<LockspireTables>
  readonly prepared: Server['prepared']
}

function signingKeyStatements(schema: string) {
  const name = quoteSchema(schema)
  return {
    // The unique index lets one of two processes that start together win; the other adopts the winner's key.
    insertFirst: statement<{ id: string }>(
      `with made as (
         insert into ${name}.signing_keys (id, kid, algorithm, public_jwk, sealed_private_key, created_at, activated_at)
         select $1::uuid, $2::text, 'ES256', $3::jsonb, $4::bytea, $5::timestamptz, $5::timestamptz
          where not exists (select from ${name}.signing_keys where activated_at is not null and retired_at is null)
         on conflict do nothing
         returning id
       ), told as (
         insert into ${name}.audit_events (${AUDIT_COLUMNS}) select ${auditPlaceholders(6)} from made
       )
       select id from made`,
    ),
    listPublished: statement<StoredSigningKey>(
      `select id, kid, public_jwk as "publicJwk", sealed_private_key as "sealedPrivateKey",
              created_at as "createdAt", activated_at as "activatedAt", deactivated_at as "deactivatedAt"
         from ${name}.signing_keys
        where retired_at is null
        order by created_at, id
        limit 100`,
    ),
  }
}

/** Lists what is published, the oldest first. */
export function listPublishedKeys(store: KeyStore): Promise<StoredSigningKey[]> {
  return store.prepared(signingKeyStatements).listPublished(store.db, [])
}

/** Makes and stores the first key unless there is an active one; whoever loses a race adopts the winner's. */
export async function createFirstKey(store: KeyStore, keys: KeyRing, now: Date): Promise<void> {
  const { id, jwk, sealed } = await newKeyPair(keys)
  const event = {
    at: now,
    event: 'signing_key.created',
    outcome: 'ok',
    actor: { kind: 'system' },
    object: id,
    fields: { kid: jwk.kid },
  } as const
  await store
    .prepared(signingKeyStatements)
    .insertFirst(store.db, [id, jwk.kid, JSON.stringify(jwk), sealed, now, ...eventValues(event)])
}

/** Makes a key pair in memory, its private half sealed for the row it will have. */
export async function newKeyPair(keys: KeyRing): Promise<{ id: string; jwk: PublicJwk; sealed: Buffer }> {
  const id = randomId()
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = await publicJwk(publicKey)
  return { id, jwk, sealed: keys.seal(privateKey.export({ format: 'der', type: 'pkcs8' }), placeOf(id)) }
}

/** Opens the private half; faults if the key ring cannot, or if the halves do not belong together. */
export function openSigningKey(stored: StoredSigningKey, keys: KeyRing): SigningKey {
  const privateKey = createPrivateKey({
    key: keys.open(stored.sealedPrivateKey, placeOf(stored.id)),
    format: 'der',
    type: 'pkcs8',
  })
  const { x, y } = createPublicKey(privateKey).export({ format: 'jwk' })
  if (x !== stored.publicJwk.x || y !== stored.publicJwk.y)
    throw new Fault('a signing key does not belong to its public key')
  return {
    ...verificationKey(stored),
    privateKey,
    headers: { 'at+jwt': encodeHeader('at+jwt', stored.kid), JWT: encodeHeader('JWT', stored.kid) },
  }
}

/** Reads the public half. */
export function verificationKey(stored: StoredSigningKey): VerificationKey {
  const { kty, crv, x, y } = stored.publicJwk
  return {
    kid: stored.kid,
    publicKey: createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' }),
  }
}

async function publicJwk(key: KeyObject): Promise<PublicJwk> {
  const { x, y }: JsonWebKey = key.export({ format: 'jwk' })
  if (x === undefined || y === undefined) throw new Fault('a new signing key has no coordinates')
  const kid = await calculateJwkThumbprint({ kty: 'EC', crv: 'P-256', x, y }, 'sha256')
  return { kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' }
}

function placeOf(id: string): { table: string; column: string; row: string } {
  return { table: 'signing_keys', column: 'sealed_private_key', row: id }
}
