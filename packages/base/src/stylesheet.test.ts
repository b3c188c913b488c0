/** The style sheet is small, whole, made for the brand, and asks nothing of anybody else. */
import { transform } from 'lightningcss'
import { describe, expect, it } from 'vitest'
import { enhanceScript } from './enhance.js'
import { peopleStylesheet } from './stylesheet.js'

describe('style sheet', () => {
  const sheet = peopleStylesheet({ name: 'Acme', color: '#c6f24e' })

  it('holds the brand in both schemes, with a way for browsers without light-dark()', () => {
    expect(sheet.css).toContain('--brand:#c6f24e')
    expect(sheet.css).toContain('@media (prefers-color-scheme:dark){:root{')
    expect(sheet.css).toContain('--brand:light-dark(#c6f24e,#c6f24e)')
    for (const name of [
      '--on-brand',
      '--surface',
      '--raised',
      '--text',
      '--muted',
      '--line',
      '--danger',
      '--ok',
      '--warn',
    ]) {
      expect(sheet.css).toContain(`${name}:light-dark(`)
    }
  })

  it('is named by its content', () => {
    expect(sheet.hash).toBe(peopleStylesheet({ name: 'Other', color: '#c6f24e' }).hash)
    expect(sheet.hash).not.toBe(peopleStylesheet({ name: 'Acme' }).hash)
    expect(sheet.body).toBe(sheet.css)
  })

  it('parses without a complaint', () => {
    const parsed = transform({
      filename: 'people.css',
      code: Buffer.from(sheet.css),
      minify: true,
      errorRecovery: true,
    })
    expect(parsed.warnings).toEqual([])
    expect(sheet.css.length).toBeLessThan(20_000)
  })

  it('loads nothing and uses only colours that it declares', () => {
    expect(sheet.css).not.toMatch(/url\(|@import|https?:/)
    const used = new Set(sheet.css.match(/var\((--[a-z-]+)/g)?.map((use) => use.slice(4)))
    for (const name of used) expect(sheet.css).toContain(`${name}:`)
  })

  it('mirrors itself for right-to-left pages', () => {
    const sided = /(?:margin|padding|border)-(?:left|right)|[;{](?:left|right):|text-align:(?:left|right)/
    expect(sheet.css.replaceAll('safe-area-inset-left', '')).not.toMatch(sided)
  })

  it('answers to reduced motion, forced colours and the keyboard', () => {
    for (const rule of [
      'prefers-reduced-motion:reduce',
      'forced-colors:active',
      ':focus-visible',
      'outline-offset:2px',
    ]) {
      expect(sheet.css).toContain(rule)
    }
  })
})

describe('script', () => {
  it('is valid, and writes no markup and evaluates no text', () => {
    // oxlint-disable-next-line typescript/no-implied-eval, no-new-func -- compiles the text without running it
    expect(() => new Function(enhanceScript.body)).not.toThrow()
    expect(enhanceScript.body).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function\(/)
    expect(enhanceScript.body.length).toBeLessThan(2000)
  })
})
