/** Who may send a form. */
import { describe, expect, test } from 'vitest'

import { isSameOrigin } from './same-origin.js'

const baseUrl = new URL('https://notes.example')

describe('same origin', () => {
  test.each([
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ origin: 'https://notes.example' }, true],
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://notes.example' }, false],
    [{ 'sec-fetch-site': 'same-site' }, false],
    [{ 'sec-fetch-site': 'none' }, false],
    [{ origin: 'null' }, false],
    [{ origin: 'https://notes.example.evil' }, false],
    [{}, false],
  ])('reads %j', (headers, expected) => {
    expect(isSameOrigin(new Request('https://notes.example/notes', { method: 'POST', headers }), baseUrl)).toBe(
      expected,
    )
  })
})
