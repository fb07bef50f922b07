/** What was wrong with a connection, in words that name the end. */
import { counted, formatDuration, type Micros } from '../base/index.ts'
import { State, stateName } from '../tcp/index.ts'
import type { End } from './end.ts'
import type { Flow, FlowCounts } from './flow.ts'
import type { ReplayedEnd } from './replayed-end.ts'
import type { Move } from './timeline.ts'

/** What can be wrong. */
export type ProblemKind =
  | 'self-connected'
  | 'one-direction'
  | 'refused'
  | 'no-answer'
  | 'handshake-unfinished'
  | 'reset'
  | 'half-open'
  | 'unanswered'
  | 'fin-not-acknowledged'
  | 'never-closed'
  | 'icmp-error'
  | 'retransmissions'
  | 'zero-window'
  | 'not-captured'
  | 'out-of-order'
  | 'duplicate-acks'

/** One thing that was wrong. */
export interface Problem {
  readonly kind: ProblemKind
  /** The end that it is told of: the one that sent, waited or refused. */
  readonly end: 0 | 1
  /** How often; 1 for what happens once. */
  readonly count: number
  /** A sentence without its full stop. */
  readonly text: string
}

/** What somebody said of packets of one end. */
export interface IcmpError {
  /** The address of who said it. */
  readonly from: string
  /** The end whose packets it is about. */
  readonly end: 0 | 1
  /** `host unreachable`. */
  readonly said: string
  count: number
}

/** What is known of a connection at the end of the capture. */
export interface Facts {
  readonly ends: readonly [ReplayedEnd, ReplayedEnd]
  readonly knownEnds: readonly [End, End]
  readonly flows: readonly [Flow, Flow]
  readonly moves: readonly Move[]
  readonly icmpErrors: readonly IcmpError[]
  /** The number of the connection that the opener has begun at the same ports, when it knew nothing of this one any more. */
  readonly successor: number | undefined
  /** The capture's last packet, µs. */
  readonly captureEnd: Micros
}

/** What was wrong, the gravest first: how it began, how it ended, what was lost on the way. */
export function problemsOf(facts: Facts): Problem[] {
  const unheard = both(facts, oneDirection)
  const begun = unheard.length > 0 ? unheard : beginning(facts)
  if (isSelfConnected(facts)) return selfConnected(facts)
  return [...begun, ...(begun.length > 0 ? [] : ending(facts)), ...both(facts, icmpErrors), ...both(facts, transfer)]
}

/** connect() to a port of its own, at which nobody listens: TCP's simultaneous open, by one socket. */
function isSelfConnected({ ends }: Facts): boolean {
  return ends[0].address === ends[1].address && ends[0].port === ends[1].port
}

function selfConnected(facts: Facts): Problem[] {
  const text = `${nameOf(facts, 0)} is connected to itself: nobody listened, and connect() drew the very port that it was to reach; a server's port belongs outside of ip_local_port_range`
  return once('self-connected', 0, text)
}

/** What an end sends is acknowledged and was not captured, as where each direction takes a way of its own: nothing more can be judged. */
function oneDirection(facts: Facts, end: 0 | 1): Problem[] {
  const other = end === 0 ? 1 : 0
  if (facts.ends[end].counts.segments > 0 || !facts.flows[other].hasHeard) return []
  const text = `nothing that ${nameOf(facts, end)} sent was captured, though ${nameOf(facts, other)} acknowledges it: one direction is missing`
  return once('one-direction', end, text)
}

/** What routers and hosts said of packets of this end. */
function icmpErrors(facts: Facts, end: 0 | 1): Problem[] {
  const own = facts.icmpErrors.filter((error) => error.end === end)
  return own.map(({ from, said, count }) => {
    const times = count === 1 ? '' : `, ${count} times`
    return { kind: 'icmp-error', end, count, text: `${from} told ${nameOf(facts, end)}: ${said}${times}` }
  })
}

function both(facts: Facts, tell: (facts: Facts, end: 0 | 1) => Problem[]): Problem[] {
  return [...tell(facts, 0), ...tell(facts, 1)]
}

function nameOf({ ends }: Facts, end: 0 | 1): string {
  const { address, port } = ends[end]
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}

function once(kind: ProblemKind, end: 0 | 1, text: string): Problem[] {
  return [{ kind, end, count: 1, text }]
}

