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

/** Button background, the text on it, the background under the pointer, and the colour for brand-coloured text. */
export interface BrandTone {
  readonly fill: string
  readonly onFill: string
  readonly hover: string
  readonly text: string
}

/** Least contrast of text against what is behind it (WCAG 2.2 §1.4.3). */
const leastContrast = 4.5
/** Least contrast of a control against the page (WCAG 2.2 §1.4.11). */
const leastEdgeContrast = 3

const defaultColor = '#1f5fbf'
const lightPage: Rgb = [246, 247, 249]
const darkCard: Rgb = [26, 30, 36]

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

/** Derives the colours of light and dark pages; faults for nothing, since an unreadable colour was refused at the start. */
export function brandColors(brand: Brand): BrandColors {
  const color = parseHex(brand.color ?? defaultColor) ?? black
  const onColor = parseHex(brand.onColor ?? '') ?? readableOn(color)
  return { light: toneOn(color, onColor, lightPage, black), dark: toneOn(color, onColor, darkCard, white) }
}

/** Moves the colour towards `away` just far enough to be seen, as a button and as text, on a page of colour `page`. */
function toneOn(color: Rgb, onColor: Rgb, page: Rgb, away: Rgb): BrandTone {
  const fill = moveUntil(color, away, (candidate) => ratio(candidate, page) >= leastEdgeContrast)
  const onFill = fill === color ? onColor : readableOn(fill)
  const text = moveUntil(color, away, (candidate) => ratio(candidate, page) >= leastContrast + 0.1)
  // Under the pointer the button moves away from its text, so its contrast can only grow.
  const hover = mix(fill, luminance(onFill) > 0.5 ? black : white, 0.14)
  return { fill: toHex(fill), onFill: toHex(onFill), hover: toHex(hover), text: toHex(text) }
}

function moveUntil(color: Rgb, away: Rgb, enough: (candidate: Rgb) => boolean): Rgb {
  for (let step = 0; step < 50; step += 1) {
    const candidate = step === 0 ? color : mix(color, away, step / 50)
    if (enough(candidate)) return candidate
  }
  return away
}
