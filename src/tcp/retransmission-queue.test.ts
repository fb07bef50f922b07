import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RetransmissionQueue, type SentSegment } from './retransmission-queue.ts'

const KINDS = ['send', 'acknowledge', 'lose', 'sack', 'undo', 'renege', 'resend', 'split', 'join', 'follow'] as const
const step = fc.record({ kind: fc.constantFrom(...KINDS), n: fc.integer({ min: 1, max: 12 }) })

/** The `n`-th segment, counted round and round. */
function pick(queue: RetransmissionQueue, n: number): SentSegment | null {
  let s = queue.head
  for (let i = (n - 1) % Math.max(queue.packetsOut, 1); i > 0 && s !== null; i--) s = s.next
  return s
}

/** What `kind` does; time goes by `n`. */
function apply(queue: RetransmissionQueue, kind: (typeof KINDS)[number], n: number, now: number): void {
  const s = pick(queue, n)
  if (s === null) return
  if (kind === 'acknowledge') queue.shift()
  else if (kind === 'lose') queue.markLost(s)
  else if (kind === 'sack') queue.markSacked(s)
  else if (kind === 'undo') queue.unmarkLost()
  else if (kind === 'renege' && s === queue.head && s.sacked) queue.forgetSacks()
  else if (kind === 'split' && ((s.end - s.seq) | 0) > 1) queue.split(s, (s.seq + 1) | 0)
  else if (kind === 'follow' && s !== queue.head) queue.setFollows(s, n % 3 > 0)
  else if (kind === 'join' && s.next !== null && !s.sacked && !s.next.sacked) queue.joinNext(s)
  else if (kind === 'resend') {
    const lost = queue.firstLost()
    if (lost === null) return
    queue.markResent(lost, now)
    queue.markRetransmitted(lost)
  }
}

/** What was sent again is believed lost once more, after its first loss was taken back. */
const SENT_AND_LOST_TWICE = (['send', 'lose', 'resend', 'undo', 'lose'] as const).map((kind) => ({ kind, n: 1 }))

test('the counts and the order of sending agree with the segments, whatever happens to them', () => {
  fc.assert(
    fc.property(fc.constantFrom(0, 0x7fffffff, -1), fc.array(step, { maxLength: 120 }), (isn, steps) => {
      const queue = new RetransmissionQueue()
      let nxt: number = isn
      let now = 0
      for (const { kind, n } of steps) {
        now += n
        if (kind === 'send') {
          queue.push(nxt, (nxt + n) | 0, 0, now)
          nxt = (nxt + n) | 0
        } else apply(queue, kind, n, now)
        check(queue)
      }
      const { lostOut, retransOut, sackedOut } = queue
      queue.clear()
      expect([queue.head, queue.tail, queue.packetsOut, queue.bursts]).toEqual([null, null, 0, 0])
      expect([queue.lostOut, queue.retransOut, queue.sackedOut]).toEqual([lostOut, retransOut, sackedOut])
    }),
    { examples: [[0, SENT_AND_LOST_TWICE]] },
  )
})

function check(queue: RetransmissionQueue): void {
  const counts = { packets: 0, bursts: 0, sacked: 0, lost: 0, resent: 0 }
  let waiting: SentSegment | null = null
  const timed = new Set<SentSegment>()
  for (let s = queue.head; s !== null; s = s.next) {
    counts.packets++
    counts.bursts += s.follows ? 0 : 1
    counts.sacked += s.sacked ? 1 : 0
    counts.lost += s.lost ? 1 : 0
    counts.resent += s.retransmitted ? 1 : 0
    if (waiting === null && s.lost && !s.retransmitted) waiting = s
    if (s.timed) timed.add(s)
    if (s.next === null) expect(queue.tail).toBe(s)
    // Nothing is both known to have arrived and believed lost.
    expect(s.sacked && s.lost).toBe(false)
    // Whatever is neither sacked nor waits to be sent again is watched by the clock, unless that has judged it.
    if (!s.sacked && !s.lapsed && !(s.lost && !s.retransmitted)) expect(s.timed).toBe(true)
  }
  expect({
    packets: queue.packetsOut,
    bursts: queue.bursts,
    sacked: queue.sackedOut,
    lost: queue.lostOut,
    resent: queue.retransOut,
  }).toEqual(counts)
  expect(queue.inFlight).toBeGreaterThanOrEqual(0)
  expect(queue.firstLost()).toBe(waiting)
  let last = Number.NEGATIVE_INFINITY
  for (let s = queue.earliest; s !== null; s = s.later) {
    expect(timed.delete(s)).toBe(true)
    expect(s.sentAt).toBeGreaterThanOrEqual(last)
    last = s.sentAt
  }
  expect(timed.size).toBe(0)
}
