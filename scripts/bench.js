/** `npm run bench`: installs and builds what is missing, then measures. Everything after `--` goes to the harness. */
import './node-version.js'
import { build } from './build.js'
import { main, run, takeChildrenAlong, tool } from './command.js'
import { install } from './install.js'

takeChildrenAlong()
await main(async () => {
  await install()
  await build()
  const { code } = await run(tool('tsx'), ['bench/main.ts', ...process.argv.slice(2)], {
    live: true,
    limitSeconds: 7200,
  })
  process.exitCode = code
})
