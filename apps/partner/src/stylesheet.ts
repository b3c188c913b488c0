/** This app's stylesheet, light and dark from the same properties. */
import { createHash } from 'node:crypto'

/** The stylesheet's text, served at `stylesheetPath`. */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --brand: light-dark(#4a3aa7, #b3a8ff);
  --on-brand: light-dark(#ffffff, #17113f);
  --surface: light-dark(#f7f6fa, #121117);
  --raised: light-dark(#ffffff, #1d1b22);
  --text: light-dark(#1f1c29, #ebe9f0);
  --muted: light-dark(#5d586b, #aaa5b6);
  --line: light-dark(#dcd9e4, #383441);
  --control: light-dark(#827c91, #7d778b);
  --danger: light-dark(#b3261e, #ff9d94);
}
*, *::before, *::after { box-sizing: border-box; }
body { margin: 0; background: var(--surface); color: var(--text); font: 400 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; overflow-wrap: anywhere; }
h1, h2, p, ul, dl { margin: 0; }
h1 { font-size: 1.5rem; font-weight: 600; line-height: 1.25; }
h2 { font-size: 1.25rem; font-weight: 600; line-height: 1.25; }
a { color: var(--brand); text-underline-offset: .2em; }
:focus-visible { outline: 2px solid var(--brand); outline-offset: 2px; }
.bar { border-block-end: 1px solid var(--line); background: var(--raised); }
.bar a { display: block; max-width: 44rem; margin-inline: auto; padding: 1rem; font-weight: 600; color: var(--text); text-decoration: none; }
main { max-width: 44rem; margin-inline: auto; padding: 2rem 1rem 4rem; display: grid; gap: 1.5rem; }
.card { background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; padding: 1.25rem; display: grid; gap: 1rem; min-width: 0; }
.lead { color: var(--muted); max-width: 36rem; }
.hint { color: var(--muted); font-size: .875rem; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; }
label { font-weight: 600; display: block; margin-block-end: .25rem; }
input { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; font: inherit; color: inherit; background: var(--surface); border: 1px solid var(--control); border-radius: .5rem; }
.button { display: inline-flex; align-items: center; justify-content: center; min-height: 2.75rem; padding: .5rem 1rem; font: inherit; font-weight: 600; border-radius: .5rem; border: 1px solid var(--brand); background: var(--brand); color: var(--on-brand); text-decoration: none; cursor: pointer; }
.button.plain { background: transparent; color: var(--text); border-color: var(--control); font-weight: 400; }
.button:hover { text-decoration: underline; }
.notes { list-style: none; padding: 0; }
.notes li { padding-block: .75rem; border-block-start: 1px solid var(--line); white-space: pre-wrap; }
.notes li:first-child { border-block-start: 0; padding-block-start: 0; }
.notes li:last-child { padding-block-end: 0; }
.notice { border: 1px solid var(--line); border-inline-start: .25rem solid var(--brand); border-radius: .5rem; padding: .75rem 1rem; background: var(--raised); }
.notice.error { border-inline-start-color: var(--danger); }
dl { display: grid; grid-template-columns: minmax(6rem, auto) minmax(0, 1fr); gap: .25rem 1rem; }
dt { color: var(--muted); }
dd { margin: 0; }
code { font: .9375em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
@media (max-width: 30rem) {
  dl, dl.facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dt { font-size: .875rem; }
  dd + dt { margin-block-start: .5rem; }
}
@media (forced-colors: active) { .button { border: 1px solid ButtonText; } }
`.trim()

/** Where the stylesheet is served; the path changes with the text, so that it may be kept for a year. */
export const stylesheetPath = `/assets/reader.${createHash('sha256').update(stylesheet).digest('hex').slice(0, 12)}.css`
