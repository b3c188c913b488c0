/** JSON is read with one meaning or refused. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from './json.js'

describe('JSON', () => {
  it.each([
    ['null', null],
    [' true ', true],
    ['false', false],
    ['-0.5e+2', -50],
    ['"a\\u00e9\\n\\ud83d\\ude00"', 'aé\n😀'],
    ['[]', []],
    ['[1,[2,{"a":[]}]]', [1, [2, { a: [] }]]],
    ['{"a":{"b":1},"c":{"b":2}}', { a: { b: 1 }, c: { b: 2 } }],
    ['\t{ "a" :\r\n1 }\n', { a: 1 }],
    ['{"":1}', { '': 1 }],
  ])('reads %s', (text, value) => {
    expect(parseJson(text)).toEqual({ ok: true, value })
  })

  it.each([
    ...[
      '',
      ' ',
      '{',
      '[',
      '"',
      '{"a"}',
      '{"a":}',
      '{"a":1,}',
      '[1,]',
      '[,1]',
      '[1 2]',
      '{a:1}',
      "{'a':1}",
      '01',
      '+1',
      '.5',
      '1.',
      '1e',
      '0x1',
    ],
    ...[
      'NaN',
      'Infinity',
      '-',
      'tru',
      'nullx',
      'undefined',
      '1 2',
      '{} {}',
      '// a\n1',
      '"\n"',
      '"\\x"',
      '"\\u12"',
      '\uFEFF{}',
      '\u00a01',
      '1e400',
    ],
    ...['"\\ud800"', '"\\udc00\\ud800"', '{"\\ud800":1}'],
  ])('refuses %j as malformed', (text) => {
    expect(parseJson(text)).toEqual({ ok: false, reason: 'malformed' })
  })

  it.each([
    ['duplicate', '{"a":1,"a":1}'],
    ['duplicate', '{"a":1,"\\u0061":2}'],
    ['duplicate', '[{"x":{"b":1,"b":2}}]'],
    ['forbidden_key', '{"__proto__":{"admin":true}}'],
    ['forbidden_key', '{"\\u005f_proto__":1}'],
    ['forbidden_key', '[{"constructor":{"prototype":{}}}]'],
    ['forbidden_key', '{"prototype":1}'],
    ['nul', '"\\u0000"'],
    ['nul', '{"a":["b\\u0000c"]}'],
  ])('refuses as %s: %s', (reason, text) => {
    expect(parseJson(text)).toEqual({ ok: false, reason })
  })

  it('refuses nesting beyond the limit without exhausting the stack', () => {
    expect(parseJson(`${'['.repeat(32)}${']'.repeat(32)}`).ok).toBe(true)
    expect(parseJson(`${'['.repeat(33)}${']'.repeat(33)}`)).toEqual({ ok: false, reason: 'too_deep' })
    expect(parseJson('{"a":'.repeat(10_000))).toEqual({ ok: false, reason: 'too_deep' })
    expect(parseJson('[[1]]', 1)).toEqual({ ok: false, reason: 'too_deep' })
  })

  it('reads a long string in one go', () => {
    const long = 'x\\n'.repeat(200_000)
    expect(parseJson(`"${long}"`)).toEqual({ ok: true, value: 'x\n'.repeat(200_000) })
  })

  it('leaves every prototype as it was', () => {
    parseJson('{"a":{"__proto__":{"polluted":1}}}')
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  it('agrees with the platform wherever the platform is strict', () => {
    const clean = (text: string) => !/\\u0000|"(?:__proto__|constructor|prototype)":/.test(text)
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }).filter(clean), (text) => {
        expect(parseJson(text)).toEqual({ ok: true, value: JSON.parse(text) as unknown })
      }),
    )
  })

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            '{',
            '}',
            '[',
            ']',
            ':',
            ',',
            '"',
            '\\',
            'u',
            '0',
            '1',
            'e',
            '-',
            '.',
            ' ',
            'null',
            'true',
          ),
        }),
        (text) => {
          const answer = parseJson(text)
          let platform: boolean
          try {
            JSON.parse(text)
            platform = true
          } catch {
            platform = false
          }
          if (!platform) expect(answer.ok).toBe(false)
        },
      ),
      { numRuns: 500 },
    )
  })
})
