/** Answers that may be a refusal: an expected no is a value, never an exception. */

/** A value, or the machine name of the reason why there is none. */
export type Result<Value, Reason extends string> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: Reason }

/** Wraps a value as a success. */
export function ok<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value }
}

/** Wraps a reason as a refusal. */
export function refuse<Reason extends string>(reason: Reason): { readonly ok: false; readonly reason: Reason } {
  return { ok: false, reason }
}

/** Fails to compile where a union has a case that was not decided, and faults if one arrives all the same. */
export function exhaustive(value: never): never {
  throw new TypeError(`a case that was not decided arrived: ${typeof value}`)
}
