/** What sigra refuses to compile for its hosts. Nothing here runs; each line says what it protects. */
import { Hono } from 'hono'
import type { CreateUserReason, CurrentScope, Sigra, SigraAssigns, SigraOptions } from 'sigra'

/** Nobody may be logged in; a page that forgets it fails for every stranger. */
export const scopeMayBeNull = (assigns: SigraAssigns): string =>
  // @ts-expect-error: currentScope may be null
  assigns.currentScope.user.email

/** Changing the scope in a handler would let later code act as somebody else. */
export const scopeIsFixed = (scope: CurrentScope, other: CurrentScope): void => {
  // @ts-expect-error: read only
  scope.user = other.user
}

/** Behind the guard there is always somebody; asking again would hide a missing guard. */
export const guardedRoutesHaveAUser = (sigra: Sigra): Hono =>
  new Hono().get('/', sigra.requireUser(), (c) => c.text(c.var.currentScope.user.email)) as Hono

/** A misspelt option would silently leave its default in force. */
export const optionsAreAList: Partial<SigraOptions> = {
  // @ts-expect-error: it is called baseUrl
  baseURL: 'https://notes.example',
}

/** Without an address the links in mails would come from a request's Host header. */
export const addressIsRequired = (options: Omit<SigraOptions, 'baseUrl'>): SigraOptions =>
  // @ts-expect-error: baseUrl is missing
  options

/** True says neither whom to ask nor how long to wait; an empty object takes the defaults. */
export const breachCheckHasKnobs: Partial<SigraOptions> = {
  // @ts-expect-error: false or an object
  password: { breachCheck: true },
}

/** Reasons are words a host can switch on, not any text. */
export const reasonsAreWords = (): CreateUserReason =>
  // @ts-expect-error: not a reason
  'email already taken'
