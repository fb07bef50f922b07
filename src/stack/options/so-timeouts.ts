import { Errno, SECOND } from '../../base/index.ts'
import { Level, So } from '../constants.ts'
import type { SocketOptions } from '../sockets/socket-options.ts'
import { octetText } from './octet-text.ts'
import type { OctetsOption } from './option.ts'
import { inTicks } from './ticks.ts'

/** Of two numbers of 64 bits: seconds and µs. */
const LENGTH = 16

type Field = 'SO_RCVTIMEO' | 'SO_SNDTIMEO'

/**
 * SO_RCVTIMEO, SO_SNDTIMEO: how long a blocking call waits before it fails with EAGAIN (connect(): EINPROGRESS). Calls of this stack
 * never wait: whoever does so for a program asks for it.
 *
 *     {0, 0}                    | for ever
 *     {seconds, µs}             | so long, in whole ticks of 4 ms
 *     below 0 s                 | not at all
 *     below 0, or 1000000 µs    | EDOM
 *     fewer than 16 octets      | EINVAL
 *     FreeBSD                   | to the µs; below 0 s EDOM
 */
export const soTimeouts: readonly OctetsOption[] = [
  timeout('SO_RCVTIMEO', So.RCVTIMEO, 'SO_RCVTIMEO'),
  timeout('SO_SNDTIMEO', So.SNDTIMEO, 'SO_SNDTIMEO'),
  timeout('SO_RCVTIMEO_NEW', So.RCVTIMEO_NEW, 'SO_RCVTIMEO'),
  timeout('SO_SNDTIMEO_NEW', So.SNDTIMEO_NEW, 'SO_SNDTIMEO'),
]

function timeout(name: string, number: number, field: Field): OctetsOption {
  return {
    ...{ name, level: Level.SOL_SOCKET, number, length: LENGTH },
    setOctets(socket, octets) {
      if (octets.length < LENGTH) return -Errno.EINVAL
      const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
      const [seconds, micros] = [Number(view.getBigInt64(0, true)), Number(view.getBigInt64(8, true))]
      if (micros < 0 || micros >= SECOND) return -Errno.EDOM
      const { timeoutsInTicks } = socket.host.personality.sockets
      if (!timeoutsInTicks && seconds < 0) return -Errno.EDOM
      const whole = timeoutsInTicks ? inTicks(micros) : micros
      const us = seconds < 0 ? -1 : seconds * SECOND + whole
      socket.options.kept = new Map([...socket.options.kept, [field, us]])
      return 0
    },
    get: ({ options }) => answer(options, field),
  }
}

function answer(options: SocketOptions, field: Field): string {
  const octets = new Uint8Array(LENGTH)
  const view = new DataView(octets.buffer)
  const us = Math.max(0, options.kept.get(field) ?? 0)
  view.setBigInt64(0, BigInt(Math.floor(us / SECOND)), true)
  view.setBigInt64(8, BigInt(us % SECOND), true)
  return octetText(octets)
}
