/** The style sheet of the pages that people see, made once for the host's brand. */
import { asset, type Asset } from './asset.js'
import type { Brand } from './page/brand.js'
import { colorRules } from './page/colors.js'
import { controlRules } from './page/control-rules.js'
import { frameRules } from './page/frame-rules.js'
import { partRules } from './page/part-rules.js'

export { contrastProblem } from './page/brand.js'

/** A style sheet and the hash that belongs into its address. */
export interface Stylesheet extends Asset {
  readonly css: string
}

/** Makes the style sheet for a brand; serve it with `answerAsset` under an address that holds its hash. */
export function peopleStylesheet(brand: Brand): Stylesheet {
  const css = [
    '@layer colors,frame,controls,parts;',
    layer('colors', colorRules(brand)),
    layer('frame', frameRules),
    layer('controls', controlRules),
    layer('parts', partRules),
  ].join('\n')
  return { css, ...asset(css, 'text/css; charset=utf-8') }
}

function layer(name: string, rules: string): string {
  return `@layer ${name}{\n${compact(rules)}\n}`
}

/** Drops indentation and empty lines; the rules hold no strings in which those would matter. */
function compact(rules: string): string {
  return rules.replaceAll(/^\s+/gm, '').trim()
}
