import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RetransmissionQueue } from './retransmission-queue.ts'

const step = fc.oneof(
  fc.record({ kind: fc.constant('send' as const), n: fc.integer({ min: 1, max: 1000 }) }),
  fc.record({ kind: fc.constant('ack' as const), n: fc.integer({ min: 0, max: 3000 }) }),
  fc.record({ kind: fc.constant('lose head' as const), n: fc.constant(0) }),
  fc.record({ kind: fc.constant('time out' as const), n: fc.constant(0) }),
  fc.record({ kind: fc.constant('resend' as const), n: fc.constant(0) }),
  fc.record({ kind: fc.constant('split' as const), n: fc.constant(0) }),
)

test('the counts agree with the segments, whatever happens to them', () => {
  fc.assert(
    fc.property(fc.constantFrom(0, 0x7fffffff, -1), fc.array(step, { maxLength: 80 }), (isn, steps) => {
      const queue = new RetransmissionQueue()
      let una: number = isn
      let nxt: number = isn
      for (const { kind, n } of steps) {
        if (kind === 'send') {
          queue.push(nxt, (nxt + n) | 0, 0, 0)
          nxt = (nxt + n) | 0
        } else if (kind === 'ack') {
          una = (una + Math.min(n, (nxt - una) | 0)) | 0
          queue.acknowledge(una)
        } else if (kind === 'split' && queue.head !== null && ((queue.head.end - queue.head.seq) | 0) > 1) {
          queue.split(queue.head, (queue.head.seq + 1) | 0)
        } else if (kind === 'lose head' && queue.head !== null) queue.markLost(queue.head)
        else if (kind === 'time out') queue.markAllLost()
        else if (kind === 'resend') {
          const lost = queue.firstLost()
          if (lost !== null) queue.markResent(lost, 0)
        }
        let packets = 0
        let lost = 0
        let resent = 0
        let octets = 0
        for (let s = queue.head; s !== null; s = s.next) {
          packets++
          lost += s.lost ? 1 : 0
          resent += s.retransmitted ? 1 : 0
          octets += (s.end - s.seq) | 0
        }
        expect([queue.packetsOut, queue.lostOut, queue.retransOut]).toEqual([packets, lost, resent])
        expect(octets).toBe((nxt - una) | 0)
        expect(queue.inFlight).toBeGreaterThanOrEqual(0)
      }
      queue.clear()
    }),
  )
})
