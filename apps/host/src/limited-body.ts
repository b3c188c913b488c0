/** Reading a body without trusting its sender about its length. */

/** The whole body, or null as soon as it grows beyond the limit. */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  const body: ReadableStream<Uint8Array> | null = request.body
  const reader = body?.getReader()
  for (;;) {
    const next = await reader?.read()
    if (next === undefined || next.done) return Buffer.concat(chunks, length)
    length += next.value.byteLength
    if (length > maxBytes) {
      await reader?.cancel()
      return null
    }
    chunks.push(next.value)
  }
}

/** The fields of a posted form, or null when it is too large, not a form, or not UTF-8. */
export async function readForm(request: Request, maxBytes: number): Promise<URLSearchParams | null> {
  if (!/^application\/x-www-form-urlencoded(;|$)/i.test(request.headers.get('content-type') ?? '')) return null
  const body = await readBody(request, maxBytes)
  return body === null ? null : new URLSearchParams(new TextDecoder().decode(body))
}
