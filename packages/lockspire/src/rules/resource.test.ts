/** Resource indicators as they may and may not be written. */
import { describe, expect, test } from 'vitest'

import { isResourceIdentifier } from './resource.js'

describe('resource identifiers (RFC 8707 §2)', () => {
  test.each(['https://api.example', 'https://api.example/v1?tenant=a', 'urn:example:api', 'http://localhost:3000'])(
    'accepts %j',
    (text) => {
      expect(isResourceIdentifier(text)).toBe(true)
    },
  )

  test.each([
    '',
    '/api',
    'api.example',
    'https://api.example#part',
    'https://api.example/a b',
    'https://api.example\\x',
    'HTTPS://api.example',
    `https://a.example/${'x'.repeat(600)}`,
  ])('refuses %j', (text) => {
    expect(isResourceIdentifier(text)).toBe(false)
  })
})
