/** A process of its own that opens an embedded store, for tests of locks and crashes: `folder-user.ts <folder> <hold|write|fail>`. */
import { createDatabase } from '../../packages/base/src/database.js'
import { statement } from '../../packages/base/src/statement.js'

const [, , folder = '', task = 'hold'] = process.argv

try {
  const database = await createDatabase(folder)
  const db = database.view<unknown>('public')
  await statement('create table if not exists written (n bigint primary key, filler text)')(db, [])
  const [last] = await statement<{ n: number }>('select coalesce(max(n), 0) as n from written')(db, [])
  console.log('open')
  process.stdin.resume()
  process.stdin.on('end', () => void database.close().then(() => process.exit(0)))
  const insert = statement('insert into written (n, filler) values ($1, $2)')
  for (let n = (last?.n ?? 0) + 1; task === 'write'; n += 1) {
    await insert(db, [n, 'x'.repeat(200)])
    process.stdout.write(`${n}\n`)
  }
  if (task === 'fail') await statement('select this_is_not_there from written where n = $1')(db, [1])
} catch (error) {
  if (task === 'fail') throw error
  console.log(error instanceof Error ? `${error.name}: ${error.message}` : 'thrown')
  process.exit(3)
}
