import { type Seq, seqGeq, seqGt, seqLeq, seqLt } from '../../base/index.ts'
import { reportAnew, reportDuplicate } from '../output/duplicate-report.ts'
import { EARLY, type ReceivedPackets } from '../received-packets.ts'
import type { Tcb } from '../tcb.ts'

/**
 * A packet that came ahead of missing text takes its place among the others that did. What of it was here already is reported
 * (RFC 2883): by packets, as a system sees it that keeps packets whole, overlaps and all.
 * @returns whether it is kept, itself or in the room behind another one
 */
export function queueEarly(
  tcb: Tcb,
  packets: ReceivedPackets,
  seq: Seq,
  end: Seq,
  length: number,
  memory: number,
  room: number,
): boolean {
  const { early } = packets
  let at = placeOf(early, seq)
  const before = at - EARLY
  if (before >= 0) {
    const beforeEnd = early[before + 1] as Seq
    if (seq === beforeEnd && length <= (early[before + 3] as number)) {
      early[before + 1] = end
      early[before + 3] = (early[before + 3] as number) - length
      early[before + 4] = tcb.host.now
      tcb.host.counters.TCPRcvCoalesce++
      return true
    }
    if (seqLt(seq, beforeEnd)) {
      if (seqLeq(end, beforeEnd)) {
        tcb.host.counters.TCPOFOMerge++
        reportAnew(tcb, seq, end)
        return false
      }
      if (seqGt(seq, early[before] as Seq)) reportAnew(tcb, seq, beforeEnd)
      else {
        // It covers one that begins where it does.
        reportDuplicate(tcb, seq, beforeEnd)
        forgetPacket(tcb, packets, before)
        at = before
      }
    }
  }
  dropCovered(tcb, packets, at, end)
  early.splice(at, 0, seq, end, memory, room, tcb.host.now)
  packets.memory += memory
  return true
}

/** Behind the last packet that begins at or before `seq`. */
function placeOf(early: readonly number[], seq: Seq): number {
  let at = early.length
  while (at > 0 && seqGt(early[at - EARLY] as Seq, seq)) at -= EARLY
  return at
}

/** Packets from `at` on that the new one, which goes to `end`, makes superfluous. */
function dropCovered(tcb: Tcb, packets: ReceivedPackets, at: number, end: Seq): void {
  const { early } = packets
  while (at < early.length) {
    const left = early[at] as Seq
    const right = early[at + 1] as Seq
    if (seqLeq(end, left)) return
    if (seqLt(end, right)) return reportDuplicate(tcb, left, end)
    reportDuplicate(tcb, left, right)
    forgetPacket(tcb, packets, at)
  }
}

/** Another packet has all of it; a FIN goes with the packet that brought it. */
function forgetPacket(tcb: Tcb, packets: ReceivedPackets, at: number): void {
  if (bringsEarlyFin(tcb, packets.early[at + 1] as Seq)) tcb.finEarly = false
  packets.forget(at)
  tcb.host.counters.TCPOFOMerge++
}

/** @param end one past a packet's last number */
function bringsEarlyFin({ finEarly, finEarlyAt }: Tcb, end: Seq): boolean {
  return finEarly && end === ((finEarlyAt + 1) | 0)
}

/**
 * In-order text has reached RCV.NXT: the packets that it makes in order follow it, and what they repeat is reported.
 * @returns whether one of them has brought a FIN, behind which there is nothing
 */
export function drainEarly(tcb: Tcb, packets: ReceivedPackets): boolean {
  const { early } = packets
  let reached = tcb.rcv.nxt
  const repeated = reached
  let count = 0
  let ends = false
  for (let i = 0; i < early.length && !ends; i += EARLY, count++) {
    const [seq, end, memory, room] = [early[i], early[i + 1], early[i + 2], early[i + 3]] as [Seq, Seq, number, number]
    if (seqGt(seq, reached)) break
    if (seqLt(seq, repeated)) reportDuplicate(tcb, seq, seqLt(end, repeated) ? end : repeated)
    packets.memory -= memory
    if (seqGeq(reached, end)) {
      // A FIN that text goes beyond is none.
      if (bringsEarlyFin(tcb, end)) tcb.finEarly = false
      continue
    }
    // A FIN at its end is read with it, and no octet.
    ends = bringsEarlyFin(tcb, end)
    const textEnd = ends ? tcb.finEarlyAt : end
    const joins = packets.append(seq, textEnd, (textEnd - seq) | 0, memory, room, early[i + 4] as number)
    if (joins) tcb.host.counters.TCPRcvCoalesce++
    reached = end
  }
  packets.shiftEarly(count)
  return ends
}
