/** The proof that a form was sent from this product's own pages. */

/** Browsers say where a request comes from; one that says nothing must at least name this origin. */
export function isSameOrigin(request: Request, baseUrl: URL): boolean {
  const site = request.headers.get('sec-fetch-site')
  return site === null ? request.headers.get('origin') === baseUrl.origin : site === 'same-origin'
}
