/** What a process says about itself: processor time and memory. */

/** A reading; differences between two of them are what counts. */
export interface Usage {
  /** User and system time of the whole process with all its threads, in microseconds. */
  readonly cpuMicroseconds: number
  readonly rssBytes: number
  readonly heapBytes: number
}

/** Reads this process. */
export function readUsage(): Usage {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  return { cpuMicroseconds: user + system, rssBytes: rss, heapBytes: heapUsed }
}
