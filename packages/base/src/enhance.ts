/** The small script that pages may load: buttons that send once, passwords that can be shown. Pages work without it. */
import { asset, type Asset } from './asset.js'

// Text, not a function turned into text: what browsers get must not depend on the compiler.
const source = `'use strict'
for (const form of document.querySelectorAll('form[data-once]')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) { event.preventDefault(); return }
    form.dataset.sent = 'yes'
    const button = event.submitter
    if (button) button.setAttribute('aria-busy', 'true')
    setTimeout(() => release(form), 15000)
  })
}
function release(form) {
  delete form.dataset.sent
  for (const button of form.querySelectorAll('[aria-busy]')) button.removeAttribute('aria-busy')
}
addEventListener('pageshow', (event) => {
  if (event.persisted) for (const form of document.querySelectorAll('form[data-once]')) release(form)
})
for (const button of document.querySelectorAll('button[data-reveal]')) {
  const input = document.getElementById(button.dataset.reveal)
  if (!input) continue
  button.hidden = false
  const show = (visible) => {
    input.type = visible ? 'text' : 'password'
    button.setAttribute('aria-pressed', String(visible))
  }
  button.addEventListener('click', () => show(input.type === 'password'))
  if (input.form) input.form.addEventListener('submit', () => show(false))
}
`

/** Serve it with `answerAsset` under an address that holds its hash, and name that address in a page's `scripts`. */
export const enhanceScript: Asset = asset(source, 'text/javascript; charset=utf-8')
