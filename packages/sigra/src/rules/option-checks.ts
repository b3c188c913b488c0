/** Checks that every group of options needs: whole numbers above zero, and no key that nobody reads. */

/** Names every number in a tree of options that is not a whole number above zero. */
export function numberProblems(name: string, value: unknown): string[] {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && value > 0 ? [] : [`${name} must be a whole number above zero`]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => numberProblems(`${name}.${key}`, part))
}

/** Names every key that is not among the known ones. */
export function unknownKeyProblems(name: string, value: object, known: readonly string[]): string[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => `${name === '' ? key : `${name}.${key}`} is not an option; known are ${known.join(', ')}`)
}
