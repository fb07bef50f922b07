import { Errno } from '../../base/index.ts'
import { Level, TcpOption } from '../constants.ts'
import { type SocketOption, stream } from './option.ts'

/**
 * TCP_SAVE_SYN: a listener's connections keep the headers of the SYN that made them.
 *
 *     0     | off
 *     1, 2  | IP and TCP headers, and with 2 the link's too: there is none here
 *     else  | EINVAL
 */
export const tcpSaveSyn: SocketOption = {
  name: 'TCP_SAVE_SYN',
  level: Level.IPPROTO_TCP,
  number: TcpOption.SAVE_SYN,
  length: 4,
  set(socket, value) {
    if (value < 0 || value > 2) return -Errno.EINVAL
    socket.options.saveSyn = value
    return 0
  },
  get: ({ options }) => options.saveSyn,
}

/** TCP_SAVED_SYN: those headers, each octet a character, once; nothing where none are kept. Read only. */
export const tcpSavedSyn: SocketOption = {
  name: 'TCP_SAVED_SYN',
  level: Level.IPPROTO_TCP,
  number: TcpOption.SAVED_SYN,
  length: 60,
  get(socket) {
    const { tcb } = stream(socket)
    const octets = tcb?.savedSyn ?? []
    if (tcb !== null) tcb.savedSyn = null
    return String.fromCharCode(...octets)
  },
}
