/** How the host looks to people: its brand, and the variants of its colour that stay readable on light and dark pages. */
import { black, luminance, mix, parseHex, ratio, readableOn, toHex, white, type Rgb } from '../contrast.js'

/** The product's name, its colour as `#rrggbb`, its logo at a path of this origin. */
export interface Brand {
  readonly name: string
  /** Background of primary buttons and colour of links on light pages; a calm blue unless told. */
  readonly color?: string
  /** Text on `color`; black or white, whichever reads better, unless told. */
  readonly onColor?: string
  readonly logoPath?: string
}

/** Every colour a page derives from the brand. */
export interface BrandColors {
  readonly light: BrandTone
  readonly dark: BrandTone
}

/** A button's background, the text on it, its background under the pointer, its edge, and the colour of links. */
export interface BrandTone {
  readonly fill: string
  readonly onFill: string
  readonly hover: string
  readonly edge: string
  readonly text: string
}

/** Least contrast of text against what is behind it (WCAG 2.2 §1.4.3). */
const leastContrast = 4.5
/** Least contrast of a control against the page (WCAG 2.2 §1.4.11). */
const leastEdgeContrast = 3

const defaultColor = '#1f5fbf'
const lightPage: Rgb = [246, 247, 249]
const darkCard: Rgb = [26, 30, 36]
const darkText: Rgb = [233, 236, 240]

/** Says what is wrong with the brand's colours and how to mend it; null where every text on them can be read. */
export function contrastProblem(brand: Brand): string | null {
  const color = parseHex(brand.color ?? defaultColor)
  if (color === null) return 'brand.color must be written as #rrggbb'
  if (brand.onColor === undefined) return null
  const onColor = parseHex(brand.onColor)
  if (onColor === null) return 'brand.onColor must be written as #rrggbb'
  const reached = ratio(color, onColor)
  if (reached >= leastContrast) return null
  const better = toHex(readableOn(color))
  return `text in brand.onColor on brand.color has a contrast of ${reached.toFixed(2)} to 1, and ${leastContrast} is the least that people can read; leave brand.onColor out (${better} is then used) or choose another colour`
}

/** Derives the colours of light and dark pages; an unreadable pair was refused at the start, by `contrastProblem`. */
export function brandColors(brand: Brand): BrandColors {
  const color = parseHex(brand.color ?? defaultColor) ?? black
  const onColor = parseHex(brand.onColor ?? '') ?? readableOn(color)
  return { light: lightTone(color, onColor), dark: darkTone(color, onColor) }
}

/** Light pages show the colour as it is; where it would melt into the page, a darker edge holds it. */
function lightTone(color: Rgb, onColor: Rgb): BrandTone {
  const edge = moveUntil(color, black, lightPage, leastEdgeContrast)
  return toneOf({ fill: color, onFill: onColor, edge, text: moveUntil(color, black, lightPage, leastContrast) })
}

/** Dark pages lighten a colour that is too dark to be seen; a grey or black one turns into its opposite instead of into mud. */
function darkTone(color: Rgb, onColor: Rgb): BrandTone {
  const isVisible = ratio(color, darkCard) >= leastEdgeContrast
  if (!isVisible && Math.max(...color) - Math.min(...color) < 24) {
    return toneOf({ fill: darkText, onFill: darkCard, edge: darkText, text: darkText })
  }
  const fill = moveUntil(color, white, darkCard, leastEdgeContrast)
  const text = moveUntil(color, white, darkCard, leastContrast)
  return toneOf({ fill, onFill: isVisible ? onColor : readableOn(fill), edge: fill, text })
}

function toneOf(tone: { readonly fill: Rgb; readonly onFill: Rgb; readonly edge: Rgb; readonly text: Rgb }): BrandTone {
  // Under the pointer the button moves away from its text, so that its contrast can only grow.
  const hover = mix(tone.fill, luminance(tone.onFill) > 0.5 ? black : white, 0.14)
  return {
    fill: toHex(tone.fill),
    onFill: toHex(tone.onFill),
    hover: toHex(hover),
    edge: toHex(tone.edge),
    text: toHex(tone.text),
  }
}

/** Moves a colour towards black or white just far enough to stand out from `page`. */
function moveUntil(color: Rgb, away: Rgb, page: Rgb, contrast: number): Rgb {
  for (let step = 0; step < 50; step += 1) {
    const candidate = mix(color, away, step / 50)
    if (ratio(candidate, page) >= contrast) return candidate
  }
  return away
}
