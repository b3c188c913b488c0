/** The response modes that exist here. */
import { describe, expect, test } from 'vitest'

import { parseResponseMode } from './response-mode.js'

describe('response_mode', () => {
  test.each([
    [undefined, 'query'],
    ['query', 'query'],
    ['form_post', 'form_post'],
  ])('reads %j', (text, expected) => {
    expect(parseResponseMode(text)).toEqual({ ok: true, value: expected })
  })

  test.each(['fragment', 'jwt', 'query.jwt', 'form_post.jwt', 'Query', 'query ', 'constructor'])(
    'refuses %j',
    (text) => {
      expect(parseResponseMode(text).ok).toBe(false)
    },
  )
})
