/** Files that never change under their address: style sheets and scripts named by their hash. */
import { createHash } from 'node:crypto'

/** A file and the hash that its address carries. */
export interface Asset {
  readonly body: string
  readonly contentType: string
  /** 16 characters, safe in a path. */
  readonly hash: string
}

/** Makes an asset of text. */
export function asset(body: string, contentType: string): Asset {
  return { body, contentType, hash: hashOf(body) }
}

/** A short name for a text: 96 bits of its SHA-256 in base64url. */
export function hashOf(body: string): string {
  return createHash('sha256').update(body, 'utf8').digest('base64url').slice(0, 16)
}

/** Answers an asset, or 304 where the browser has it; `askedHash` is what the address said, and a wrong one is 404. */
export function answerAsset(
  file: Asset,
  asked: { readonly hash: string; readonly ifNoneMatch?: string | null | undefined },
): Response {
  if (asked.hash !== file.hash) return new Response(null, { status: 404, headers: { 'Cache-Control': 'no-store' } })
  const etag = `"${file.hash}"`
  const headers = {
    'Cache-Control': 'public, max-age=31536000, immutable',
    'Content-Type': file.contentType,
    'Cross-Origin-Resource-Policy': 'same-origin',
    ETag: etag,
    'X-Content-Type-Options': 'nosniff',
  }
  const matches = asked.ifNoneMatch
    ?.split(',')
    .some((tag) => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*')
  return matches === true ? new Response(null, { status: 304, headers }) : new Response(file.body, { headers })
}