function beginning(facts: Facts): Problem[] {
  const [opener, other] = facts.knownEnds
  const { ends, moves } = facts
  const hasEstablished = moves.some(({ to }) => to === State.ESTABLISHED)
  if (opener.iss === undefined || hasEstablished) return []
  const tries = ends[0].counts.retransmissions + 1
  const sent = tries === 1 ? 'its SYN' : `its SYN, sent ${tries} times`
  if (ends[1].counts.resets > 0 && other.iss === undefined) {
    const times = tries === 1 ? '' : `, ${tries} times`
    return once('refused', 1, `${nameOf(facts, 1)} refused the connection: it answered the SYN with RST${times}`)
  }
  if (ends[1].counts.segments === 0) {
    return once('no-answer', 0, `${nameOf(facts, 0)} had no answer to ${sent}`)
  }
  if (opener.state === State.CLOSED && ends[0].counts.resets > 0) {
    const text = `${nameOf(facts, 0)} answered the SYN,ACK with RST: it had given up, or only asked whether the port listens`
    return once('handshake-unfinished', 0, text)
  }
  if (opener.state !== State.CLOSED || other.state === State.SYN_RECEIVED) {
    return once('handshake-unfinished', 0, `the handshake was not completed: ${nameOf(facts, 1)} is in ${at(ends[1])}`)
  }
  return []
}

function at({ state }: ReplayedEnd): string {
  return state === undefined ? 'an unknown state' : stateName(state)
}

function ending(facts: Facts): Problem[] {
  const problem = facts.ends.some(({ counts }) => counts.resets > 0) ? reset(facts) : []
  if (problem.length > 0) return problem
  return [...both(facts, unacknowledged), ...both(facts, unanswered), ...both(facts, oneSided)]
}

/** Who ended it by RST, and in which states that found both. */
function reset(facts: Facts): Problem[] {
  const { ends, moves } = facts
  const from = ends[0].counts.resets >= ends[1].counts.resets ? 0 : 1
  const closed = moves.filter(({ to, from: before }) => to === State.CLOSED && before !== State.LAST_ACK)
  const own = closed.find(({ end }) => end === from)
  const others = closed.find(({ end }) => end !== from)
  if (own === undefined && others === undefined) return []
  const whose = resetByAnother(facts, from, others)
  if (whose.length > 0) return whose
  const inState = (move: Move | undefined): string => (move === undefined ? '' : ` in ${stateName(move.from)}`)
  const whom = others === undefined ? '' : `; it found ${nameOf(facts, from === 0 ? 1 : 0)}${inState(others)}`
  const count = ends[from].counts.resets
  const times = count === 1 ? '' : `, ${count} times`
  return [{ kind: 'reset', end: from, count, text: `${nameOf(facts, from)} sent RST${inState(own)}${times}${whom}` }]
}

/** A RST that is not what it looks like: of an end that had forgotten the connection, that gave up, or that did not send it. */
function resetByAnother(facts: Facts, from: 0 | 1, others: Move | undefined): Problem[] {
  const other = from === 0 ? 1 : 0
  const [name, its] = [nameOf(facts, from), nameOf(facts, other)]
  const { gaveUp, wentOn } = facts.flows[from]
  if (facts.successor !== undefined && from === 0) {
    const state = others === undefined ? '' : `, in ${stateName(others.from)},`
    const text = `half-open: ${name} had forgotten this connection, as after a crash, and opened #${facts.successor} at the same ports; ${its}${state} answered for this one, and had RST`
    return once('half-open', other, text)
  }
  if (gaveUp !== undefined) {
    const text = `${its} was silent for ${formatDuration(gaveUp.silence)}, while ${name} sent again ${counted(gaveUp.times, 'time')}, and gave up with RST: it is gone, or the path to it`
    return [{ kind: 'unanswered', end: from, count: gaveUp.times, text }]
  }
  if (!wentOn) return []
  const text = `a RST came in the name of ${name}, which went on sending: another had sent it, such as a firewall on the path`
  return [{ kind: 'reset', end: from, count: facts.ends[from].counts.resets, text }]
}

/** A FIN that nobody has acknowledged. */
function unacknowledged(facts: Facts, end: 0 | 1): Problem[] {
  const { state, counts } = facts.ends[end]
  if (state !== State.FIN_WAIT_1 && state !== State.LAST_ACK && state !== State.CLOSING) return []
  const repeated = counts.retransmissions > 0 ? `, ${counted(counts.retransmissions, 'retransmission')}` : ''
  return once(
    'fin-not-acknowledged',
    end,
    `the FIN of ${nameOf(facts, end)} was not acknowledged${repeated}: ${stateName(state)} for ${lasting(facts, end)}`,
  )
}

/** Something that was sent in vain so many times was not merely cut off by the end of the capture. */
const IN_VAIN = 2

