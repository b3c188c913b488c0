/**
 * One-time secrets: what was mailed to prove that somebody reads an address's mail, as a link, a code, or both.
 *
 * A secret is "live" if it is neither spent, superseded nor expired. Its code dies earlier than its link: by time, or by wrong tries.
 * A "decoy" is a row without a secret; it makes an address that has nothing to confirm answer like one that has.
 *
 * (1) The table holds SHA-256 of the link's secret and an HMAC of the code that is bound to this row.
 * (2) At most one secret of a purpose is live for a user; asking again supersedes.
 * (3) A secret is spent at most once, whatever races.
 * (4) A code belongs to the browser that asked: it is looked up by that browser's cookie, never by itself.
 * (5) Wrong codes are counted before they are compared, in the row, so that parallel guesses count one each.
 * (6) A decoy lives, counts and is superseded like a real row, and no code matches it. It keeps the chosen password, because
 *     whether one is still to be chosen shows.
 *
 * state   becomes      by
 * live    spent        spendSecret
 * live    superseded   issueSecret for the same address
 * live    expired      time
 */
import { secondsAfter } from '#base/clock.js'
import { parseLocalPath, type LocalPath } from '#base/local-path.js'
import { equalBytes, hashSecret, hmac, randomDigits, randomId, randomSecret, type Secret } from '#base/secrets.js'

import { secretPrefixes } from '../../cookies.js'
import type { EmailAddress } from '../../rules/email-address.js'
import type { OneTimeSecretsTable } from '../../schema.js'
import type { Server, SigraDb, SigraTx } from '../../server.js'

/** What a secret is for; one is never taken in another's place. */
export type SecretPurpose = 'confirm_email' | 'unlock'

/** A stored secret. */
export interface OneTimeSecret {
  readonly id: string
  /** Null for a decoy of an address nobody has. */
  readonly userId: string | null
  readonly sentTo: string
  readonly emailKey: string
  readonly isDecoy: boolean
  /** The password chosen when it was asked for, to be set when it is redeemed by the same browser. */
  readonly passwordHash: string | null
  readonly returnTo: LocalPath | null
  readonly browserHash: Buffer
  readonly codeHmac: Buffer | null
  readonly codeExpiresAt: Date
  readonly attempts: number
  readonly expiresAt: Date
  readonly spentAt: Date | null
  readonly supersededAt: Date | null
}

/** Where a secret stands. */
export type SecretState = 'live' | 'spent' | 'superseded' | 'expired'

/** The state of a secret; spent wins over superseded, and both over time. */
export function stateOf(secret: Pick<OneTimeSecret, 'spentAt' | 'supersededAt' | 'expiresAt'>, now: Date): SecretState {
  if (secret.spentAt !== null) return 'spent'
  if (secret.supersededAt !== null) return 'superseded'
  return now < secret.expiresAt ? 'live' : 'expired'
}

/** What a secret is issued for. */
export interface NewSecret {
  readonly purpose: SecretPurpose
  readonly email: EmailAddress
  /** The owner of the address; null or a decoy's owner get no secret. */
  readonly userId: string | null
  readonly isDecoy: boolean
  readonly passwordHash: string | null
  readonly returnTo: LocalPath | null
  readonly now: Date
}

/** A secret in plaintext, on its way into a mail and a cookie. */
export interface IssuedSecret {
  readonly link: Secret
  readonly code: string
  /** For the cookie of the browser that asked. */
  readonly browser: Secret
}

interface Terms {
  readonly linkPrefix: string
  readonly browserPrefix: string
  readonly hasLink: boolean
  readonly hasCode: boolean
  readonly linkLifetimeSeconds: number
  readonly codeLifetimeSeconds: number
}

const purposes = {
  confirm_email: ({ config: { emailConfirmation } }) => ({
    linkPrefix: secretPrefixes.link,
    browserPrefix: secretPrefixes.pending,
    hasLink: emailConfirmation.by !== 'code',
    hasCode: emailConfirmation.by !== 'link',
    linkLifetimeSeconds: emailConfirmation.linkLifetimeSeconds,
    codeLifetimeSeconds: emailConfirmation.codeLifetimeSeconds,
  }),
  unlock: ({ config: { unlock } }) => ({
    linkPrefix: secretPrefixes.unlockLink,
    browserPrefix: secretPrefixes.unlockAsked,
    hasLink: true,
    hasCode: false,
    linkLifetimeSeconds: unlock.linkLifetimeSeconds,
    codeLifetimeSeconds: unlock.linkLifetimeSeconds,
  }),
} as const satisfies Record<SecretPurpose, (server: Server) => Terms>

