/** Resource indicators (RFC 8707 §2). */

/** Whether a text can name a resource: an absolute URI without a fragment, in the one spelling that is compared. */
export function isResourceIdentifier(text: string): boolean {
  if (text.length > 512 || !/^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/.test(text) || text.includes('#') || text.includes('\\'))
    return false
  return URL.canParse(text)
}
