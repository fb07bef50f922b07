import { carryBulk } from '../lab/bulk.ts'
import type { Scenario } from '../lab/story.ts'

const OCTETS = 300_000

/** Bulk over a bad network. */
export const bulkWithLoss: Scenario = {
  id: 'bulk-with-loss',
  title: 'Bulk over a bad network',
  summary:
    '300 kB go through a link of 20 Mbit/s that loses, reorders, duplicates and corrupts packets. What is read is what was written, octet by octet, and the close is as orderly as ever.',
  carriesBulk: true,
  cases: [
    {
      id: 'run',
      title: '2 % lost, 2 % late, 1 % twice, 1 % corrupt',
      *story(lab) {
        const link = { rateBitsPerSecond: 20_000_000, loss: 0.02, reorder: 0.02, duplicate: 0.01, corrupt: 0.01 }
        yield* carryBulk(lab, lab.pair(link), OCTETS)
      },
    },
  ],
}