/** Issues a secret and supersedes the address's earlier ones; the caller holds the user's lock where there is a user. */
export async function issueSecret(server: Server, tx: SigraTx, asked: NewSecret): Promise<IssuedSecret> {
  const terms = purposes[asked.purpose](server)
  const id = randomId()
  const issued = {
    link: randomSecret(terms.linkPrefix),
    code: randomDigits(6),
    browser: randomSecret(terms.browserPrefix),
  }
  await tx
    .updateTable('one_time_secrets')
    .set({ superseded_at: asked.now })
    .where('email_key', '=', asked.email.key)
    .where('purpose', '=', asked.purpose)
    .where('spent_at', 'is', null)
    .where('superseded_at', 'is', null)
    .execute()
  await tx
    .insertInto('one_time_secrets')
    .values({
      id,
      purpose: asked.purpose,
      user_id: asked.userId,
      sent_to: asked.email.text,
      email_key: asked.email.key,
      is_decoy: asked.isDecoy,
      link_hash: asked.isDecoy || !terms.hasLink ? null : hashSecret(issued.link.reveal()),
      code_hmac: asked.isDecoy || !terms.hasCode ? null : codeHmac(server, id, issued.code),
      browser_hash: hashSecret(issued.browser.reveal()),
      password_hash: asked.passwordHash,
      return_to: asked.returnTo,
      created_at: asked.now,
      attempts: 0,
      code_expires_at: secondsAfter(asked.now, terms.codeLifetimeSeconds),
      expires_at: secondsAfter(asked.now, terms.linkLifetimeSeconds),
      spent_at: null,
      superseded_at: null,
    })
    .execute()
  return issued
}

/** Finds what this browser asked to confirm. */
export async function findSecretOfBrowser(db: SigraDb, browserSecret: string): Promise<OneTimeSecret | null> {
  const row = await db
    .selectFrom('one_time_secrets')
    .selectAll()
    .where('browser_hash', '=', hashSecret(browserSecret))
    .where('purpose', '=', 'confirm_email')
    .executeTakeFirst()
  return row ? secretOf(row) : null
}

/** Finds the secret of a mailed link; spends nothing. */
export async function findSecretOfLink(
  db: SigraDb,
  purpose: SecretPurpose,
  linkSecret: string,
): Promise<OneTimeSecret | null> {
  const row = await db
    .selectFrom('one_time_secrets')
    .selectAll()
    .where('link_hash', '=', hashSecret(linkSecret))
    .where('purpose', '=', purpose)
    .executeTakeFirst()
  return row ? secretOf(row) : null
}

/** Counts one try at a code before it is compared; null where the code is dead already. */
export async function countCodeTry(server: Server, tx: SigraTx, id: string): Promise<OneTimeSecret | null> {
  const now = server.clock.now()
  const row = await tx
    .updateTable('one_time_secrets')
    .set((expression) => ({ attempts: expression('attempts', '+', 1) }))
    .where('id', '=', id)
    .where('spent_at', 'is', null)
    .where('superseded_at', 'is', null)
    .where('code_expires_at', '>', now)
    .where('attempts', '<', server.config.emailConfirmation.codeAttempts)
    .returningAll()
    .executeTakeFirst()
  return row ? secretOf(row) : null
}

/** Says whether a code is the one of this row, in constant time; no code is a decoy's. */
export function isCodeOf(server: Server, secret: OneTimeSecret, code: string): boolean {
  const computed = codeHmac(server, secret.id, code)
  return secret.codeHmac !== null && equalBytes(computed, secret.codeHmac)
}

/** Spends a live secret; false where somebody else was first. */
export async function spendSecret(tx: SigraTx, id: string, now: Date): Promise<boolean> {
  const result = await tx
    .updateTable('one_time_secrets')
    // The chosen password has done its duty; what is not kept cannot leak.
    .set({ spent_at: now, password_hash: null })
    .where('id', '=', id)
    .where('spent_at', 'is', null)
    .where('superseded_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

function codeHmac(server: Server, id: string, code: string): Buffer {
  return hmac(server.keys.hmacKey('one-time-code'), id, code)
}

function secretOf(row: OneTimeSecretsTable): OneTimeSecret {
  return {
    id: row.id,
    userId: row.user_id,
    sentTo: row.sent_to,
    emailKey: row.email_key,
    isDecoy: row.is_decoy,
    passwordHash: row.password_hash,
    // Proven again at use: what a table holds may be older than the rule.
    returnTo: parseLocalPath(row.return_to),
    browserHash: row.browser_hash,
    codeHmac: row.code_hmac,
    codeExpiresAt: row.code_expires_at,
    attempts: row.attempts,
    expiresAt: row.expires_at,
    spentAt: row.spent_at,
    supersededAt: row.superseded_at,
  }
}
