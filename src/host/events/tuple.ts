import type { Endpoint, SocketRow } from '../../inspect/index.ts'

type Ends = Pick<SocketRow, 'local' | 'peer'>

/** Both ends of a connection, as text to find it by. An IPv4 connection of an IPv6 socket has the text of an IPv4 one. */
export function tupleOf({ local, peer }: Ends): string {
  return `${endOf(local)} ${endOf(peer)}`
}

/** What `tupleOf` says of the socket at the other end. */
export function otherTupleOf({ local, peer }: Ends): string {
  return `${endOf(peer)} ${endOf(local)}`
}

const MAPPED = '::ffff:'

function endOf({ address, port }: Endpoint): string {
  const plain = address.startsWith(MAPPED) && address.includes('.') ? address.slice(MAPPED.length) : address
  return `${plain}:${port}`
}
