// Writes src/rules/common-passwords.ts from the list of @zxcvbn-ts/language-common: entries a policy could let through.
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const SHORTEST_POLICY = 8
const folder = dirname(createRequire(import.meta.url).resolve('@zxcvbn-ts/language-common/package.json'))
const words = JSON.parse(await readFile(join(folder, 'src', 'passwords.json'), 'utf8'))
const kept = words.map((word) => word.normalize('NFC').toLowerCase()).filter((word) => [...word].length >= SHORTEST_POLICY)
const list = [...new Set(kept)].sort().join('\n')
const source = `/** Passwords that are tried first by everyone who guesses, one a line; made by scripts/make-common-passwords.js from @zxcvbn-ts/language-common (MIT). */
export const commonPasswords: string = ${JSON.stringify(list)}
`
await writeFile(join(import.meta.dirname, '..', 'src', 'rules', 'common-passwords.ts'), source)
