import { Errno } from '../../base/index.ts'
import { State } from '../../tcp/index.ts'
import { Ioctl } from '../constants.ts'
import type { Socket } from './socket.ts'
import { TcpSocket } from './tcp-socket.ts'

/** ioctl() of a socket. @returns what was asked for, or −EINVAL or −ENOTTY, canonical */
export function ioctlCall(socket: Socket, request: number): number {
  const { tellsWriteQueue } = socket.host.personality.sockets
  // BSD's listeners have no mark either.
  const isOfAll = request === Ioctl.FIONBIO || (request === Ioctl.SIOCATMARK && !tellsWriteQueue)
  if (!isOfAll && socket instanceof TcpSocket && socket.state === State.LISTEN) return -Errno.EINVAL
  switch (request) {
    case Ioctl.SIOCINQ:
      return socket.inputQueue()
    case Ioctl.SIOCOUTQ:
      return socket.outputQueue()
    case Ioctl.SIOCOUTQNSD:
      return socket instanceof TcpSocket ? socket.unsentQueue() : -Errno.EINVAL
    case Ioctl.SIOCATMARK:
      // MUST-33: SIOCATMARK: reading has come to its end
      return socket instanceof TcpSocket ? Number(socket.atMark()) : -Errno.EINVAL
    case Ioctl.FIONBIO:
      return 0
    case Ioctl.FIONWRITE:
    case Ioctl.FIONSPACE: {
      if (!tellsWriteQueue || !(socket instanceof TcpSocket)) return -Errno.ENOTTY
      const used = socket.tcb?.sendBuffer.length ?? 0
      return request === Ioctl.FIONWRITE ? used : Math.max(0, socket.options.sendBuffer - used)
    }
    default:
      return -Errno.EINVAL
  }
}
