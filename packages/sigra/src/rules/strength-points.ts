/**
 * How strong a password looks, in points; advice only, the policy decides. It imports nothing, because browsers count by the same text.
 *
 * Length gives 1, 2, 3, 4, 5 points at 5, 8, 12, 16, 20 characters. Letters of both cases, a digit, and a sign give one point each.
 * A common password loses 2, four equal characters in a row lose 1, four that count up or down lose 1. From 5 points a password is
 * strong, from 3 fair, below weak; one that is too short for the policy, or common, is weak whatever its points. Only the first 128
 * characters count.
 */

/** What to do about a password that is not strong. */
export type StrengthSuggestion = 'longer' | 'less_common' | 'fewer_repeats' | 'fewer_sequences'

/** How strong a password looks. */
export interface PasswordStrength {
  readonly verdict: 'weak' | 'fair' | 'strong'
  readonly points: number
  /** Empty for a strong one. */
  readonly suggestions: readonly StrengthSuggestion[]
}

/** Counts the points of a text; what is common is known to the caller. Takes one pass over at most 128 characters. */
export function countStrength(
  text: string,
  known: { readonly minLength: number; readonly isCommon: boolean },
): PasswordStrength {
  const characters = Array.from(text.slice(0, 256)).slice(0, 128)
  const { length } = characters
  const has = (kind: RegExp): number => (characters.some((character) => kind.test(character)) ? 1 : 0)
  const repeats = hasRow(characters, [0])
  const counts = hasRow(characters, [1, -1])
  const points =
    [5, 8, 12, 16, 20].filter((step) => length >= step).length +
    Math.min(has(/\p{Lu}/u), has(/\p{Ll}/u)) +
    has(/\p{Nd}/u) +
    has(/[^\p{L}\p{M}\p{Nd}]/u) -
    (known.isCommon ? 2 : 0) -
    (repeats ? 1 : 0) -
    (counts ? 1 : 0)
  const isAllowed = length >= known.minLength && !known.isCommon
  if (isAllowed && points >= 5) return { verdict: 'strong', points, suggestions: [] }
  const suggestions: StrengthSuggestion[] = []
  if (known.isCommon) suggestions.push('less_common')
  if (repeats) suggestions.push('fewer_repeats')
  if (counts) suggestions.push('fewer_sequences')
  if (length < Math.max(20, known.minLength)) suggestions.push('longer')
  return { verdict: isAllowed && points >= 3 ? 'fair' : 'weak', points, suggestions }
}

/** Whether four neighbours differ by one of these steps, each from the one before. */
function hasRow(characters: readonly string[], steps: readonly number[]): boolean {
  return steps.some((step) => {
    let row = 1
    for (let at = 1; at < characters.length && row < 4; at += 1) {
      const distance = (characters[at]?.codePointAt(0) ?? 0) - (characters[at - 1]?.codePointAt(0) ?? 0)
      row = distance === step ? row + 1 : 1
    }
    return row >= 4
  })
}
