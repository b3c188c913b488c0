/** The product's stylesheet: one column, few colours, light and dark from the same properties. */
import { createHash } from 'node:crypto'

/** The stylesheet's text, served at `stylesheetPath`. */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --brand: light-dark(#1d6b52, #2f7a61);
  --on-brand: #ffffff;
  --brand-text: light-dark(#1d6b52, #6fbf9f);
  --surface: light-dark(#f6f7f9, #0f1216);
  --raised: light-dark(#ffffff, #1a1e24);
  --text: light-dark(#14181f, #e9ecf0);
  --muted: light-dark(#545c68, #a3acb9);
  --line: light-dark(#dce0e6, #303741);
  --control: light-dark(#868e9b, #76808e);
  --danger: light-dark(#b3261e, #ff9a91);
}
*, *::before, *::after { box-sizing: border-box; }
body { margin: 0; background: var(--surface); color: var(--text); font: 400 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; overflow-wrap: anywhere; }
h1, h2, p, ul, dl { margin: 0; }
h1 { font-size: 1.5rem; font-weight: 600; line-height: 1.25; }
h2 { font-size: 1.25rem; font-weight: 600; line-height: 1.25; }
a { color: var(--brand-text); text-underline-offset: .2em; }
:focus-visible { outline: 2px solid var(--brand-text); outline-offset: 2px; }
.bar { background: var(--raised); border-block-end: 1px solid var(--line); }
.bar-inner { max-width: 44rem; margin-inline: auto; padding: .75rem 1rem; display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; }
.product { font-weight: 600; color: var(--text); text-decoration: none; padding-block: .25rem; }
.bar nav { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1rem; margin-inline-start: auto; }
.bar nav a { padding-block: .25rem; }
.person { color: var(--muted); font-size: .875rem; }
main { max-width: 44rem; margin-inline: auto; padding: 2rem 1rem 4rem; display: grid; gap: 1.5rem; }
.card { background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; padding: 1.25rem; display: grid; gap: 1rem; min-width: 0; }
.lead { color: var(--muted); max-width: 38rem; }
.stack { display: grid; gap: .75rem; }
.hint, .muted { color: var(--muted); font-size: .875rem; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; }
label { font-weight: 600; display: block; margin-block-end: .25rem; }
textarea { width: 100%; min-height: 5.5rem; padding: .625rem .75rem; font: inherit; color: inherit; background: var(--surface); border: 1px solid var(--control); border-radius: .5rem; resize: vertical; }
.button { display: inline-flex; align-items: center; justify-content: center; min-height: 2.75rem; padding: .5rem 1rem; font: inherit; font-weight: 600; border-radius: .5rem; border: 1px solid var(--brand); background: var(--brand); color: var(--on-brand); text-decoration: none; cursor: pointer; }
.button.plain { background: transparent; color: var(--text); border-color: var(--control); font-weight: 400; }
.button.quiet { min-height: 2rem; padding: .125rem .625rem; font-size: .875rem; font-weight: 400; background: transparent; color: var(--text); border-color: var(--line); }
.button:hover { text-decoration: underline; }
.notes { list-style: none; padding: 0; display: grid; }
.notes li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .25rem 1rem; align-items: start; padding-block: 1rem; border-block-start: 1px solid var(--line); }
.notes li:first-child { border-block-start: 0; padding-block-start: 0; }
.notes li:last-child { padding-block-end: 0; }
.note-text { white-space: pre-wrap; }
.notice { border: 1px solid var(--line); border-inline-start: .25rem solid var(--brand-text); border-radius: .5rem; padding: .75rem 1rem; background: var(--raised); }
.notice.error { border-inline-start-color: var(--danger); }
dl.facts { display: grid; grid-template-columns: minmax(6rem, auto) minmax(0, 1fr); gap: .25rem 1rem; }
dt { color: var(--muted); }
dd { margin: 0; }
code { font: .9375em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
@media (max-width: 30rem) {
  dl, dl.facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dt { font-size: .875rem; }
  dd + dt { margin-block-start: .5rem; }
}
@media (forced-colors: active) { .button { border: 1px solid ButtonText; } }
@media (prefers-reduced-motion: no-preference) { .button { transition: background-color .12s; } }
`.trim()

/** Where the stylesheet is served; the path changes with the text, so that it may be kept for a year. */
export const stylesheetPath = `/assets/notes.${createHash('sha256').update(stylesheet).digest('hex').slice(0, 12)}.css`
