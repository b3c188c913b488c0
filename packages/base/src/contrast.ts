/** Contrast between colours (WCAG 2.2 §1.4.3), computed. */

/** Red, green and blue from 0 to 255. */
export type Rgb = readonly [number, number, number]

export const white: Rgb = [255, 255, 255]
export const black: Rgb = [0, 0, 0]

/** Contrast ratio of two `#rrggbb` colours, from 1 to 21; anything else counts as black. */
export function contrastRatio(a: string, b: string): number {
  return ratio(parseHex(a) ?? black, parseHex(b) ?? black)
}

/** Black or white, whichever reads on the colour; white where both do. */
export function readableOn(color: Rgb): Rgb {
  return ratio(color, white) >= 4.5 || ratio(color, white) >= ratio(color, black) ? white : black
}

/** Contrast ratio of two colours, from 1 to 21. */
export function ratio(a: Rgb, b: Rgb): number {
  const [brighter, darker] = [luminance(a), luminance(b)].toSorted((x, y) => y - x)
  return ((brighter ?? 0) + 0.05) / ((darker ?? 0) + 0.05)
}

/** Relative luminance, from 0 to 1. */
export function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((channel) => {
    const part = channel / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0)
}

/** The colour that lies `share` of the way between two. */
export function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const channel = (index: 0 | 1 | 2) => Math.round(from[index] + (to[index] - from[index]) * share)
  return [channel(0), channel(1), channel(2)]
}

/** Reads `#rrggbb`. */
export function parseHex(text: string): Rgb | null {
  const digits = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text)
  if (digits === null) return null
  return [
    Number.parseInt(digits[1] ?? '', 16),
    Number.parseInt(digits[2] ?? '', 16),
    Number.parseInt(digits[3] ?? '', 16),
  ]
}

/** Writes `#rrggbb`. */
export function toHex(color: Rgb): string {
  return `#${color.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}
