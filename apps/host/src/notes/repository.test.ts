/** What counts as a note's text and id. */
import { describe, expect, test } from 'vitest'

import { parseNoteId, parseNoteText } from './repository.js'

describe('notes', () => {
  test.each([
    ['  Milk\r\nLemons ', 'Milk\nLemons'],
    ['😀'.repeat(2000), '😀'.repeat(2000)],
    ['', null],
    [' \n ', null],
    ['a\0b', null],
    ['a\ud800b', null],
    ['x'.repeat(2001), null],
  ])('reads the text %j', (text, expected) => {
    expect(parseNoteText(text)).toBe(expected)
  })

  test.each(['', '1', "' or 1=1", '00000000-0000-0000-0000-00000000000g', '00000000-0000-0000-0000-000000000000\n'])(
    'refuses the id %j',
    (text) => {
      expect(parseNoteId(text)).toBeNull()
    },
  )
})
