import { Level, So } from '../constants.ts'
import type { SocketOption } from './option.ts'

/** Under which name it is kept which of them is on. */
const KEY = 'SO_TIMESTAMP'

/**
 * SO_TIMESTAMP, SO_TIMESTAMPNS: recvmsg() is to tell when a datagram came, in µs or ns, with times of 32 or 64 bits. One of the four is
 * on at a time; switching off any switches off whichever it is.
 */
export const soTimestamps: readonly SocketOption[] = [
  stamp('SO_TIMESTAMP', So.TIMESTAMP),
  stamp('SO_TIMESTAMPNS', So.TIMESTAMPNS),
  stamp('SO_TIMESTAMP_NEW', So.TIMESTAMP_NEW),
  stamp('SO_TIMESTAMPNS_NEW', So.TIMESTAMPNS_NEW),
]

function stamp(name: string, number: number): SocketOption {
  return {
    ...{ name, level: Level.SOL_SOCKET, number, length: 4 },
    set(socket, value) {
      socket.options.kept = new Map([...socket.options.kept, [KEY, value === 0 ? 0 : number]])
      return 0
    },
    get: ({ options }) => Number(options.kept.get(KEY) === number),
  }
}
