/** What the floor refuses to compile. Nothing here runs; `npm run check` compiles it, and each line says what it protects. */
import type { Db, Tx } from '../../packages/base/src/database.js'
import type { LogFields } from '../../packages/base/src/log.js'
import type { LocalPath } from '../../packages/base/src/local-path.js'
import { exhaustive, ok, refuse, type Result } from '../../packages/base/src/result.js'
import { hashSecret, type Secret } from '../../packages/base/src/secrets.js'

/** A secret that passed for text would end in a log line or a column. */
export const secretIsNotText = (it: Secret): string =>
  // @ts-expect-error: only reveal() gives the text, and can be searched for
  it

/** Storing the hash of an object would accept every secret alike. */
export const onlyTextIsHashed = (it: Secret): Buffer =>
  // @ts-expect-error: reveal first
  hashSecret(it)

/** A redirect to text from outside is an open redirect. */
export const textIsNotALocalPath = (it: string): LocalPath =>
  // @ts-expect-error: parseLocalPath proves it
  it

/** A command that needs a transaction must not get a bare connection: half of its effect could stay. */
export const databaseIsNotATransaction = (db: Db<object>, command: (tx: Tx<object>) => void): void =>
  // @ts-expect-error: only transaction() makes one
  command(db)

/** The value of a refusal would be undefined where nobody expects it. */
export const valueNeedsSuccess = (it: Result<number, 'expired'>): number =>
  // @ts-expect-error: ask `ok` first
  it.value

/** A reason that nobody declared has no answer in the refusal table. */
export const reasonsAreClosed = (): Result<number, 'expired'> =>
  // @ts-expect-error: not one of the reasons
  Math.abs(1) > 2 ? ok(1) : refuse('spent')

/** A forgotten case must not fall through. */
export function everyCaseIsDecided(it: 'expired' | 'spent'): number {
  switch (it) {
    case 'expired':
      return 1
    default:
      // @ts-expect-error: 'spent' is not decided
      return exhaustive(it)
  }
}

/** A secret has no field in the log to go to. */
export const logFieldsAreAList: LogFields = {
  // @ts-expect-error: not on the list
  password: 'x',
}
