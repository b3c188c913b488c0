/** The address is the connection's word, and a header's only behind the host's own proxies. */
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { addressFrom, addressGroup, clientAddress } from './client-address.js'

describe('client address', () => {
  it.each([
    ['no proxy, header ignored', '203.0.113.9', '198.51.100.1', 0, '203.0.113.9'],
    ['no proxy, no header', '203.0.113.9', null, 0, '203.0.113.9'],
    ['one proxy', '10.0.0.1', '198.51.100.1', 1, '198.51.100.1'],
    ['one proxy, forged entries further left', '10.0.0.1', '1.2.3.4, 5.6.7.8, 198.51.100.1', 1, '198.51.100.1'],
    ['two proxies', '10.0.0.1', '6.6.6.6, 198.51.100.1, 10.0.0.2', 2, '198.51.100.1'],
    ['fewer entries than proxies', '10.0.0.1', '198.51.100.1', 3, '198.51.100.1'],
    ['one proxy that wrote no header', '10.0.0.1', null, 1, '10.0.0.1'],
    ['garbage where the proxy writes', '10.0.0.1', '198.51.100.1, nonsense', 1, '10.0.0.1'],
    ['garbage further left', '10.0.0.1', 'nonsense, 10.0.0.2', 2, '10.0.0.2'],
    ['port', '10.0.0.1', '198.51.100.1:4711', 1, '198.51.100.1'],
    ['bracketed IPv6 with port', '10.0.0.1', '[2001:DB8::1]:443', 1, '2001:db8::1'],
    ['IPv4 in IPv6', '::ffff:203.0.113.9', null, 0, '203.0.113.9'],
    ['zone', 'fe80::1%eth0', null, 0, 'fe80::1'],
    ['octal and short forms', '10.0.0.1', '0177.1', 1, '10.0.0.1'],
    ['markup', '10.0.0.1', '<script>', 1, '10.0.0.1'],
    ['no peer', undefined, null, 0, 'unknown'],
    ['no peer, one proxy', undefined, '198.51.100.1', 1, '198.51.100.1'],
    ['empty header', '10.0.0.1', '', 1, '10.0.0.1'],
  ])('%s', (_case, peer, forwarded, trustedProxyHops, address) => {
    expect(addressFrom({ peer, forwarded, trustedProxyHops })).toBe(address)
  })

  it('reads a huge header only from its end', () => {
    expect(
      addressFrom({ peer: '10.0.0.1', forwarded: `${'1.1.1.1,'.repeat(100_000)} 2.2.2.2`, trustedProxyHops: 1 }),
    ).toBe('2.2.2.2')
  })

  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '::/64'],
    ['unknown', 'unknown'],
  ])('counts %s as %s', (address, group) => {
    expect(addressGroup(address)).toBe(group)
  })

  it('takes the peer from node:http, or from the host that hands the request over', async () => {
    const app = new Hono().get('/', (c) => c.text(clientAddress(c, 0)))
    const ask = async (env?: object) => (await app.request('/', {}, env)).text()
    expect(await ask({ incoming: { socket: { remoteAddress: '::ffff:192.0.2.7' } } })).toBe('192.0.2.7')
    expect(await ask({ remoteAddress: '192.0.2.8' })).toBe('192.0.2.8')
    expect(await ask({ incoming: null })).toBe('unknown')
    expect(await ask()).toBe('unknown')
  })
})
