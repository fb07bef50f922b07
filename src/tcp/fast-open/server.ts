import type { TcpSegment } from '../../wire/index.ts'
import type { ListenQueues, Tcb } from '../tcb.ts'
import { FastOpenBit, newFastOpen } from './fast-open.ts'
import { needsNoCookie } from './without-cookie.ts'

const NO_OCTETS: Uint8Array = new Uint8Array(0)
/** Octets of a cookie that none of ours has. */
const ODD = 1
/** What is given out where none is needed. */
const NO_COOKIE: Uint8Array = new Uint8Array(8)

/**
 * A SYN at a listener: is its data taken at once (§4.2.2)? The SYN-ACK's option is prepared in either case.
 * @returns whether the connection is open from here on
 */
export function judgeFastOpenSyn(child: Tcb, queues: ListenQueues, segment: TcpSegment): boolean {
  const { config, counters, policy } = child.host
  const { fastOpenRepeatsCookie: repeats } = policy
  // Where a cookie may be anything, one that is too long or too short is a wrong one, and the experimental option none.
  const strange = repeats && segment.fastOpenLength < 0 && segment.fastOpenSaid
  const length = strange ? ODD : repeats && !segment.fastOpenSaid ? -1 : segment.fastOpenLength
  const free = needsNoCookie(child, FastOpenBit.SERVER_WITHOUT_COOKIE)
  if (length === 0) counters.TCPFastOpenCookieReqd++
  if ((config.fastOpen & FastOpenBit.SERVER) === 0 || (length < 0 && (repeats || segment.dataLength === 0)))
    return false
  if (!hasRoom(child, queues)) return false
  const fast = newFastOpen()
  if (free && repeats) fast.option = NO_COOKIE
  if (!free) {
    if (length < 0) return false
    const valid = child.host.fastOpen.makeFor(child)
    const given = strange ? NO_OCTETS : segment.buf.subarray(segment.fastOpenStart, segment.fastOpenStart + length)
    const which = length === 0 ? -1 : valid.findIndex((cookie) => child.host.fastOpen.isBrought(cookie, given))
    // Whoever brings none, or an older key's, is given the one that will be good for longest.
    if (which !== 0 || repeats) fast.option = valid[0] ?? null
    fast.experimental = segment.fastOpenExperimental
    if (which < 0) {
      if (length > 0) counters.TCPFastOpenPassiveFail++
      child.fastOpen = fast
      return false
    }
    if (which > 0) counters.TCPFastOpenPassiveAltKey++
  }
  counters.TCPFastOpenPassive++
  fast.early = true
  fast.owesAnswer = policy.fastOpenAnswersLate && segment.dataLength > 0
  fast.dataAcked = segment.dataLength > 0
  child.fastOpen = fast
  return true
}

/** listen(): where every listener is to do Fast Open it is as if the program had asked for it, with the length of its queue. */
export function askedBySystem({ host, options }: Tcb, backlog: number): void {
  const every = FastOpenBit.EVERY_LISTENER | FastOpenBit.SERVER
  if (options.fastOpenQueue === 0 && (host.config.fastOpen & every) === every) options.fastOpenQueue = backlog
}

/** TCP_FASTOPEN bounds the connections whose handshake is not complete yet (§5.1). */
function hasRoom(child: Tcb, queues: ListenQueues): boolean {
  const { counters, policy } = child.host
  const asked = child.options.fastOpenQueue
  const most = policy.fastOpenWithinBacklog && asked > 0 ? queues.backlog >> 1 : asked
  const { early, held } = queues
  if (early.size + held.length < most) return true
  // A place that has been held for long enough goes to the next, one at a time.
  if (most > 0 && (held[0] ?? Number.POSITIVE_INFINITY) <= child.host.now) {
    held.shift()
    return true
  }
  if (most > 0) counters.TCPFastOpenListenOverflow++
  return false
}
