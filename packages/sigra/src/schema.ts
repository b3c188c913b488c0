/** The tables of sigra's schema as the query builder sees them; the migrations create exactly these. */
import type { AuditTables } from '#base/audit-log.js'
import type { JobsTables } from '#base/jobs.js'

/** One row of `users`. */
export interface UsersTable {
  id: string
  email: string
  email_key: string
  confirmed_at: Date | null
  disabled_at: Date | null
  created_at: Date
}

/** One row of `passwords`. */
export interface PasswordsTable {
  user_id: string
  hash: string
  set_at: Date
}

/** One row of `sessions`. */
export interface SessionsTable {
  id: string
  secret_hash: Buffer
  user_id: string
  methods: string[]
  level: string | null
  remembered: boolean
  authenticated_at: Date
  created_at: Date
  last_seen_at: Date
  idle_expires_at: Date
  expires_at: Date
  ended_at: Date | null
  end_reason: string | null
  user_agent: string | null
}

/** One row of `one_time_secrets`. */
export interface OneTimeSecretsTable {
  id: string
  purpose: string
  user_id: string | null
  sent_to: string
  email_key: string
  is_decoy: boolean
  link_hash: Buffer | null
  code_hmac: Buffer | null
  browser_hash: Buffer
  password_hash: string | null
  return_to: string | null
  attempts: number
  created_at: Date
  code_expires_at: Date
  expires_at: Date
  spent_at: Date | null
  superseded_at: Date | null
}

/** One row of `known_devices`. */
export interface KnownDevicesTable {
  user_id: string
  device_hash: Buffer
  first_seen_at: Date
  last_seen_at: Date
}

/** One row of `throttles`. */
export interface ThrottlesTable {
  key: Buffer
  hits: number
  blocked_until: Date
  expires_at: Date
}

/** Every table of sigra. */
export interface SigraTables extends JobsTables, AuditTables {
  users: UsersTable
  passwords: PasswordsTable
  sessions: SessionsTable
  one_time_secrets: OneTimeSecretsTable
  known_devices: KnownDevicesTable
  throttles: ThrottlesTable
}
