/** The script beside a password that is being chosen: says how strong it looks, half a second after the last key. Nothing leaves the page. */
import { asset, type Asset } from '#base/asset.js'

import { strengthPointsText } from './rules/strength-points-text.js'

// The block list is too long for a page: what is common is only known once the form is sent.
const source = `'use strict'
{
${strengthPointsText}
const words = {
  longer: 'Make it longer.',
  fewer_repeats: 'Repeat characters less.',
  fewer_sequences: 'Leave out sequences such as 1234 or abcd.'
}
for (const input of document.querySelectorAll('input[data-rated-from]')) {
  const note = document.createElement('p')
  note.className = 'hint'
  note.setAttribute('role', 'status')
  input.closest('.field').append(note)
  const known = { minLength: Number(input.dataset.ratedFrom), isCommon: false }
  let waiting
  input.addEventListener('input', () => {
    clearTimeout(waiting)
    waiting = setTimeout(() => {
      const { verdict, suggestions } = countStrength(input.value.normalize('NFC'), known)
      note.textContent = input.value === '' ? '' :
        ['Strength: ' + verdict + '.', ...suggestions.map((it) => words[it])].join(' ')
    }, 500)
  })
}
}
`

/** Serve it with `answerAsset` under an address that holds its hash. */
export const strengthScript: Asset = asset(source, 'text/javascript; charset=utf-8')
