/** Cross-origin reading (Fetch §3.3) for endpoints where no cookie counts: browser clients of any origin may ask. */

/** On every answer of such an endpoint. */
export const crossOrigin = { 'Access-Control-Allow-Origin': '*' } as const

/** Lets a browser client read the challenge as well. */
export const crossOriginChallenge = { ...crossOrigin, 'Access-Control-Expose-Headers': 'WWW-Authenticate' } as const

/** Headers of the answer to a browser's question whether it may ask. */
export function preflightHeaders(methods: string): Record<string, string> {
  return {
    ...crossOrigin,
    'Access-Control-Allow-Methods': methods,
    'Access-Control-Allow-Headers': 'Authorization, Content-Type',
    'Access-Control-Max-Age': '86400',
  }
}
