/** Names of schemas that may stand in SQL text. */
import { describe, expect, it } from 'vitest'

import { quoteSchema } from './statement.js'

describe('schema name', () => {
  it.each(['sigra', '_x', 'a', `a${'0'.repeat(40)}`, 'with_under_scores_9'])('quotes %s', (name) => {
    expect(quoteSchema(name)).toBe(`"${name}"`)
  })

  it.each(['', '9a', 'Upper', 'a-b', 'a b', 'a"b', 'a.b', 'ä', 'a\n', `a${'0'.repeat(41)}`, 'a;drop'])(
    'refuses %j',
    (name) => {
      expect(() => quoteSchema(name)).toThrow(/must be 1 to 41/)
    },
  )
})
