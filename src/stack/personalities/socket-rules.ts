import { Errno } from '../../base/index.ts'
import { cubic, newReno } from '../../tcp/index.ts'
import { COMMON_STATUS } from '../options/tcp-info.ts'
import { LINUX_ICMP } from './icmp-meanings.ts'
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
  socketAnswersFirst: null,
  kindIsAskedFirst: true,
  otherFamily: Errno.ENETUNREACH,
  addressIsExact: false,
  waysAreAskedFirst: false,
  acceptHandsDownNonblocking: false,
  handsDown: null,
  timeoutsBoundCalls: true,
  timeoutsInTicks: true,
  lingersAsCallsWait: false,
  beyondMemory: Errno.EFAULT,
  sendMayEnd: false,
  streamsEndRecords: true,
  streamsTakeControl: true,
  cutUrgentIsTold: true,
  tellsFlagsGiven: false,
  textWakesWriters: true,
  tellsWriteQueue: false,
  corksDatagrams: true,
  cutsUnlessForbidden: false,
  protocolTakesOptions: false,
  timeoutBoundsStay: true,
  lowWaterIsBounded: false,
  largerBufferWakes: true,
  pacesSockets: true,
  keepsWholeTos: false,
  hopsAreTakenAsGiven: false,
  takesRoutesAlone: false,
  tellsHeaderIncluded: true,
  streamsAskForPath: true,
  checksSignatures: true,
  fastOpenIsSwitch: false,
  cookiesPerPort: false,
  handsDownAlgorithm: false,
  unknownAlgorithm: Errno.ENOENT,
  status: COMMON_STATUS,
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
