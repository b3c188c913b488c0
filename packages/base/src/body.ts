/** Request bodies within a byte limit, read once and never kept beyond it. */
import { isUtf8 } from 'node:buffer'
import { Fault } from './fault.js'
import { ok, refuse, type Result } from './result.js'

/** Why a body was refused; an interrupted upload and invalid UTF-8 are `malformed`. */
export type BodyReason = 'too_large' | 'wrong_media_type' | 'wrong_charset' | 'malformed'

const charsetParameter = /;[ \t]*charset[ \t]*=[ \t]*("[^"]*"|[^;\s]*)/gi

/**
 * Reads a UTF-8 body of exactly this media type.
 *
 * A declared length above `maxBytes` is refused unread; a body without one is counted while it streams.
 * Faults where somebody read the body before.
 */
export async function readBody(
  request: Request,
  mediaType: string,
  maxBytes: number,
): Promise<Result<string, BodyReason>> {
  const headers = request.headers
  const typeProblem = mediaTypeProblem(headers.get('content-type'), mediaType)
  if (typeProblem !== undefined) return refuse(typeProblem)
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity') return refuse('wrong_media_type')
  const length = headers.get('content-length')
  if (length !== null && !(Number(length) <= maxBytes)) return refuse('too_large')
  if (request.bodyUsed) throw bodyWasRead()
  try {
    const bytes = length === null ? await readStream(request, maxBytes) : Buffer.from(await request.arrayBuffer())
    if (bytes === undefined || bytes.length > maxBytes) return refuse('too_large')
    return isUtf8(bytes) ? ok(bytes.toString('utf8')) : refuse('malformed')
  } catch (cause) {
    // Every runtime answers a second reading with a TypeError; anything else is a peer that hung up.
    if (cause instanceof TypeError) throw bodyWasRead(cause)
    return refuse('malformed')
  }
}

function bodyWasRead(cause?: unknown): Fault {
  return new Fault('the request body was read before it reached this route; mount it before any body parser', { cause })
}

function mediaTypeProblem(header: string | null, wanted: string): 'wrong_media_type' | 'wrong_charset' | undefined {
  if (header === wanted) return undefined
  if (header === null) return 'wrong_media_type'
  const semicolon = header.indexOf(';')
  const type = semicolon === -1 ? header : header.slice(0, semicolon)
  if (type.trim().toLowerCase() !== wanted) return 'wrong_media_type'
  for (const [, charset] of header.matchAll(charsetParameter)) {
    if (charset?.replaceAll('"', '').toLowerCase() !== 'utf-8') return 'wrong_charset'
  }
  return undefined
}

async function readStream(request: Request, maxBytes: number): Promise<Buffer | undefined> {
  const body = request.body
  if (body === null) return Buffer.alloc(0)
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done)
      return chunks.length === 1 && chunks[0] !== undefined ? Buffer.from(chunks[0]) : Buffer.concat(chunks, size)
    size += value.byteLength
    if (size > maxBytes) {
      await reader.cancel()
      return undefined
    }
    chunks.push(value)
  }
}
