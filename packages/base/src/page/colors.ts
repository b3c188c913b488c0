/** The colours of pages, each with its light and its dark value. */
import { brandColors, type Brand } from './brand.js'

type Tone = readonly [light: string, dark: string]

/** The tones that do not depend on the brand. */
export const tones = {
  '--surface': ['#f6f7f9', '#0f1216'],
  '--raised': ['#ffffff', '#1a1e24'],
  '--sunken': ['#eff1f4', '#242a32'],
  '--text': ['#14181f', '#e9ecf0'],
  '--muted': ['#545c68', '#a3acb9'],
  '--line': ['#dce0e6', '#303741'],
  '--edge': ['#868e9b', '#76808e'],
  '--danger': ['#b3261e', '#ff9a91'],
  '--danger-fill': ['#b3261e', '#c2362d'],
  '--danger-hover': ['#8f1d17', '#a32a22'],
  '--danger-soft': ['#fdeeed', '#3a1c1b'],
  '--ok': ['#176638', '#7ddb9e'],
  '--ok-soft': ['#e8f5ed', '#15301f'],
  '--warn': ['#774d00', '#f2c062'],
  '--warn-soft': ['#fdf3de', '#35280f'],
  '--shadow': ['rgb(16 24 40 / 8%)', 'rgb(0 0 0 / 40%)'],
} as const satisfies Record<`--${string}`, Tone>

/**
 * Declares every colour for both schemes. Browsers without `light-dark()` follow the system's setting by a media query;
 * the others also follow a `color-scheme` that the host sets.
 */
export function colorRules(brand: Brand): string {
  const { light, dark } = brandColors(brand)
  const all: readonly (readonly [string, string, string])[] = [
    ...Object.entries(tones).map(([name, [day, night]]) => [name, day, night] as const),
    ['--brand', light.fill, dark.fill],
    ['--on-brand', light.onFill, dark.onFill],
    ['--brand-edge', light.edge, dark.edge],
    ['--brand-hover', light.hover, dark.hover],
    ['--brand-text', light.text, dark.text],
  ]
  const declare = (value: (entry: readonly [string, string, string]) => string) =>
    `:root{${all.map((entry) => `${entry[0]}:${value(entry)}`).join(';')}}`
  return [
    declare(([, day]) => day),
    `@media (prefers-color-scheme:dark){${declare(([, , night]) => night)}}`,
    `@supports (color:light-dark(#000,#fff)){${declare(([, day, night]) => `light-dark(${day},${night})`)}}`,
  ].join('\n')
}
