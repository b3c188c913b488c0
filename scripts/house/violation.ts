/** One breach of the house style, with the place where the rule is written. */
export interface Violation {
  file: string
  line: number
  rule: string
  message: string
  /** The heading of STYLE.md that holds the rule. */
  section: string
}

/** Prints a violation on one line, as editors and people can follow it. */
export function describeViolation(it: Violation): string {
  return `${it.file}:${it.line}  ${it.rule}: ${it.message} (STYLE.md, "${it.section}")`
}

/** True for tests and their fixtures, which may build whatever they need to break. */
export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || path.startsWith('tests/')
}

/** True for the published code: everything below `packages/<name>/src` except tests. */
export function isLibrary(path: string): boolean {
  return /^packages\/[^/]+\/src\//.test(path) && !isTest(path)
}
