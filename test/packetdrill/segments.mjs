/** What the scripts of every state have in common: the server that is asked, and the segments that it gets. */

/** Sequence numbers go round at it. */
export const TWO_32 = 2 ** 32

/** A server with room for one connection: descriptor 3. */
export const LISTENER = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
`

/** Every kind of segment. */
export const SEGMENTS = [
  { name: 'syn', title: 'SYN', flags: 'S', length: 0 },
  { name: 'syn-ack', title: 'SYN,ACK', flags: 'S.', length: 0 },
  { name: 'ack', title: 'ACK', flags: '.', length: 0 },
  { name: 'fin', title: 'FIN', flags: 'F', length: 0 },
  { name: 'fin-ack', title: 'FIN,ACK', flags: 'F.', length: 0 },
  { name: 'rst', title: 'RST', flags: 'R', length: 0 },
  { name: 'rst-ack', title: 'RST,ACK', flags: 'R.', length: 0 },
  { name: 'data', title: 'Ten octets', flags: 'P.', length: 10 },
]

/** Names that `ss` has for the kernel's states. */
export const SS_NAMES = {
  ESTABLISHED: 'ESTAB',
  SYN_SENT: 'SYN-SENT',
  SYN_RECV: 'SYN-RECV',
  FIN_WAIT1: 'FIN-WAIT-1',
  FIN_WAIT2: 'FIN-WAIT-2',
  TIME_WAIT: 'TIME-WAIT',
  CLOSE_WAIT: 'CLOSE-WAIT',
  LAST_ACK: 'LAST-ACK',
  CLOSING: 'CLOSING',
}

/** A segment as a script has the peer send it, from sequence number `seq`, and acknowledging `ack` where it has the flag. */
export function probe({ flags, length }, seq, ack, options = '') {
  const first = (seq + TWO_32) % TWO_32
  const acknowledges = flags.includes('.') ? ` ack ${ack}` : ''
  return `< ${flags} ${first}:${(first + length) % TWO_32}(${length})${acknowledges} win 65535${options}`
}
