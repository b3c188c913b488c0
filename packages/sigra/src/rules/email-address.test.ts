/** Addresses: what is one, what is none, and which spellings are the same. */
import { describe, expect, it } from 'vitest'

import { parseEmailAddress } from './email-address.js'

describe('e-mail addresses', () => {
  it.each([
    ['ada@example.com', 'ada@example.com', 'ada@example.com'],
    ['  ada@example.com\t', 'ada@example.com', 'ada@example.com'],
    ['Ada.Lovelace@Example.COM', 'Ada.Lovelace@example.com', 'ada.lovelace@example.com'],
    ['ada+notes@example.com', 'ada+notes@example.com', 'ada+notes@example.com'],
    ["o'hara@example.com", "o'hara@example.com", "o'hara@example.com"],
    ['müller@bücher.example', 'müller@bücher.example', 'müller@xn--bcher-kva.example'],
    ['mu\u0308ller@example.com', 'müller@example.com', 'müller@example.com'],
    ['ａｄａ@example.com', 'ａｄａ@example.com', 'ada@example.com'],
    ['ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
  ])('reads %j', (input, text, key) => {
    expect(parseEmailAddress(input)).toEqual({ ok: true, value: { text, key } })
  })

  it.each([
    [undefined, 'missing'],
    ['', 'missing'],
    ['   ', 'missing'],
    ['ada', 'malformed'],
    ['@example.com', 'malformed'],
    ['ada@', 'malformed'],
    ['ada@@example.com', 'malformed'],
    ['ada＠example.com', 'malformed'],
    ['ada@evil.example＠example.com', 'malformed'],
    ['ada@evil.example@example.com', 'malformed'],
    ['ada@localhost', 'malformed'],
    ['ada@127.0.0.1', 'malformed'],
    ['ada@[127.0.0.1]', 'malformed'],
    ['ada@0x7f.1', 'malformed'],
    ['ada@-example.com', 'malformed'],
    ['ada@example..com', 'malformed'],
    ['ada@example.com.', 'malformed'],
    ['.ada@example.com', 'malformed'],
    ['ada.@example.com', 'malformed'],
    ['a..da@example.com', 'malformed'],
    ['ada lovelace@example.com', 'malformed'],
    ['"ada lovelace"@example.com', 'malformed'],
    ['ada@exam ple.com', 'malformed'],
    ['ada@example.com\r\nBcc: eve@example.com', 'malformed'],
    ['ada\u0000@example.com', 'malformed'],
    ['ada\u200b@example.com', 'malformed'],
    ['ada\u202e@example.com', 'malformed'],
    ['ada@example.com,eve@example.com', 'malformed'],
    ['Ada <ada@example.com>', 'malformed'],
    ['ada@example.com/../x', 'malformed'],
    ['ada@example.com%00', 'malformed'],
    [`${'a'.repeat(65)}@example.com`, 'too_long'],
    [`${'ä'.repeat(33)}@example.com`, 'too_long'],
    [`ada@${'a'.repeat(250)}.com`, 'too_long'],
    [`ada@${'a'.repeat(64)}.com`, 'malformed'],
  ])('refuses %j as %s', (input, reason) => {
    expect(parseEmailAddress(input)).toEqual({ ok: false, reason })
  })
})
