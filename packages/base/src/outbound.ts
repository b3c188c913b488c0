/** The one way out over HTTP: a GET with a bounded wait and a bounded answer, that follows no redirect. */
import { isLoopbackHost } from './cookies.js'
import { Fault } from './fault.js'
import { ok, refuse, type Result } from './result.js'

/** Why there is no text: nothing came in time, nobody answered, or the answer is none we take. */
export type OutboundReason = 'timeout' | 'unreachable' | 'bad_answer'

/** How a text is asked for. */
export interface OutboundQuestion {
  /** For connecting, waiting and reading together. */
  readonly timeoutSeconds: number
  /** Counted after decompression. */
  readonly maxBytes: number
  readonly headers?: Readonly<Record<string, string>>
}

/** Whether an address may be called: `https`, or `http` on this machine, and no credentials in it. */
export function isOutboundUrl(url: URL): boolean {
  if (url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))
}

/**
 * Asks another server for a text; any status but 200, redirects too, is a bad answer.
 *
 * Refuses: timeout, unreachable, bad_answer. Faults for an address that may not be called.
 */
export async function getText(url: URL, question: OutboundQuestion): Promise<Result<string, OutboundReason>> {
  if (!isOutboundUrl(url)) throw new Fault('an outgoing call must go to https, or to http on this machine')
  const deadline = AbortSignal.timeout(question.timeoutSeconds * 1000)
  try {
    const answer = await fetch(url, { headers: { ...question.headers }, redirect: 'manual', signal: deadline })
    const text = answer.status === 200 ? await readBounded(answer.body, question.maxBytes) : null
    if (text !== null) return ok(text)
    // Whoever sends what is not wanted is not listened to until the end.
    await answer.body?.cancel()
    return refuse('bad_answer')
  } catch {
    return refuse(deadline.aborted ? 'timeout' : 'unreachable')
  }
}

async function readBounded(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<string | null> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of body ?? []) {
    bytes += part.byteLength
    if (bytes > maxBytes) return null
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
