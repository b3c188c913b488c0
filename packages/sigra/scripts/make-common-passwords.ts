/** Writes src/rules/common-passwords.ts from the list of @zxcvbn-ts/language-common: entries that some policy would let through. */
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { z } from 'zod'

const SHORTEST_POLICY = 8

const folder = dirname(createRequire(import.meta.url).resolve('@zxcvbn-ts/language-common/package.json'))
const words = z.array(z.string()).parse(JSON.parse(await readFile(join(folder, 'src', 'passwords.json'), 'utf8')))
const kept = words.map((word) => word.normalize('NFC').toLowerCase()).filter((word) => word.length >= SHORTEST_POLICY)
const list = [...new Set(kept)].toSorted((a, b) => (a < b ? -1 : 1)).join('\n')
const source = `/** Passwords that are tried first by everyone who guesses, one a line; made by scripts/make-common-passwords.ts from @zxcvbn-ts/language-common (MIT). */
export const commonPasswords: string =
  ${JSON.stringify(list)}
`
await writeFile(new URL('../src/rules/common-passwords.ts', import.meta.url), source)
