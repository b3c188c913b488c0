/** The compact signer and reader against jose and the examples of RFC 7515. */
import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto'

import { compactVerify, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'

import { encodeHeader, parseJws, signJws, verifyJws, type JwsSigner } from './compact-jws.js'

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const signer: JwsSigner = {
  privateKey: pair.privateKey,
  headers: { 'at+jwt': encodeHeader('at+jwt', 'k1'), JWT: encodeHeader('JWT', 'k1') },
}
const payload = { sub: 'ada', n: 1, text: 'ünï' }

function encoded(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

function verified(token: string) {
  const jws = parseJws(token)
  return jws.ok ? verifyJws(jws.value, pair.publicKey) : jws
}

describe('compact JWS (RFC 7515)', () => {
  it('is accepted by jose, with its header and payload unchanged', async () => {
    const result = await compactVerify(signJws(signer, 'at+jwt', payload), pair.publicKey, { algorithms: ['ES256'] })
    expect(result.protectedHeader).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: 'k1' })
    expect(JSON.parse(new TextDecoder().decode(result.payload))).toEqual(payload)
  })

  it('accepts what jose signs', async () => {
    const token = await new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'JWT' })
      .sign(pair.privateKey)
    expect(verified(token)).toEqual({ ok: true, value: payload })
  })

  it('verifies the published example of RFC 7515 A.3', () => {
    const x = 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU'
    const y = 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0'
    const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
    const head = 'eyJhbGciOiJFUzI1NiJ9'
    const body = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'
    const signature = Buffer.from(
      'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
      'base64url',
    )
    const jws = { kid: '', typ: '', input: Buffer.from(`${head}.${body}`), payload: body, signature }
    expect(verifyJws(jws, publicKey)).toEqual({
      ok: true,
      value: { iss: 'joe', exp: 1300819380, 'http://example.com/is_root': true },
    })
  })

  it('refuses a change of any single character', () => {
    const token = signJws(signer, 'JWT', payload)
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A'
      expect(verified(token.slice(0, at) + other + token.slice(at + 1)).ok, `character ${at}`).toBe(false)
    }
  })

  it('refuses a token cut short or made longer anywhere at its end', () => {
    const token = signJws(signer, 'JWT', payload)
    for (let cut = 1; cut < 40; cut += 1) expect(verified(token.slice(0, -cut)).ok).toBe(false)
    for (const tail of ['A', 'AA', '=', '.', '.A', ' ', '\n', '%00']) expect(verified(token + tail).ok).toBe(false)
  })

  it('knows one spelling of each token', () => {
    const token = signJws(signer, 'JWT', payload)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = token.at(-1)!
    const twin = alphabet[alphabet.indexOf(last) ^ 1]!
    expect(Buffer.from(token.slice(0, -1) + twin, 'base64url')).toEqual(Buffer.from(token, 'base64url'))
    expect(verified(token.slice(0, -1) + twin)).toEqual({ ok: false, reason: 'malformed' })
  })

  const [head, body, tail] = signJws(signer, 'JWT', payload).split('.')
  const hs256 = `${encoded({ alg: 'HS256', typ: 'JWT', kid: 'k1' })}.${body}`
  const pem = pair.publicKey.export({ format: 'pem', type: 'spki' })
  const macced = `${hs256}.${createHmac('sha256', pem).update(hs256).digest('base64url')}`

  it.each([
    ['nothing', '', 'malformed'],
    ['two segments', `${head}.${body}`, 'malformed'],
    ['five segments', `${head}.${body}.${tail}.${tail}.${tail}`, 'malformed'],
    ['an empty payload segment', `${head}..${tail}`, 'malformed'],
    ['an empty signature', `${head}.${body}.`, 'malformed'],
    ['padding', `${head}.${body}.${tail}==`, 'malformed'],
    ['the standard alphabet', `${head}.${body}.${'+'.repeat(86)}`, 'malformed'],
    ['a header that is not JSON', `${encoded('{alg')}.${body}.${tail}`, 'malformed'],
    ['a header that is a list', `${encoded(['ES256'])}.${body}.${tail}`, 'malformed'],
    ['a header without kid', `${encoded({ alg: 'ES256', typ: 'JWT' })}.${body}.${tail}`, 'malformed'],
    ['a header without typ', `${encoded({ alg: 'ES256', kid: 'k1' })}.${body}.${tail}`, 'malformed'],
    ['a kid that is a number', `${encoded({ alg: 'ES256', typ: 'JWT', kid: 1 })}.${body}.${tail}`, 'malformed'],
    ['alg none', `${encoded({ alg: 'none', typ: 'JWT', kid: 'k1' })}.${body}.AAAA`, 'wrong_algorithm'],
    [
      'alg none in other letters',
      `${encoded({ alg: 'nOnE', typ: 'JWT', kid: 'k1' })}.${body}.${tail}`,
      'wrong_algorithm',
    ],
    ['HS256 keyed with our public key', macced, 'wrong_algorithm'],
    ['ES256K', `${encoded({ alg: 'ES256K', typ: 'JWT', kid: 'k1' })}.${body}.${tail}`, 'wrong_algorithm'],
    [
      'a critical extension',
      `${encoded({ alg: 'ES256', typ: 'JWT', kid: 'k1', crit: ['b64'], b64: false })}.${body}.${tail}`,
      'malformed',
    ],
    ['a key of its own', `${encoded({ alg: 'ES256', typ: 'JWT', kid: 'k1', jwk: {} })}.${body}.${tail}`, 'malformed'],
    [
      'a key address of its own',
      `${encoded({ alg: 'ES256', typ: 'JWT', kid: 'k1', jku: 'https://evil.example' })}.${body}.${tail}`,
      'malformed',
    ],
    ['a signature of zeros', `${head}.${body}.${encoded(Buffer.alloc(64).toString('latin1'))}`, 'bad_signature'],
    ['a DER signature', `${head}.${body}.${Buffer.alloc(70, 1).toString('base64url')}`, 'malformed'],
    ['more than eight thousand characters', `${head}.${'A'.repeat(9000)}.${tail}`, 'malformed'],
  ])('refuses %s', (_name, token, reason) => {
    expect(verified(token)).toEqual({ ok: false, reason })
  })

  it('refuses a payload that is signed but no object', () => {
    for (const value of ['[]', '"text"', 'null', '7', '{']) {
      const input = `${signer.headers.JWT}.${encoded(value)}`
      const signature = Buffer.from(signJws(signer, 'JWT', payload).split('.')[2]!, 'base64url')
      expect(
        verifyJws(
          { kid: 'k1', typ: 'JWT', input: Buffer.from(input), payload: encoded(value), signature },
          pair.publicKey,
        ).ok,
      ).toBe(false)
    }
  })
})
