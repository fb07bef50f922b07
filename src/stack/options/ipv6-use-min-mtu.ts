import { Errno } from '../../base/index.ts'
import { updateSendMss } from '../../tcp/index.ts'
import { Ipv6Option, Level } from '../constants.ts'
import { isStream, type SocketOption } from './option.ts'

const NAME = 'IPV6_USE_MIN_MTU'
/** Only packets to groups are kept small: how a socket begins. */
const GROUPS_ALONE = -1
const ALL = 1

/**
 * IPV6_USE_MIN_MTU (RFC 3542 §11.1, FreeBSD): packets have 1280 octets at most, whatever the path takes.
 *
 *     -1, 0 | kept: connections use what their path takes
 *     1     | SYN and SYN-ACK announce 1220 octets, and no more are sent in a segment; of a connection at once
 *     else  | EINVAL
 */
export const ipv6UseMinMtu: SocketOption = {
  name: NAME,
  level: Level.IPPROTO_IPV6,
  number: Ipv6Option.USE_MIN_MTU,
  length: 4,
  set(socket, value) {
    if (value < GROUPS_ALONE || value > ALL) return -Errno.EINVAL
    const { options } = socket
    options.kept = new Map([...options.kept, [NAME, value]])
    if (!isStream(socket)) return 0
    socket.options.leastPackets = value === ALL
    if (value === ALL && socket.tcb !== null) updateSendMss(socket.tcb)
    return 0
  },
  get: ({ options }) => options.kept.get(NAME) ?? GROUPS_ALONE,
}
