/** Writes src/rules/strength-points-text.ts, what browsers get, from the compiled rule; run the build before. */
import { readFile, writeFile } from 'node:fs/promises'

const compiled = await readFile(new URL('../dist/sigra/src/rules/strength-points.js', import.meta.url), 'utf8')
const text = compiled
  .replaceAll(/\/\*\*[\s\S]*?\*\/\n/g, '')
  .replaceAll(/^export /gm, '')
  .trim()
const source = `/** The text of strength-points for browsers; made by scripts/make-strength-points-text.ts. */
export const strengthPointsText: string =
  ${JSON.stringify(text)}
`
await writeFile(new URL('../src/rules/strength-points-text.ts', import.meta.url), source)
