/** How much of a body is read. */
import { describe, expect, test } from 'vitest'

import { readBody, readForm } from './limited-body.js'

const post = (body: BodyInit | null, type?: string) =>
  new Request('http://localhost/', {
    method: 'POST',
    body,
    ...(type === undefined ? {} : { headers: { 'content-type': type } }),
  })

function stream(...chunks: string[]): Request {
  const body = new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })
  const chunked = { method: 'POST', body, duplex: 'half' }
  return new Request('http://localhost/', chunked)
}

describe('limited body', () => {
  test('reads up to the limit and not beyond', async () => {
    expect(Buffer.from((await readBody(post('abcd'), 4)) ?? []).toString()).toBe('abcd')
    expect(await readBody(post('abcde'), 4)).toBeNull()
    expect(await readBody(stream('ab', 'cd', 'e'), 4)).toBeNull()
    expect(await readBody(post(null), 4)).toHaveLength(0)
  })

  test('reads a form and nothing else as a form', async () => {
    const type = 'application/x-www-form-urlencoded'
    expect((await readForm(post('text=a+b%20c', type), 100))?.get('text')).toBe('a b c')
    expect(await readForm(post('text=a', 'text/plain'), 100)).toBeNull()
    expect(await readForm(post('text=a', type), 3)).toBeNull()
  })
})
