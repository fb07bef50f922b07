import { number, numbers, onOff, type SysctlDefinition } from '../sysctl/definition.ts'

const INT_MAX = 2_147_483_647
const UINT_MAX = 4_294_967_295
/** Many switches are octets without bounds: 2 is taken and means on. */
const OCTET_MAX = 255

/** Linux's sysctls of buffers, and of the windows that are offered of them. */
export const LINUX_BUFFER_SYSCTLS: readonly SysctlDefinition[] = [
  number({
    name: 'net.ipv4.tcp_app_win',
    field: 'applicationWindow',
    unit: 'bits',
    min: 0,
    max: 31,
    description:
      'The largest first window leaves out so much of the buffer: one part in 2 to this power, and one segment; 0: nothing.',
  }),
  onOff({
    name: 'net.ipv4.tcp_workaround_signed_windows',
    field: 'signedWindows',
    max: OCTET_MAX,
    description:
      '1: without window scaling no window is larger than 32767, for peers that take it for a signed number.',
  }),
  onOff({
    name: 'net.ipv4.tcp_moderate_rcvbuf',
    field: 'moderateReceiveBuffer',
    max: OCTET_MAX,
    description: '1: a receive buffer grows with what is read in a round trip, up to the third value of tcp_rmem.',
  }),
  numbers({
    name: 'net.ipv4.tcp_notsent_lowat',
    unit: 'octets',
    range: `a whole number from 0 to ${UINT_MAX}`,
    description: `Unsent octets from which on a socket takes no more, however much its send buffer holds; ${UINT_MAX}: no bound. TCP_NOTSENT_LOWAT says otherwise.`,
    read: (config) => [Math.min(config.notSentLowat, UINT_MAX)],
    write: (config, [octets]) => {
      if (octets === undefined || octets < 0 || octets > UINT_MAX) return false
      config.notSentLowat = octets === UINT_MAX ? Number.POSITIVE_INFINITY : octets
      return true
    },
  }),
  numbers({
    name: 'net.ipv4.tcp_rmem',
    unit: 'octets',
    range: 'least, default and largest receive buffer, each from 1 to 2147483647',
    formerly: '4096 131072 6291456, before 6.16',
    description:
      'Receive buffer: least (kept, without effect here), that of a new socket, largest that it grows to and the window scale is made for.',
    read: (config) => [config.receiveBufferMin, config.receiveBuffer, config.receiveBufferMax],
    write: (config, [least, initial, largest]) => {
      if (!sizes(least, initial, largest)) return false
      config.receiveBufferMin = least as number
      config.receiveBuffer = initial as number
      config.receiveBufferMax = largest as number
      return true
    },
  }),
  numbers({
    name: 'net.ipv4.tcp_wmem',
    unit: 'octets',
    range: 'least, default and largest send buffer, each from 1 to 2147483647',
    description:
      'Send buffer: least (kept, without effect here), that of a new socket, largest that it grows to by itself.',
    read: (config) => [config.sendBufferMin, config.sendBuffer, config.sendBufferMax],
    write: (config, [least, initial, largest]) => {
      if (!sizes(least, initial, largest)) return false
      config.sendBufferMin = least as number
      config.sendBuffer = initial as number
      config.sendBufferMax = largest as number
      return true
    },
  }),
  number({
    name: 'net.core.rmem_max',
    field: 'receiveBufferGrant',
    unit: 'octets',
    min: 2304,
    max: INT_MAX,
    formerly: '212992, before 6.17',
    description: 'The most that SO_RCVBUF grants; the kernel doubles it.',
  }),
  number({
    name: 'net.core.wmem_max',
    field: 'sendBufferGrant',
    unit: 'octets',
    min: 4608,
    max: INT_MAX,
    formerly: '212992, before 6.17',
    description: 'The most that SO_SNDBUF grants; the kernel doubles it.',
  }),
  number({
    name: 'net.core.rmem_default',
    field: 'datagramReceiveBuffer',
    unit: 'octets',
    min: 2304,
    max: INT_MAX,
    description: 'Receive buffer of a new UDP socket.',
  }),
  number({
    name: 'net.core.wmem_default',
    field: 'datagramSendBuffer',
    unit: 'octets',
    min: 4608,
    max: INT_MAX,
    description: 'Send buffer of a new UDP socket.',
  }),
]

function sizes(...values: (number | undefined)[]): boolean {
  return values.every((value) => value !== undefined && value >= 1 && value <= INT_MAX)
}
