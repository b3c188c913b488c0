/** Forms and queries mean one thing or are refused. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFormText, type FormTextLimits } from './form.js'

function fields(text: string, limits?: FormTextLimits): Record<string, readonly string[]> | string {
  const form = parseFormText(text, limits)
  return form.ok ? Object.fromEntries(form.value.names().map((name) => [name, form.value.all(name)])) : form.reason
}

describe('form text', () => {
  it.each([
    ['', {}],
    ['a=1', { a: ['1'] }],
    ['a=1&b=2', { a: ['1'], b: ['2'] }],
    ['a', { a: [''] }],
    ['a=', { a: [''] }],
    ['a=b=c', { a: ['b=c'] }],
    ['&a=1&&b=2&', { a: ['1'], b: ['2'] }],
    ['a+b=c+d', { 'a b': ['c d'] }],
    ['a=%2B%26%3D%25', { a: ['+&=%'] }],
    ['a=%c3%a9&b=é&c=%F0%9F%98%80', { a: ['é'], b: ['é'], c: ['😀'] }],
    ['__proto__=x&constructor=y', { ['__proto__']: ['x'], constructor: ['y'] }],
    ['a=%EF%BB%BFx', { a: ['\uFEFFx'] }],
  ])('reads %j', (text, expected) => {
    expect(fields(text)).toEqual(expected)
  })

  it.each([
    ['malformed', '='],
    ['malformed', '=a'],
    ['malformed', 'a=%'],
    ['malformed', 'a=%4'],
    ['malformed', 'a=%zz'],
    ['malformed', 'a=%u0041'],
    ['malformed', '%=1'],
    ['malformed', 'a=%ff'],
    ['malformed', 'a=%c3'],
    ['malformed', 'a=%c0%af'],
    ['malformed', 'a=%ed%a0%80'],
    ['malformed', 'a=%f5%80%80%80'],
    ['duplicate', 'a=1&a=1'],
    ['duplicate', 'a=1&%61=2'],
    ['duplicate', 'a&a'],
    ['duplicate', '__proto__=1&__proto__=2'],
    ['nul', 'a=%00'],
    ['nul', 'a=b\0c'],
    ['nul', '%00=1'],
  ])('refuses as %s: %j', (reason, text) => {
    expect(fields(text)).toBe(reason)
  })

  it('lets only the listed names repeat, in the order sent', () => {
    const limits = { repeatable: ['resource'] }
    expect(fields('resource=b&resource=a&x=1&resource=b', limits)).toEqual({ resource: ['b', 'a', 'b'], x: ['1'] })
    expect(fields('x=1&x=2', limits)).toBe('duplicate')
    const form = parseFormText('resource=b&resource=a', limits)
    expect(form.ok && form.value.get('resource')).toBe('b')
  })

  it('answers absent fields with nothing', () => {
    const form = parseFormText('a=1')
    if (!form.ok) throw new Error(form.reason)
    expect([form.value.get('b'), form.value.has('b'), form.value.all('b')]).toEqual([undefined, false, []])
    expect([form.value.get('toString'), form.value.has('__proto__')]).toEqual([undefined, false])
  })

  it('measures values after decoding, and counts fields', () => {
    expect(fields('a=%41%41', { maxValueLength: 2 })).toEqual({ a: ['AA'] })
    expect(fields('a=AAA', { maxValueLength: 2 })).toBe('value_too_long')
    expect(fields(`a=${'x'.repeat(16_385)}`)).toBe('value_too_long')
    const many = (count: number) => Array.from({ length: count }, (_, index) => `f${index}=`).join('&')
    expect(typeof fields(many(500))).toBe('object')
    expect(fields(many(501))).toBe('too_large')
  })

  it('agrees with URLSearchParams on what that writes', () => {
    const name = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !text.includes('\0'))
    const value = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))
    fc.assert(
      fc.property(fc.dictionary(name, value), (record) => {
        const entries = Object.entries(record)
        expect(fields(new URLSearchParams(entries).toString())).toEqual(
          Object.fromEntries(entries.map(([key, text]) => [key, [text]])),
        )
      }),
    )
  })

  it('never throws, whatever it is given', () => {
    const pieces = fc.constantFrom(
      '%',
      '%f',
      '%ff',
      '%00',
      '%c3',
      '%a9',
      '&',
      '=',
      '+',
      ';',
      '\0',
      'a',
      'é',
      '\ud800',
      '[',
      ']',
    )
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: pieces }), fc.string({ unit: 'binary' })), (text) => {
        expect(typeof parseFormText(text).ok).toBe('boolean')
      }),
      { numRuns: 10_000 },
    )
  })
})
