import { Errno } from '../../base/index.ts'
import { probePeer, State } from '../../tcp/index.ts'
import { Level, TcpOption } from '../constants.ts'
import type { Socket } from '../sockets/socket.ts'
import { isStream, type SocketOption, stream } from './option.ts'

const NAME = 'TCP_REPAIR'
const OFF = 0
const ON = 1
const OFF_WITHOUT_PROBE = -1
/** TCP_REPAIR_QUEUE's: none, what was received, what is sent; and that there is no repair. */
const NO_QUEUE = 0
const RECEIVED = 1
const SENT = 2
const NO_REPAIR = -1

/** The queue that was named last. */
const named = ({ options }: Socket): number => options.kept.get(NAME) ?? NO_REPAIR

function name({ options }: Socket, queue: number): void {
  options.kept = new Map([...options.kept, [NAME, queue]])
}

/**
 * TCP_REPAIR: the connection is put away, or taken up again, without the peer's hearing of it.
 *
 *     1              | close() and connect(AF_UNSPEC) send nothing
 *     0              | over: an open connection sends a window probe, whose ACK says where things stand
 *     −1             | over, without a probe
 *     of a listener  | EPERM
 *
 * DIFFERS: from Linux in that no queue and no number can be set, and what is written and read under repair is as ever.
 */
export const tcpRepair: SocketOption = {
  name: 'TCP_REPAIR',
  level: Level.IPPROTO_TCP,
  number: TcpOption.REPAIR,
  length: 4,
  set(socket, value) {
    const own = isStream(socket) ? socket : null
    if (own?.state === State.LISTEN) return -Errno.EPERM
    if (value !== OFF && value !== ON && value !== OFF_WITHOUT_PROBE) return -Errno.EINVAL
    name(socket, value === ON ? NO_QUEUE : NO_REPAIR)
    if (!own?.tcb) return 0
    own.tcb.repairing = value === ON
    if (value === OFF && own.tcb.state === State.ESTABLISHED) probePeer(own.tcb)
    return 0
  },
  get: (socket) => Number(named(socket) !== NO_REPAIR),
}

/** TCP_REPAIR_QUEUE: which queue the next calls are about; without repair EPERM to set, EINVAL to read. */
export const tcpRepairQueue: SocketOption = {
  name: 'TCP_REPAIR_QUEUE',
  level: Level.IPPROTO_TCP,
  number: TcpOption.REPAIR_QUEUE,
  length: 4,
  set(socket, value) {
    if (named(socket) === NO_REPAIR) return -Errno.EPERM
    if (value < NO_QUEUE || value > SENT) return -Errno.EINVAL
    name(socket, value)
    return 0
  },
  ask: (socket) => (named(socket) === NO_REPAIR ? -Errno.EINVAL : named(socket)),
}

/** TCP_QUEUE_SEQ: where the queue ends that TCP_REPAIR_QUEUE names, else EINVAL. Of a socket that has a connection it is not to be set. */
export const tcpQueueSeq: SocketOption = {
  name: 'TCP_QUEUE_SEQ',
  level: Level.IPPROTO_TCP,
  number: TcpOption.QUEUE_SEQ,
  length: 4,
  set: (socket) => (stream(socket).state === State.CLOSED ? -Errno.EINVAL : -Errno.EPERM),
  ask(socket) {
    const { tcb } = stream(socket)
    const queue = named(socket)
    if (queue !== RECEIVED && queue !== SENT) return -Errno.EINVAL
    if (tcb === null) return 0
    return (queue === SENT ? tcb.sendBuffer.end : tcb.rcv.nxt) >>> 0
  },
}
