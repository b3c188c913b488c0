/** Where the product's log lines go. */
import { jsonLogger } from 'sigra'

/** One JSON object a line, on standard output. */
export const log = jsonLogger((line) => process.stdout.write(`${line}\n`))
