/** sigra's public surface. */
export { createDatabase, type Database, type DatabaseOptions } from '#base/database.js'
export { ConfigurationError, Fault } from '#base/fault.js'
export { jsonLogger, silentLogger, type LogFields, type Logger } from '#base/log.js'
export type { Clock } from '#base/clock.js'
export type { Result } from '#base/result.js'
export type { Brand } from '#base/page/brand.js'
export { createSigra, type Sigra } from './sigra.js'
export type { SigraOptions } from './options.js'
export type { EmailConfirmationOptions } from './flows/email-confirmation/options.js'
export type { BreachCheckOptions, LogInOptions, PasswordOptions } from './flows/password-log-in/options.js'
export type { RegistrationOptions } from './flows/registration/options.js'
export type { SessionOptions } from './flows/sessions/options.js'
export type { UnlockOptions } from './flows/unlock/options.js'
export type { AttemptLimit } from './rules/attempt-limit.js'
export type { LockoutPolicy } from './rules/lockout.js'
export { ratePassword } from './rules/password-strength.js'
export type { PasswordStrength, StrengthSuggestion } from './rules/strength-points.js'
export type { SessionLimits } from './rules/session-lifetime.js'
export type { Authentication, CurrentScope, SigraAssigns, SigraEnv } from './current-scope.js'
export type { UserEnv } from './guards.js'
export type { Session } from './records/sessions/session.js'
export type { User } from './records/users/user.js'
export type { CreateUserReason, NewUser, Users } from './users.js'
export type { SigraEvent } from './records/audit/events.js'
export type { Pruned } from './prune.js'
export {
  consoleMailer,
  smtpMailer,
  type KeptMail,
  type Mailbox,
  type Mailer,
  type MailTransport,
  type OutgoingMail,
} from './mail/mailer.js'
export { developmentMailbox } from './mailbox/mailbox.js'
