/** The one source of the time, so that tests can move it. */

/** Tells the time; every record and limit asks this and nothing else. */
export interface Clock {
  now(): Date
}

/** The clock of the machine. */
export const systemClock: Clock = { now: () => new Date() }

/** A clock that stands still until it is moved. */
export interface MovableClock extends Clock {
  /** Moves the clock forward. */
  advance(seconds: number): void
}

/** Makes a clock that tests move by hand. */
export function movableClock(start: Date): MovableClock {
  let at = start.getTime()
  return {
    now: () => new Date(at),
    advance(seconds) {
      at += seconds * 1000
    },
  }
}

/** The moment `seconds` after `from`. */
export function secondsAfter(from: Date, seconds: number): Date {
  return new Date(from.getTime() + seconds * 1000)
}

/** Whichever moment comes first. */
export function earlier(one: Date, other: Date): Date {
  return one < other ? one : other
}
