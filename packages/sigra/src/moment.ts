/** Times as people read them where their zone is not known. */

/** A date and time with its zone, such as "1 March 2026 at 12:00 UTC". */
export function momentText(at: Date): string {
  const text = at.toLocaleString('en-GB', {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  })
  return `${text} UTC`
}
