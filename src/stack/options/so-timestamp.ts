import { Level, So } from '../constants.ts'
import type { SocketOption } from './option.ts'

/** Under which name it is kept which of them is on: 1 in µs, 2 in ns. */
const KEY = 'SO_TIMESTAMP'
/** Whether times have 64 bits, those of SO_TIMESTAMPING too: what was asked for last decides for both. */
const NEW = 'SO_TIMESTAMP_NEW'

/**
 * SO_TIMESTAMP, SO_TIMESTAMPNS: recvmsg() is to tell when a datagram came, in µs or ns, with times of 32 or 64 bits. One of the four is
 * on at a time; switching off any switches off whichever it is.
 */
export const soTimestamps: readonly SocketOption[] = [
  stamp('SO_TIMESTAMP', So.TIMESTAMP, 1, 0),
  stamp('SO_TIMESTAMPNS', So.TIMESTAMPNS, 2, 0),
  stamp('SO_TIMESTAMP_NEW', So.TIMESTAMP_NEW, 1, 1),
  stamp('SO_TIMESTAMPNS_NEW', So.TIMESTAMPNS_NEW, 2, 1),
]

function stamp(name: string, number: number, unit: number, wide: number): SocketOption {
  return {
    ...{ name, level: Level.SOL_SOCKET, number, length: 4 },
    set(socket, value) {
      const { kept } = socket.options
      if (value !== 0) socket.host.arrivalStamps.ask(socket.host.now)
      const on: [string, number][] = [
        [KEY, unit],
        [NEW, wide],
      ]
      socket.options.kept = new Map([...kept, ...(value === 0 ? [[KEY, 0] as [string, number]] : on)])
      return 0
    },
    get: ({ options: { kept } }) => Number(kept.get(KEY) === unit && (kept.get(NEW) ?? 0) === wide),
  }
}
