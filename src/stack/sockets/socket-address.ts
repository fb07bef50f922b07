import { Errno } from '../../base/index.ts'
import { Address, ANY4, ANY6 } from '../../wire/index.ts'
import { AF_INET, AF_INET6 } from '../constants.ts'

/** Where a socket is bound or connects to, as a program writes it. */
export interface SocketAddress {
  /** `10.0.0.1`, `2001:db8::1`, `::ffff:10.0.0.1`; an IPv6 socket reaches IPv4 by the last form, as everywhere. */
  readonly address: string | Address
  readonly port: number
}

/** Filled in by getsockname, getpeername, accept and recvfrom. */
export interface SocketName {
  /** AF_INET or AF_INET6: the socket's family. */
  family: number
  /** Canonical text in the socket's family: IPv4 as `::ffff:…` on an IPv6 socket. */
  address: string
  port: number
}

/** An empty one, to be filled in. */
export function newSocketName(): SocketName {
  return { family: 0, address: '', port: 0 }
}

/**
 * Reads an address for a socket of `family`: IPv4 comes out in its own spelling, so that the wire carries it as such.
 * A negative result is −errno: EINVAL for what is none, or an IPv4 address on an IPv6 socket (as Linux answers a
 * `sockaddr_in` there); EAFNOSUPPORT for an IPv6 address on an IPv4 socket.
 */
export function readAddress(given: SocketAddress, family: number): Address | number {
  const { address, port } = given
  const parsed = typeof address === 'string' ? parse(address) : address
  if (parsed === undefined || !Number.isInteger(port) || port < 0 || port > 65_535) return -Errno.EINVAL
  if (family === AF_INET) return parsed.v4 ? parsed : -Errno.EAFNOSUPPORT
  return parsed.v4 ? -Errno.EINVAL : parsed.unmapped()
}

// Programs name one peer again and again; equal addresses that are one object are also routed faster.
let lastText = ''
let lastAddress: Address | undefined

function parse(text: string): Address | undefined {
  if (text !== lastText) {
    lastAddress = Address.parse(text)
    lastText = text
  }
  return lastAddress
}

/** Writes an address as a socket of `family` shows it. */
export function writeName(into: SocketName, family: number, address: Address, port: number): void {
  into.family = family
  into.address = (family === AF_INET6 ? address.asV6() : address).toString()
  into.port = port
}

/** 0.0.0.0 or ::, as a socket of `family` has it before it is bound. */
export function anyAddress(family: number): Address {
  return family === AF_INET ? ANY4 : ANY6
}

/** `10.0.0.2:80`, `[2001:db8::2]:80`. */
export function formatAddress(address: string | Address, port: number): string {
  const text = typeof address === 'string' ? address : address.toString()
  return text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`
}
