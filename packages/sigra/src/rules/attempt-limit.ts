/** A number of attempts in a window of time. */

/** So many attempts in so many seconds, counted from the first of them. */
export interface AttemptLimit {
  readonly attempts: number
  readonly windowSeconds: number
}
