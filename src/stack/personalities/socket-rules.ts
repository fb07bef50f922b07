import { cubic, newReno } from '../../tcp/index.ts'
import { LINUX_ICMP } from '../ip/icmp-meanings.ts'
import type { SocketRules } from './personality.ts'

/** How sockets answer where a system's own way is not known: as Linux's do. */
export const COMMON_SOCKETS: Omit<
  SocketRules,
  | 'doublesBuffers'
  | 'sendBufferLeast'
  | 'receiveBufferLeast'
  | 'unreachableEndsOpening'
  | 'hardErrorsEnd'
  | 'takesSourceRoutes'
  | 'reportsDelivery'
> = {
  icmp: LINUX_ICMP,
  tellsSoftErrors: true,
  bsdCalls: false,
  sendConnects: false,
  optionBits: {},
  rareOptions: [],
  bufferRefusal: false,
  keepSeconds: [1, 32_767],
  keepCounts: [1, 127],
  lingerIsBounded: false,
  // RFC 1191 §3: no router may ask for less.
  congestionNames: { reno: newReno, cubic },
}
