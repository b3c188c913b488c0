/**
 * Every event sigra can write to its audit table, with the reasons of its refusals.
 *
 * (1) An event is written in the transaction of the decision it tells of, refusals too.
 * (2) It carries ids and the harmless fields named here; an address that was tried is never among them.
 */
import type { OutboundReason } from '#base/outbound.js'
import type { FormReason } from '#base/request.js'

import type { EmailAddressReason } from '../../rules/email-address.js'
import type { PasswordReason } from '../../rules/password-policy.js'

/** Event to the reasons of its refusals; `never` where the event is always a success. */
export interface EventReasons {
  'user.registered': never
  'user.created': never
  'registration.refused': 'taken' | 'throttled' | 'busy' | `email_${EmailAddressReason}` | `password_${PasswordReason}`
  'confirmation.requested': never
  'confirmation.refused':
    | 'missing'
    | 'wrong_code'
    | 'unknown'
    | 'expired'
    | 'spent'
    | 'superseded'
    | 'too_many_attempts'
    | 'already_confirmed'
    | 'disabled'
    | 'throttled'
    | 'busy'
    | `email_${EmailAddressReason}`
    | `password_${PasswordReason}`
  'email.confirmed': never
  'unlock.requested': never
  'unlock.refused':
    | 'throttled'
    | 'unknown'
    | 'expired'
    | 'spent'
    | 'superseded'
    | 'disabled'
    | 'unconfirmed'
    | `email_${EmailAddressReason}`
  'unlock.completed': never
  'log_in.completed': never
  'log_in.refused': 'unknown_email' | 'wrong_password' | 'throttled' | 'unconfirmed' | 'disabled' | 'busy' | 'malformed'
  'log_in.slowed_down': never
  'password.upgraded': never
  'password.breach_check_failed': OutboundReason
  'session.ended': never
  'session.others_ended': never
  'request.refused': 'cross_origin' | 'unauthenticated' | 'unknown_field' | FormReason
}

/** The name of an event. */
export type SigraEvent = keyof EventReasons

/** Harmless facts an event may carry. */
export interface EventFields {
  /** How the person proved who they are. */
  readonly method?: string
  readonly path?: string
  readonly count?: number
  readonly endReason?: string
}

interface EventContext {
  readonly actor?: { readonly kind: 'user' | 'anonymous' | 'system' | 'operator'; readonly id?: string }
  /** The user it was done to. */
  readonly subjectId?: string | null
  /** The record it was done with, such as a session's public id. */
  readonly objectId?: string | null
  readonly requestId?: string | null
  readonly fields?: EventFields
}

/** One event with the reason its kind demands. */
export type SigraDecision = {
  [Event in SigraEvent]: EventContext & { readonly event: Event } & ([EventReasons[Event]] extends [never]
      ? { readonly reason?: undefined }
      : { readonly reason: EventReasons[Event] })
}[SigraEvent]
