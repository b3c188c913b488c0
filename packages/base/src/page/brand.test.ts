/** Whatever colour a host chooses, people can read the pages; where it cannot be mended, the start is refused. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contrastRatio } from '../contrast.js'
import { brandColors, contrastProblem } from './brand.js'
import { tones } from './colors.js'

describe('contrast', () => {
  it.each([
    ['#000000', '#ffffff', 21],
    ['#ffffff', '#000000', 21],
    ['#777777', '#777777', 1],
    ['#767676', '#ffffff', 4.54],
    ['#777777', '#ffffff', 4.48],
    ['#0000ff', '#ffffff', 8.59],
    ['#ff0000', '#FFFFFF', 4],
  ])('of %s on %s is %d', (a, b, ratio) => {
    expect(contrastRatio(a, b)).toBeCloseTo(ratio, 2)
  })
})

describe('brand', () => {
  it.each([
    [{ name: 'A' }],
    [{ name: 'A', color: '#1f5fbf' }],
    [{ name: 'A', color: '#c6f24e' }],
    [{ name: 'A', color: '#000000', onColor: '#ffffff' }],
    [{ name: 'A', color: '#FFFFFF', onColor: '#767676' }],
  ])('%j is accepted', (brand) => {
    expect(contrastProblem(brand)).toBeNull()
  })

  it.each([
    [{ name: 'A', color: '#1f5fbf', onColor: '#1f5fbe' }, '1.0'],
    [{ name: 'A', color: '#ffffff', onColor: '#777777' }, '4.48 to 1'],
    [{ name: 'A', color: '#c6f24e', onColor: '#ffffff' }, '#000000'],
    [{ name: 'A', color: 'blue' }, 'brand.color'],
    [{ name: 'A', color: '#12345' }, '#rrggbb'],
    [{ name: 'A', color: '#fff;}body{display:none' }, '#rrggbb'],
    [{ name: 'A', onColor: 'white' }, 'brand.onColor'],
  ])('%j is refused with the fix', (brand, words) => {
    expect(contrastProblem(brand)).toContain(words)
  })

  it('keeps the colour as it is where it can be seen', () => {
    expect(brandColors({ name: 'A', color: '#1f5fbf' }).light).toMatchObject({
      fill: '#1f5fbf',
      onFill: '#ffffff',
      edge: '#1f5fbf',
      text: '#1f5fbf',
    })
    expect(brandColors({ name: 'A', color: '#c6f24e' }).light).toMatchObject({ fill: '#c6f24e', onFill: '#000000' })
  })

  it('is readable in every colour, on light and dark pages, at rest and under the pointer', () => {
    const channel = fc.integer({ min: 0, max: 255 }).map((value) => value.toString(16).padStart(2, '0'))
    const color = fc.tuple(channel, channel, channel).map((channels) => `#${channels.join('')}`)
    const grey = channel.map((value) => `#${value}${value}${value}`)
    fc.assert(
      fc.property(fc.oneof(color, grey), (chosen) => {
        const { light, dark } = brandColors({ name: 'A', color: chosen })
        for (const tone of [light, dark]) {
          expect(contrastRatio(tone.onFill, tone.fill)).toBeGreaterThanOrEqual(4.5)
          expect(contrastRatio(tone.onFill, tone.hover)).toBeGreaterThanOrEqual(4.5)
        }
        for (const [index, tone] of [light, dark].entries()) {
          for (const ground of ['--surface', '--raised'] as const) {
            const page = tones[ground][index] ?? ''
            expect(contrastRatio(tone.text, page)).toBeGreaterThanOrEqual(4.5)
            expect(contrastRatio(tone.edge, page)).toBeGreaterThanOrEqual(3)
          }
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('tones', () => {
  const grounds = ['--surface', '--raised', '--sunken'] as const
  it.each([0, 1] as const)('are readable on each other (scheme %d)', (scheme) => {
    for (const ground of grounds) {
      expect(contrastRatio(tones['--text'][scheme], tones[ground][scheme])).toBeGreaterThanOrEqual(7)
      expect(contrastRatio(tones['--muted'][scheme], tones[ground][scheme])).toBeGreaterThanOrEqual(4.5)
    }
    for (const kind of ['--danger', '--ok', '--warn'] as const) {
      for (const ground of ['--surface', '--raised', `${kind}-soft`] as const) {
        expect(
          contrastRatio(tones[kind][scheme], tones[ground][scheme]),
          `${kind} on ${ground}`,
        ).toBeGreaterThanOrEqual(4.5)
      }
      expect(contrastRatio(tones['--text'][scheme], tones[`${kind}-soft`][scheme])).toBeGreaterThanOrEqual(7)
    }
    expect(contrastRatio('#ffffff', tones['--danger-fill'][scheme])).toBeGreaterThanOrEqual(4.5)
    expect(contrastRatio('#ffffff', tones['--danger-hover'][scheme])).toBeGreaterThanOrEqual(4.5)
    expect(contrastRatio(tones['--edge'][scheme], tones['--raised'][scheme])).toBeGreaterThanOrEqual(3)
  })
})
