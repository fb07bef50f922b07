/** Which sockets are in each other's way when they bind one port. */
import type { SocketRow } from '../../inspect/index.ts'

/** Where a bind() goes. */
export interface BindAddress {
  readonly family: 4 | 6
  /** Canonical text: `0.0.0.0` and `::` stand for any. */
  readonly address: string
}

/**
 * Whether a socket shares an address with a bind() that does not ask for IPV6_V6ONLY: equal addresses; 0.0.0.0 and any IPv4 address;
 * [::] and everything, unless the socket is IPV6_V6ONLY; ::ffff:a.b.c.d is a.b.c.d. The port is not looked at.
 */
export function sharesAddress({ local, v6only }: SocketRow, bind: BindAddress): boolean {
  const [a, b] = [local.address.replace(MAPPED, ''), bind.address.replace(MAPPED, '')]
  const [aIs6, bIs6] = [a.includes(':'), b.includes(':')]
  if (aIs6 === bIs6) return a === b || isAny(a) || isAny(b)
  return aIs6 ? a === '::' && v6only !== true : b === '::'
}

const MAPPED = /^::ffff:(?=\d+\.)/

function isAny(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}
