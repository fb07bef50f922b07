import { carryBulk } from '../lab/bulk.ts'
import type { Scenario } from '../lab/story.ts'

const OCTETS = 1_000_000

/** Bulk over a good network. */
export const bulk: Scenario = {
  id: 'bulk',
  title: 'Bulk over a good network',
  summary:
    '1 MB goes through a link of 100 Mbit/s that loses nothing but what its queue of 100 packets cannot hold. The congestion window opens, the queue fills, and the close waits for the last octet. Carry many times as much and play it at full speed, and see it breathe.',
  carriesBulk: true,
  cases: [
    {
      id: 'run',
      title: '100 Mbit/s, 10 ms, a queue of 100 packets',
      *story(lab) {
        yield* carryBulk(lab, lab.pair({ rateBitsPerSecond: 100_000_000, queuePackets: 100 }), OCTETS)
      },
    },
  ],
}
