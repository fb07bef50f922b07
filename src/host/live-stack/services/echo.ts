import { pipeline } from 'node:stream'
import { SocketStream } from '../socket-stream.ts'
import type { StackSocket } from '../sockets.ts'

/** RFC 862: whatever comes goes back, and the end too. */
export function echo(socket: StackSocket): void {
  const stream = new SocketStream(socket)
  // A peer that resets the connection has ended it, which is all there is to it.
  pipeline(stream, stream, () => undefined)
}
