import type { StackSocket } from '../sockets.ts'

const FIRST = 0x20
const CHARACTERS = 95
const COLUMNS = 72
/** CR and LF included. */
const LINE = COLUMNS + 2
/** After as many lines as there are characters the pattern begins anew. */
const PERIOD = CHARACTERS * LINE
/** Octets offered to one call. */
const CHUNK = 1 << 18

const pattern = makePattern(PERIOD + CHUNK)
const nowhere = new Uint8Array(1 << 16)

/** RFC 864 over UDP: up to 512 characters for each datagram that comes. */
export const CHARGEN_DATAGRAM: Uint8Array = pattern.subarray(0, 6 * LINE)

/** RFC 864: printable characters without end, until the peer has had enough; what it sends is thrown away. */
export function chargen(socket: StackSocket): void {
  let offset = 0
  socket.onReady = () => {
    if (hasEnded(socket)) {
      socket.close()
      return
    }
    for (;;) {
      const sent = socket.send(pattern.subarray(offset, offset + CHUNK))
      if (socket.isAgain(sent)) return
      if (sent < 0) {
        socket.close()
        return
      }
      offset = (offset + sent) % PERIOD
    }
  }
  socket.onReady()
}

/** Whether the peer has ended its direction, or the connection. */
function hasEnded(socket: StackSocket): boolean {
  for (;;) {
    const got = socket.receive(nowhere)
    if (got <= 0) return !socket.isAgain(got)
  }
}

/** The `n`-th line is 72 characters of the alphabet from the n-th on. */
function makePattern(length: number): Uint8Array {
  const octets = new Uint8Array(length)
  for (let i = 0; i < length; i++) {
    const column = i % LINE
    const line = Math.floor(i / LINE)
    if (column === COLUMNS) octets[i] = 0x0d
    else if (column === COLUMNS + 1) octets[i] = 0x0a
    else octets[i] = FIRST + ((line + column) % CHARACTERS)
  }
  return octets
}
