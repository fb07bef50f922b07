import { accurateOptions } from './accurate.ts'
import type { Measures, Subject } from './bench.ts'
import { assassination, manyCloses, orphan, orphanRetries, sameAgain, timeWait } from './closing.ts'
import { fragments } from './fragments.ts'
import { challenges, guesses, plainSyns, scans, timedData, unaskedProbes, windowProbes } from './guarding.ts'
import { mtuProbing } from './mtu.ts'
import { acceptQueue, syn, synAck, synBacklog, synFlood, synOffers } from './opening.ts'
import { paths } from './paths.ts'
import { behindGap, duplicate, ecn, receiveSpace } from './receiving.ts'
import {
  bursts,
  leastRoundTrip,
  lostTail,
  needlessTimeout,
  overtaken,
  reordered,
  secondConnection,
  smallAgain,
} from './recovering.ts'
import { binding, buffers, fastOpen, lastPort, lending, ports, sendSpace, unsent } from './sockets.ts'
import { afterIdle, answers, data, delayedAck, doubtedPath, echo, keepalive, refusedByIcmp, urgent } from './talking.ts'

const PROBES: readonly ((subject: Subject) => Measures)[] = [
  assassination,
  manyCloses,
  orphan,
  orphanRetries,
  sameAgain,
  timeWait,
  acceptQueue,
  syn,
  synAck,
  synBacklog,
  synFlood,
  synOffers,
  binding,
  buffers,
  fastOpen,
  lastPort,
  lending,
  ports,
  sendSpace,
  unsent,
  behindGap,
  duplicate,
  accurateOptions,
  ecn,
  receiveSpace,
  mtuProbing,
  paths,
  bursts,
  leastRoundTrip,
  lostTail,
  needlessTimeout,
  overtaken,
  reordered,
  secondConnection,
  smallAgain,
  afterIdle,
  answers,
  data,
  delayedAck,
  doubtedPath,
  echo,
  fragments,
  keepalive,
  refusedByIcmp,
  urgent,
  challenges,
  guesses,
  plainSyns,
  scans,
  timedData,
  unaskedProbes,
  windowProbes,
]

/** Everything that can be measured of a system with some sysctls set. */
export function measure(subject: Subject): Measures {
  return Object.assign({}, ...PROBES.map((probe) => probe(subject)))
}

/** The names of what differs between two measurements. */
export function moved(before: Measures, after: Measures): string[] {
  return Object.keys(before).filter((name) => before[name] !== after[name])
}
