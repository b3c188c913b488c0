/** The strength script: what browsers count is what the rule counts, and it says so once typing stops. */
import { runInNewContext } from 'node:vm'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { countStrength } from './rules/strength-points.js'
import { strengthPointsText } from './rules/strength-points-text.js'
import { strengthScript } from './strength-script.js'

/** A page with one password field and a clock that stands still. */
function page(minLength: number) {
  const notes: { className?: string; textContent: string; role?: string }[] = []
  let type = (): void => {}
  let due: (() => void) | null = null
  const input = {
    value: '',
    dataset: { ratedFrom: String(minLength) },
    closest: () => ({ append: (note: (typeof notes)[number]) => notes.push(note) }),
    addEventListener: (_event: string, listener: () => void) => {
      type = listener
    },
  }
  const document = {
    querySelectorAll: () => [input],
    createElement: () => ({
      textContent: '',
      setAttribute(name: string, value: string) {
        Object.assign(this, { [name]: value })
      },
    }),
  }
  runInNewContext(strengthScript.body, {
    document,
    setTimeout: (work: () => void, wait: number) => {
      expect(wait).toBe(500)
      due = work
    },
    clearTimeout: () => (due = null),
  })
  return {
    notes,
    type(text: string) {
      input.value = text
      type()
    },
    pause: () => due?.(),
  }
}

describe('the strength script', () => {
  it('counts as the rule counts', () => {
    const pieces = fc.constantFrom('a', 'b', 'c', 'd', 'K', '7', '8', '-', 'ä', '7777', '4321', '🐎', '\ud800')
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 140 }).map((it) => it.join('')),
    )
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 64 }), fc.boolean(), (text, minLength, isCommon) => {
        const known = { minLength, isCommon }
        const counted: unknown = runInNewContext(`${strengthPointsText}\nJSON.stringify(countStrength(text, known))`, {
          text,
          known,
        })
        expect(counted).toBe(JSON.stringify(countStrength(text, known)))
      }),
      { numRuns: 300 },
    )
  })

  it('speaks when typing stops, not on every key, and falls silent with the field', () => {
    const { notes, type, pause } = page(15)
    expect(notes).toMatchObject([{ className: 'hint', role: 'status', textContent: '' }])
    type('abcd')
    expect(notes[0]?.textContent).toBe('')
    pause()
    expect(notes[0]?.textContent).toBe('Strength: weak. Leave out sequences such as 1234 or abcd. Make it longer.')
    type('correct horse battery')
    pause()
    expect(notes[0]?.textContent).toBe('Strength: strong.')
    type('')
    pause()
    expect(notes[0]?.textContent).toBe('')
  })

  it('is small, sends nothing, writes no markup and keeps no name for itself', () => {
    expect(strengthScript.body.length).toBeLessThan(4000)
    expect(strengthScript.body).not.toMatch(
      /fetch|XMLHttp|sendBeacon|WebSocket|innerHTML|outerHTML|insertAdjacent|eval|Function\(/,
    )
    expect(strengthScript.body.startsWith("'use strict'\n{")).toBe(true)
  })
})
