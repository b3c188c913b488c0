/** Which address a request came from, and which addresses belong to one subscriber. */
import type { Context } from 'hono'
import ipaddr from 'ipaddr.js'

const unknown = 'unknown'
const maxForwardedLength = 4096

/**
 * The client's address in canonical text, or `unknown`.
 *
 * Without trusted proxies it is the peer of the connection, whatever headers say. With `trustedProxyHops` proxies it is the
 * entry of X-Forwarded-For that the outermost of them wrote; entries further left are the caller's own words.
 */
export function clientAddress(c: Context, trustedProxyHops: number): string {
  const forwarded = trustedProxyHops > 0 ? c.req.raw.headers.get('x-forwarded-for') : null
  return addressFrom({ peer: peerAddress(c.env), forwarded, trustedProxyHops })
}

/** The address behind `trustedProxyHops` proxies, from the connection's peer and the X-Forwarded-For header. */
export function addressFrom(told: {
  peer: string | undefined
  forwarded: string | null
  trustedProxyHops: number
}): string {
  const peer = canonicalAddress(told.peer ?? '') ?? unknown
  if (told.trustedProxyHops <= 0 || told.forwarded === null) return peer
  const entries = told.forwarded.slice(-maxForwardedLength).split(',')
  let nearest = peer
  for (let hop = 1; hop <= told.trustedProxyHops && hop <= entries.length; hop += 1) {
    const address = canonicalAddress(entries[entries.length - hop] ?? '')
    if (address === undefined) break
    nearest = address
  }
  return nearest
}

/** The unit that limits are counted by: an IPv4 address itself, the /64 of an IPv6 address, since a subscriber owns all of it. */
export function addressGroup(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address
  const parts = ipaddr.IPv6.parse(address).parts.map((part, index) => (index < 4 ? part : 0))
  return `${new ipaddr.IPv6(parts).toString()}/64`
}

function canonicalAddress(text: string): string | undefined {
  const bare = withoutPort(text.trim())
  const zone = bare.indexOf('%')
  const plain = zone === -1 ? bare : bare.slice(0, zone)
  if (ipaddr.IPv4.isValidFourPartDecimal(plain)) return plain
  if (!ipaddr.IPv6.isValid(plain)) return undefined
  const address = ipaddr.IPv6.parse(plain)
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toString()
}

function withoutPort(text: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text)
  if (bracketed !== null) return bracketed[1] ?? ''
  const dotted = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)
  return dotted?.[1] ?? text
}

/** The peer, from a connection of node:http, or from `remoteAddress` where the host hands the request over itself. */
function peerAddress(env: unknown): string | undefined {
  const direct = property(env, 'remoteAddress')
  if (typeof direct === 'string') return direct
  const address = property(property(property(env, 'incoming'), 'socket'), 'remoteAddress')
  return typeof address === 'string' ? address : undefined
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
