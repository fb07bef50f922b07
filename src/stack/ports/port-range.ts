import type { HostConfig } from '../personalities/config.ts'
import type { SocketOptions } from '../sockets/socket-options.ts'

/** Ports to choose from, the last one included. */
export interface PortRange {
  readonly first: number
  readonly last: number
}

/** By which name IP_LOCAL_PORT_RANGE is kept. */
const OWN_RANGE = 'IP_LOCAL_PORT_RANGE'

/** Whether a program has named ports for this socket (IP_LOCAL_PORT_RANGE), wherever they lie. */
export function hasOwnRange({ kept }: SocketOptions): boolean {
  return (kept.get(OWN_RANGE) ?? 0) !== 0
}

/** The host's range, narrowed to the socket's own; a bound that lies outside of the host's counts for nothing (Linux). */
export function portRange({ portFirst, portLast }: HostConfig, { kept }: SocketOptions): PortRange {
  const own = kept.get(OWN_RANGE) ?? 0
  if (own === 0) return { first: portFirst, last: portLast }
  const first = own & 0xffff
  const last = own >>> 16
  const isWithin = (port: number): boolean => port >= portFirst && port <= portLast
  return { first: isWithin(first) ? first : portFirst, last: isWithin(last) ? last : portLast }
}

/** IP_BIND_ADDRESS_NO_PORT: bind(address, 0) leaves the port to connect(), which may share one that leads elsewhere. */
export function bindsAddressAlone({ kept }: SocketOptions): boolean {
  return kept.get('IP_BIND_ADDRESS_NO_PORT') === 1
}
