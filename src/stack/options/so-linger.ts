import { Errno } from '../../base/index.ts'
import { Level, So } from '../constants.ts'
import type { LingerOption } from './option.ts'

/** As many as 16 bits hold. */
const SECONDS_MOST = 65_535

/**
 * SO_LINGER: what close() of the last descriptor does.
 *
 *     off            | returns at once; what was sent is still delivered, then FIN
 *     on, 0 s        | RST; unsent data is dropped, no TIME-WAIT
 *     on, n s        | as off, but the caller waits up to n s for the ACK of the FIN (here: whoever drives the process does)
 *     unread data    | RST in every case
 *
 * Switched off, the time stays as it was set; FreeBSD takes the new one, and none that 16 bits do not hold (EDOM).
 */
export const soLinger: LingerOption = {
  name: 'SO_LINGER',
  level: Level.SOL_SOCKET,
  number: So.LINGER,
  length: 8,
  setLinger(socket, value) {
    const { lingerIsBounded } = socket.host.personality.sockets
    if (lingerIsBounded && (value.seconds < 0 || value.seconds > SECONDS_MOST)) return -Errno.EDOM
    socket.options.lingerOn = value.on
    if (value.on || lingerIsBounded) socket.options.lingerSeconds = value.seconds
    return 0
  },
  get: ({ options }) => ({ on: options.lingerOn, seconds: options.lingerSeconds }),
}
