/** Budgets and names: how long, how deep, how wide, what it is called, how it opens. */
import { lineAt } from './source.js'
import type { SourceFile } from './source.js'
import { wordsOf } from './text-rules.js'
import { isLibrary, isTest } from './violation.js'
import type { Violation } from './violation.js'

const fileLimit = 400
const testLimit = 600
const functionLimit = 60
const parameterLimit = 4
const depthLimit = 4
const emptyWords = new Set(
  'util utils helper helpers manager managers service services handler handlers misc'.split(' '),
)

/** True when a name leans on a word that says nothing; "common" may qualify a noun but not stand for one. */
function saysNothing(name: string): boolean {
  const words = wordsOf(name)
  return words.some((word) => emptyWords.has(word)) || words.at(-1) === 'common'
}

/** Checks one file against the budgets, the naming rules and the doc-comment rules. */
export function checkShape(file: SourceFile): Violation[] {
  return [...checkFile(file), ...checkNames(file), ...checkOpening(file), ...checkFunctions(file)]
}

function checkFile({ path, text }: SourceFile): Violation[] {
  const found: Violation[] = []
  const add = (line: number, rule: string, message: string): void => {
    found.push({ file: path, line, rule, message, section: 'Budgets' })
  }
  const lines = text.trimEnd().split('\n').length
  const limit = isTest(path) ? testLimit : fileLimit
  if (lines > limit) add(limit + 1, 'file-length', `${lines} lines, the limit is ${limit}`)
  const depth = (/\/src\/(.+)$/.exec(path)?.[1] ?? '').split('/').length - 1
  if (depth > depthLimit) add(1, 'folder-depth', `${depth} folders below src, the limit is ${depthLimit}`)
  if (/\/index\.tsx?$/.test(path) && !/^packages\/\w+\/src\/(testing\/)?index\.ts$/.test(path)) {
    add(1, 'no-inner-index', 'an index file stands at the root of a package only (and in testing/)')
  }
  return found
}

function checkNames({ path, text, code }: SourceFile): Violation[] {
  const found: Violation[] = []
  const add = (line: number, name: string, message: string): void => {
    found.push({ file: path, line, rule: 'names', message: `"${name}" ${message}`, section: 'Names' })
  }
  for (const name of path.replace(/(\.test)?\.\w+$/, '').split('/')) {
    if (saysNothing(name)) add(1, name, 'says nothing; name the thing')
    if (/[A-Z_]/.test(name)) add(1, name, 'is not kebab-case')
  }
  const declared =
    /^\s*(?:export\s+)?(?:async\s+|abstract\s+)*(?:function\*?|class|interface|type|const|let)\s+([\w$]+)/gm
  for (const match of code.matchAll(declared)) {
    const name = match[1] ?? ''
    if (saysNothing(name)) add(lineAt(text, match.index + match[0].length), name, 'says nothing; name the thing')
  }
  return found
}

function checkOpening({ path, text, code }: SourceFile): Violation[] {
  const found: Violation[] = []
  const add = (line: number, message: string): void => {
    found.push({ file: path, line, rule: 'doc-comment', message, section: 'Comments' })
  }
  if (!/^(#!.*\n)?\/\*\*/.test(text)) add(1, 'a file opens with one sentence that says what it is (/** … */)')
  if (!isLibrary(path)) return found
  const exported = /^export\s+(?:async\s+)?function\*?\s+([\w$]+)/gm
  for (const match of code.matchAll(exported)) {
    const before = text.slice(0, match.index).trimEnd()
    const isOverload = new RegExp(`export (async )?function ${match[1]}\\b`).test(before)
    if (!before.endsWith('*/') && !isOverload) {
      add(lineAt(text, match.index), `exported function ${match[1]} needs one sentence (/** … */)`)
    }
  }
  return found
}

interface FunctionShape {
  name: string
  line: number
  lines: number
  parameters: number
}

function checkFunctions(file: SourceFile): Violation[] {
  if (isTest(file.path)) return []
  return functionsIn(file.code).flatMap((it) => {
    const found: Violation[] = []
    const add = (rule: string, message: string): void => {
      found.push({ file: file.path, line: it.line, rule, message, section: 'Budgets' })
    }
    // A decision may list one refusal per line for as long as the specification does.
    if (it.lines > functionLimit && !it.name.startsWith('decide')) {
      add('function-length', `${it.name} has ${it.lines} lines, the limit is ${functionLimit}`)
    }
    if (it.parameters > parameterLimit) {
      add('parameters', `${it.name} takes ${it.parameters} parameters, the limit is ${parameterLimit}; name an object`)
    }
    return found
  })
}

const notFunctions = new Set(['if', 'for', 'while', 'switch', 'catch', 'return', 'await', 'typeof', 'with'])
const functionForms = [
  /\bfunction\s*\*?\s*([\w$]*)\s*(?:<[^(]*>)?\(/g,
  /\b(?:const|let)\s+([\w$]+)[^=\n]*=\s*(?:async\s+)?(?:<[^(]*>)?\(/g,
  /^[ \t]+(?:(?:public|private|protected|static|async|override|get|set)\s+)*\*?#?([\w$]+)\s*(?:<[^(\n]*>)?\(/gm,
]

/** Finds functions with a name by their brackets; close enough for a budget, not a parser. */
export function functionsIn(code: string): FunctionShape[] {
  const found = new Map<number, FunctionShape>()
  for (const form of functionForms) {
    for (const match of code.matchAll(form)) {
      const name = match[1] ?? ''
      const open = match.index + match[0].length - 1
      if (notFunctions.has(name) || found.has(open)) continue
      const close = closing(code, open)
      const body = bodyAfter(code, close + 1)
      if (body === -1) continue
      const line = lineAt(code, open)
      const lines = lineAt(code, closing(code, body)) - line + 1
      found.set(open, {
        name: name || 'function',
        line,
        lines,
        parameters: countParameters(code.slice(open + 1, close)),
      })
    }
  }
  return [...found.values()]
}

function closing(code: string, open: number): number {
  let depth = 0
  for (let at = open; at < code.length; at++) {
    if ('([{'.includes(code[at] ?? ' ')) depth++
    if (')]}'.includes(code[at] ?? ' ') && --depth === 0) return at
  }
  return code.length - 1
}

/** The bracket that opens the body after a parameter list and its return type; -1 when there is none. */
function bodyAfter(code: string, from: number): number {
  const start = code.slice(from)
  if (/^\s*\{/.test(start)) return from + start.indexOf('{')
  if (!/^\s*(:|=>)/.test(start)) return -1
  for (let at = from; at < code.length; at++) {
    const char = code[at] ?? ''
    if (char === '\n' && code[at + 1] === '\n') return -1
    if (!'({['.includes(char)) continue
    const before = code.slice(from, at).trimEnd()
    const isType = /(^|[^=])[:|&<,]$/.test(before) || (!before.includes('=>') && char !== '{') || /\bis$/.test(before)
    if (!isType) return at
    at = closing(code, at)
  }
  return -1
}

function countParameters(list: string): number {
  let depth = 0
  let count = list.trim() === '' ? 0 : 1
  for (const char of list.replace(/,\s*$/, '').replaceAll('=>', '  ')) {
    if ('([{<'.includes(char)) depth++
    if (')]}>'.includes(char)) depth--
    if (char === ',' && depth === 0) count++
  }
  return count
}
