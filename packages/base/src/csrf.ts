/** Proof that an unsafe request comes from our own pages, by the headers that scripts cannot forge (Fetch Metadata, Origin). */

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Whether a request may change something.
 *
 * Safe methods always may be looked at. For the others the browser must say `Sec-Fetch-Site: same-origin`; where it does not send
 * that header, or says that a person started the request, Origin must be exactly the base URL's. Neither header: no.
 */
export function isSameOrigin(request: Request, baseUrl: URL): boolean {
  if (safeMethods.has(request.method)) return true
  const headers = request.headers
  const site = headers.get('sec-fetch-site')
  if (site === 'same-origin') return true
  if (site !== null && site !== 'none') return false
  return headers.get('origin') === baseUrl.origin
}
