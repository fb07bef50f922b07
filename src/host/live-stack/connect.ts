import { Poll } from '../../stack/index.ts'
import { HostError } from '../errors.ts'
import type { StackSocket, StackSockets } from './sockets.ts'

/**
 * Connects, and waits until that has succeeded or failed.
 * @param gone the connection is given up when nobody wants it any more
 * @throws HostError (a rejection) with one line that names the errno
 */
export async function connectSocket(
  sockets: StackSockets,
  program: string,
  to: { readonly address: string; readonly port: number },
  gone: Promise<void>,
): Promise<StackSocket> {
  const where = `${to.address} port ${to.port}`
  const socket = sockets.connect(program, to)
  if (typeof socket === 'string') throw new HostError(`${where}: ${socket}`)
  const settled = new Promise<void>((resolve) => {
    socket.onReady = () => {
      if (socket.poll(Poll.OUT) !== 0) resolve()
    }
  })
  await Promise.race([settled, gone])
  const result = socket.connectResult(to)
  if (result === 0) return socket
  const reason = socket.errorName(result)
  socket.close()
  throw new HostError(`${where}: ${reason === 'EALREADY' ? 'given up' : reason}`)
}