/** The other end has fallen silent, as one does that has lost its power or its way. Of a FIN it has been said already. */
function unanswered(facts: Facts, end: 0 | 1): Problem[] {
  const { unansweredSince, unansweredTimes } = facts.flows[end]
  const other = end === 0 ? 1 : 0
  const { state } = facts.ends[end]
  const isOpen = state === State.ESTABLISHED || state === State.CLOSE_WAIT || state === State.FIN_WAIT_2
  // An end that was never heard was not captured.
  if (unansweredSince === undefined || !isOpen || facts.ends[other].counts.segments === 0) return []
  if (unansweredTimes < IN_VAIN) return []
  const silence = formatDuration(facts.captureEnd - unansweredSince)
  const text = `${nameOf(facts, other)} was silent for the last ${silence}, while ${nameOf(facts, end)} sent again ${counted(unansweredTimes, 'time')}: it is gone, or the path to it`
  return [{ kind: 'unanswered', end, count: unansweredTimes, text }]
}

/** One end is over, or has closed, and the other has not. */
function oneSided(facts: Facts, end: 0 | 1): Problem[] {
  const other = end === 0 ? 1 : 0
  const [own, its] = [facts.ends[end].state, facts.ends[other].state]
  if (own === State.CLOSE_WAIT) {
    const text = `${nameOf(facts, end)} had not closed when the capture ended: CLOSE-WAIT for ${lasting(facts, end)}, ${nameOf(facts, other)} in ${at(facts.ends[other])}`
    return once('never-closed', end, text)
  }
  const isOpen = own === State.ESTABLISHED || own === State.FIN_WAIT_2
  if (isOpen && (its === State.CLOSED || its === State.TIME_WAIT)) {
    return once(
      'half-open',
      end,
      `half-open: ${nameOf(facts, end)} is in ${at(facts.ends[end])}, ${nameOf(facts, other)} is gone`,
    )
  }
  return []
}

/** How long an end has been where it is, up to the end of the capture. */
function lasting({ moves, captureEnd }: Facts, end: 0 | 1): string {
  const last = moves.findLast((move) => move.end === end)
  return formatDuration(captureEnd - (last?.time ?? 0))
}

function transfer(facts: Facts, end: 0 | 1): Problem[] {
  const { counts } = facts.ends[end]
  const name = nameOf(facts, end)
  const problems: Problem[] = []
  const tell = (kind: ProblemKind, count: number, text: string): void => {
    if (count > 0) problems.push({ kind, end, count, text })
  }
  tell('retransmissions', isSaid(facts, end) ? 0 : counts.retransmissions, retransmissionText(name, counts))
  tell(
    'zero-window',
    counts.zeroWindows,
    `${name} closed its window ${counted(counts.zeroWindows, 'time')}, for ${formatDuration(counts.zeroWindowTime)} in all`,
  )
  const unknown = counts.gaps - counts.missed
  tell(
    'not-captured',
    unknown,
    `${counted(unknown, 'gap')} in what ${name} sent: lost before the capture, or not captured`,
  )
  tell(
    'not-captured',
    counts.missed,
    `${counted(counts.missed, 'gap')} in what ${name} sent, though it was acknowledged: the capture missed packets, as with too small a buffer (tcpdump -B)`,
  )
  tell(
    'not-captured',
    counts.acksOfUnseen,
    `${name} acknowledged ${counted(counts.acksOfUnseen, 'time')} what was not captured`,
  )
  tell('out-of-order', counts.outOfOrder, `${counted(counts.outOfOrder, 'segment')} of ${name} out of order`)
  tell('duplicate-acks', counts.duplicateAcks, `${name} sent ${counted(counts.duplicateAcks, 'duplicate ACK')}`)
  return problems
}

/** A SYN without an answer, or with a refusal, has been told with how often it was sent. */
function isSaid({ knownEnds, flows }: Facts, end: 0 | 1): boolean {
  return end === 0 && knownEnds[0].iss !== undefined && knownEnds[1].iss === undefined && flows[0].counts.octets === 0
}

function retransmissionText(name: string, counts: FlowCounts): string {
  const { retransmissions, fastRetransmissions: fast, spuriousRetransmissions: needless } = counts
  const kinds = [
    ...(fast > 0 ? [`${fast} fast`] : []),
    ...(needless > 0 ? [retransmissions === 1 ? 'though it had arrived' : `${needless} of which had arrived`] : []),
  ]
  return [`${name} retransmitted ${counted(retransmissions, 'segment')}`, ...kinds].join(', ')
}
