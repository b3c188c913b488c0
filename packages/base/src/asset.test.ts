/** Assets are kept for a year under the one address that names their content. */
import { describe, expect, it } from 'vitest'
import { answerAsset, asset } from './asset.js'

const file = asset('body{}', 'text/css; charset=utf-8')

describe('assets', () => {
  it('are named by what they hold', () => {
    expect(file.hash).toMatch(/^[\w-]{16}$/)
    expect(asset('body{}', 'text/plain').hash).toBe(file.hash)
    expect(asset('body{ }', 'text/css').hash).not.toBe(file.hash)
  })

  it('are immutable', async () => {
    const answer = answerAsset(file, { hash: file.hash })
    expect([answer.status, await answer.text()]).toEqual([200, 'body{}'])
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/css; charset=utf-8',
      etag: `"${file.hash}"`,
      'x-content-type-options': 'nosniff',
    })
    expect(answer.headers.has('set-cookie')).toBe(false)
  })

  it.each([`"${file.hash}"`, `W/"${file.hash}"`, `"other", "${file.hash}"`, '*'])(
    'are not sent again for %s',
    async (ifNoneMatch) => {
      const answer = answerAsset(file, { hash: file.hash, ifNoneMatch })
      expect([answer.status, await answer.text()]).toEqual([304, ''])
    },
  )

  it('are sent where the browser has another one', () => {
    expect(answerAsset(file, { hash: file.hash, ifNoneMatch: '"other"' }).status).toBe(200)
    expect(answerAsset(file, { hash: file.hash, ifNoneMatch: null }).status).toBe(200)
  })

  it('are not cached under a name that is not theirs', () => {
    const answer = answerAsset(file, { hash: 'stale' })
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([404, 'no-store'])
  })
})
