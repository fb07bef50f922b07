import type { StackSocket } from '../sockets.ts'

const CHUNK = 1 << 18
/** Where everybody's octets go; nobody looks at them. */
const nowhere = new Uint8Array(CHUNK)

/** RFC 863: whatever comes is thrown away. @param counted told of octets as they come */
export function discard(socket: StackSocket, counted?: (octets: number) => void): void {
  socket.onReady = () => {
    for (;;) {
      const got = socket.receive(nowhere)
      if (socket.isAgain(got)) return
      if (got <= 0) {
        socket.close()
        return
      }
      counted?.(got)
    }
  }
  socket.onReady()
}
