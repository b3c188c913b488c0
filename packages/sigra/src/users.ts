/** What the host may ask about users: find them, and create them without a form. */
import { transaction } from '#base/database.js'
import { ok, refuse, type Result } from '#base/result.js'

import { recordDecision } from './records/audit/record-decision.js'
import { hashNewPassword } from './records/passwords/hash-new-password.js'
import { passwordContext } from './records/passwords/password-context.js'
import { setPassword } from './records/passwords/password.js'
import { findUser, findUserByEmail, insertUser, type User } from './records/users/user.js'
import { parseEmailAddress, type EmailAddressReason } from './rules/email-address.js'
import { decidePassword, type PasswordReason } from './rules/password-policy.js'
import type { Server } from './server.js'

/** A user to create. */
export interface NewUser {
  readonly email: string
  readonly password: string
  /** True when the host knows that the address is the person's; the person is not asked to confirm it then. */
  readonly confirmed?: boolean
  /** False leaves out the check against breaches that `password.breachCheck` asks for, as for an import of many. */
  readonly breachCheck?: false
}

/** Why a user was not created. */
export type CreateUserReason = 'taken' | 'busy' | `email_${EmailAddressReason}` | `password_${PasswordReason}`

/** The host's way to users. */
export interface Users {
  /** The user behind an id, which is what `sub` carries; null for ids nobody has and for disabled users. */
  find(id: string): Promise<User | null>
  /** The user behind an address, in any of its spellings; null as above. */
  findByEmail(email: string): Promise<User | null>
  /** Creates a user by the same rules as registration, without mail. Refuses: taken, busy, email_…, password_…. */
  create(user: NewUser): Promise<Result<User, CreateUserReason>>
}

/** Makes the host's way to users. */
export function usersOf(server: Server): Users {
  return {
    find: (id) => findUser(server, id),
    async findByEmail(text) {
      const email = parseEmailAddress(text)
      return email.ok ? findUserByEmail(server.db, email.value) : null
    },
    create: (user) => createUser(server, user),
  }
}

async function createUser(server: Server, asked: NewUser): Promise<Result<User, CreateUserReason>> {
  const email = parseEmailAddress(asked.email)
  if (!email.ok) return refuse(`email_${email.reason}`)
  const password = decidePassword(asked.password, server.config.password, passwordContext(server.config, email.value))
  if (!password.ok) return refuse(`password_${password.reason}`)
  const hash = await hashNewPassword(server, password.value, {
    requestId: null,
    breachCheck: asked.breachCheck ?? true,
  })
  if (!hash.ok) return refuse(hash.reason === 'busy' ? 'busy' : 'password_breached')
  const now = server.clock.now()
  return transaction(server.db, async (tx) => {
    const { user, isNew } = await insertUser(tx, {
      email: email.value,
      confirmedAt: asked.confirmed === true ? now : null,
      now,
    })
    if (!isNew) return refuse('taken')
    await setPassword(tx, user.id, hash.value, now)
    await recordDecision(server, tx, { event: 'user.created', actor: { kind: 'operator' }, subjectId: user.id })
    return ok(user)
  })
}
