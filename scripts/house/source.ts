/** A source file as the house check sees it: its text, its code without comments and strings, and its imports. */
export interface ImportStatement {
  specifier: string
  line: number
  isTypeOnly: boolean
}

export interface SourceFile {
  /** Path from the root of the repository, with forward slashes. */
  path: string
  text: string
  /** Same length as `text`; comments and the insides of strings are spaces, quotes and line ends stay. */
  code: string
  imports: ImportStatement[]
}

/** Reads one file into the form the rules work on. */
export function sourceFile(path: string, text: string): SourceFile {
  const code = maskCode(text)
  return { path, text, code, imports: readImports(text, code) }
}

/** Tells the 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

const importForm =
  /^[ \t]*(import|export)\s+(type\s+)?(\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?|[\w$]+(?:\s*,\s*(?:\{[^}]*\}|\*\s+as\s+[\w$]+))?)\s*from\s*(['"])/gm
const bareImportForm = /(?:^[ \t]*import|\bimport\s*\()\s*(['"])/gm

function readImports(text: string, code: string): ImportStatement[] {
  const found: ImportStatement[] = []
  for (const form of [importForm, bareImportForm]) {
    for (const match of code.matchAll(form)) {
      const start = match.index + match[0].length
      const names = form === importForm ? (match[3] ?? '') : ''
      found.push({
        specifier: text.slice(start, code.indexOf(match.at(-1) ?? "'", start)),
        line: lineAt(text, match.index + match[0].length - 1),
        isTypeOnly: match[2] !== undefined || (/^\{\s*type\s/.test(names) && !/[{,]\s*(?!type\s)[\w$]/.test(names)),
      })
    }
  }
  return found.toSorted((a, b) => a.line - b.line)
}

/** Blanks comments, the insides of strings and regular expressions, keeping every offset and line end. */
export function maskCode(text: string): string {
  const out = text.split('')
  const blank = (from: number, to: number): void => {
    for (let i = from; i < to; i++) if (out[i] !== '\n') out[i] = ' '
  }
  // One entry per open template literal: how deep its `${…}` braces are.
  const templates: number[] = []
  let at = 0
  while (at < text.length) {
    const char = text[at] ?? ''
    const end = endOfQuiet(text, at)
    if (end > at) {
      const isComment = char === '/' && (text[at + 1] === '/' || text[at + 1] === '*')
      blank(isComment ? at : at + 1, isComment ? end : end - 1)
      at = end
      continue
    }
    const innermost = templates.length - 1
    if (char === '{' && innermost >= 0) templates[innermost] = (templates[innermost] ?? 0) + 1
    const closes = char === '}' && innermost >= 0
    if (closes) templates[innermost] = (templates[innermost] ?? 1) - 1
    if (char === '`' || (closes && templates[innermost] === 0)) {
      if (closes) templates.pop()
      const stop = endOfTemplatePart(text, at + 1)
      blank(at + 1, stop)
      if (text[stop] === '$') templates.push(1)
      at = text[stop] === '$' ? stop + 2 : stop + 1
      continue
    }
    at++
  }
  return out.join('')
}

/** Where a comment, a string or a regular expression that begins at `at` ends; `at` itself when none begins there. */
function endOfQuiet(text: string, at: number): number {
  const char = text[at] ?? ''
  if (text.startsWith('//', at)) return lineEnd(text, at)
  if (text.startsWith('/*', at)) return afterOrEnd(text, '*/', at + 2)
  const before = text[at - 1] ?? ''
  // In the words of a page an apostrophe follows a letter; no string of code does.
  if ((char === "'" || char === '"') && !/\w/.test(before)) return endOfLine(text, at, char)
  if (char === '/' && mayBeginRegex(text, at)) return endOfLine(text, at, '/')
  return at
}

function endOfLine(text: string, at: number, close: string): number {
  let inClass = false
  for (let i = at + 1; i < text.length && text[i] !== '\n'; i++) {
    if (text[i] === '\\') i++
    else if (close === '/' && text[i] === '[') inClass = true
    else if (close === '/' && text[i] === ']') inClass = false
    else if (text[i] === close && !inClass) return i + 1
  }
  return at
}

function endOfTemplatePart(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '`' || text.startsWith('${', i)) return i
  }
  return text.length
}

function mayBeginRegex(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 40), at).trimEnd()
  return before === '' || /[(,=:[!&|?;]$/.test(before) || /\b(?:return|typeof|case|in|of|await)$/.test(before)
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end === -1 ? text.length : end
}

function afterOrEnd(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  return found === -1 ? text.length : found + mark.length
}
