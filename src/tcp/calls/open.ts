import { assert } from '../../base/index.ts'
import { fastOpenSynSent, isDeferred, mayFastOpen, prepareFastOpen } from '../fast-open/client.ts'
import { askedBySystem } from '../fast-open/server.ts'
import { expectLittle, prepareOffer } from '../negotiate.ts'
import { sendFirstSyn, sendSynWithData, supposeMss } from '../output/syn.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { restartRetransmit } from '../timeouts/arm.ts'
import { boundOpening } from '../timeouts/keepalive.ts'
import { startUserTimeout } from '../timeouts/user.ts'
import { setState } from '../transition.ts'
import { WaitingList } from '../waiting-list.ts'

/** What a program's buffer has that leads nowhere: a SYN that is to carry it goes without, and asks for a cookie. */
export const UNREADABLE: Uint8Array = new Uint8Array(0)

/** What the SYN of an active open says beside its number. */
export const Opening = {
  /** The cookie that is known and data, or the question for one. */
  FAST: 0,
  /** The question for a cookie; BSD's connect(), which does not wait for ever. */
  ASKING: 1,
} as const
/** One of these. */
export type Opening = (typeof Opening)[keyof typeof Opening]

/**
 * RFC 9293 §3.10.1, passive OPEN: CLOSED → LISTEN.
 * @param backlog connections that may wait for accept(); already bounded by the system's limit
 */
export function openPassive(tcb: Tcb, backlog: number): void {
  assert(tcb.state === State.CLOSED, 'passive OPEN of a TCB that is in use')
  tcb.listen = {
    backlog,
    embryonic: new WaitingList(),
    accept: [],
    early: new WaitingList(),
    held: [],
    cookies: { sentAt: Number.NEGATIVE_INFINITY },
  }
  tcb.done = false
  // What TCP_QUICKACK said before is of no connection.
  tcb.options.quickAck = true
  tcb.acknowledging.interactive = false
  askedBySystem(tcb, backlog)
  setState(tcb, State.LISTEN)
}

/** listen() on a listener: only the limit changes. */
export function resizeBacklog(tcb: Tcb, backlog: number): void {
  assert(tcb.listen !== null, 'no listener')
  tcb.listen.backlog = backlog
}

/**
 * RFC 9293 §3.10.1, active OPEN: CLOSED → SYN-SENT. The caller has chosen both addresses and ports.
 * The result arrives later: ESTABLISHED, or CLOSED with `tcb.error`.
 *
 * @param data for the SYN; with Fast Open (RFC 7413) only if there is a cookie, and empty asks for one; null: a plain SYN
 * @param how with the cookie that is known, or asking for one whatever is known of the server
 * @returns octets of it that the SYN carries
 */
export function openActive(tcb: Tcb, data: Uint8Array | null = null, how: Opening = Opening.FAST): number {
  if (!isDeferred(tcb)) deferOpening(tcb)
  // An error of before is told until the SYN leaves.
  tcb.error = 0
  const host = tcb.host
  host.counters.ActiveOpens++
  tcb.iss = host.initialSequence(tcb.local, tcb.localPort, tcb.remote, tcb.remotePort)
  prepareOffer(tcb)
  const taken = sendOpening(tcb, data, how)
  restartRetransmit(tcb)
  startUserTimeout(tcb)
  // Text that opens a connection (BSD) has nothing to bound it but the retransmissions.
  if (how === Opening.ASKING) boundOpening(tcb)
  return taken
}

/**
 * The part of an active OPEN that needs no segment: SYN-SENT without a SYN, which the first text will open (TCP_FASTOPEN_CONNECT). It hears what
 * comes, but nothing can acknowledge what was not sent.
 */
export function deferOpening(tcb: Tcb): void {
  assert(tcb.state === State.CLOSED, 'active OPEN of a TCB that is in use')
  tcb.active = true
  tcb.done = false
  tcb.host.register(tcb)
  setState(tcb, State.SYN_SENT)
}

function sendOpening(tcb: Tcb, fastOpen: Uint8Array | null, how: Opening): number {
  let taken = 0
  const asks = how === Opening.ASKING || fastOpen === UNREADABLE
  if (fastOpen !== null) prepareFastOpen(tcb, asks)
  if (how === Opening.FAST && tcb.host.policy.bufferSteps !== null) expectLittle(tcb)
  // With no data to send it is a SYN with data all the same, of none.
  const data = fastOpen !== null && !asks && !tcb.options.noOptions
  if (data && mayFastOpen(tcb)) {
    taken = sendSynWithData(tcb, fastOpen)
    if (tcb.fastOpen !== null) tcb.fastOpen.data = taken
  } else {
    if (fastOpen !== null && !tcb.host.policy.padsWithZeros) supposeMss(tcb)
    sendFirstSyn(tcb, false)
  }
  fastOpenSynSent(tcb)
  return taken
}

/** The oldest connection that waits for accept(), or null. The caller becomes its owner. */
export function acceptChild(listener: Tcb): Tcb | null {
  const child = listener.listen?.accept.shift()
  if (child === undefined) return null
  child.listener = null
  // What the listener was asked for is its own.
  child.options.fastOpenQueue = 0
  return child
}

/** An active open is under way. */
export function isOpening({ active, state }: Tcb): boolean {
  return state === State.SYN_SENT || (state === State.SYN_RECEIVED && active)
}
