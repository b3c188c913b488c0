/** The delays after failed attempts. */
import { describe, expect, it } from 'vitest'

import { lockoutDelays } from './lockout.js'

describe('lockout', () => {
  const delays = lockoutDelays({ freeAttempts: 10, firstDelaySeconds: 30, longestDelaySeconds: 3600, maxAttempts: 100 })

  it('doubles from the last free attempt on, up to the longest delay, and ends at a day', () => {
    expect(delays.slice(0, 9)).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600])
    expect(delays).toHaveLength(91)
    expect(delays.at(-1)).toBe(86_400)
  })

  it('lets fewer than a hundred guesses pass in the first day', () => {
    let passed = 10
    let seconds = 0
    for (const delay of delays) {
      seconds += delay
      if (seconds > 86_400) break
      passed += 1
    }
    expect(passed).toBeLessThanOrEqual(100)
    expect(passed).toBe(39)
  })
})
