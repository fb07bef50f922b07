import { Errno } from '../../base/index.ts'
import { type Address, LOOPBACK4, LOOPBACK6 } from '../../wire/index.ts'
import type { StackHost } from '../stack-host.ts'

/**
 * The address to send from towards another: what bind() named, else what the route says. −errno: ENETUNREACH without a
 * route, EINVAL from 127/8 to elsewhere, EADDRNOTAVAIL without an address of that family.
 */
export function sourceAddress(
  { output, interfaces }: StackHost,
  remote: Address,
  bound: Address | null,
): Address | number {
  const own = output.isOwn(remote)
  const route = own ? null : interfaces.route(remote)
  if (!own && route === null) return -Errno.ENETUNREACH
  if (bound !== null) return bound.v4 && bound.isLoopback && !own ? -Errno.EINVAL : bound // MUST-43: bind() said it
  if (route === null) return remote.isLoopback ? (remote.v4 ? LOOPBACK4 : LOOPBACK6) : remote
  return interfaces.source(remote, route) ?? -Errno.EADDRNOTAVAIL
}
