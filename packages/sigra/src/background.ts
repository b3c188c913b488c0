/** Work that an answer need not wait for, and that closing must. */
import type { Logger } from '#base/log.js'

/** Runs work beside requests. */
export interface Background {
  /** Starts work; a failure is logged and harms nobody. */
  run(event: string, work: () => Promise<unknown>): void
  /** Waits for everything that was started. */
  settle(): Promise<void>
}

/** Makes a background whose failures go to the log. */
export function background(log: Logger): Background {
  const running = new Set<Promise<void>>()
  return {
    run(event, work) {
      const task: Promise<void> = work().then(
        () => {},
        (error: unknown) => log.error({ event, error }, 'work in the background failed'),
      )
      running.add(task)
      void task.finally(() => running.delete(task))
    },
    async settle() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
