import { expect, test } from 'vitest'
import { stateBit } from '../inspect/index.ts'
import { HostLooks } from './looks.ts'
import type { HostObservation, ObserveOptions } from './observe.ts'
import { ALL_STATES } from './snapshot.ts'

/** So many looks, one a second, each of which costs so much; what each asked for. */
async function looksAt(count: number, costMs: number): Promise<ObserveOptions[]> {
  const asked: ObserveOptions[] = []
  let [ms, spent] = [0, 0]
  const observe = async (options: ObserveOptions): Promise<HostObservation> => {
    asked.push(options)
    spent += options.partial === true ? 0 : costMs
    return {
      ...{ at: 0, rows: [], states: ALL_STATES, counters: {}, sysctls: {}, processes: [], deadDescriptors: [] },
      ...{ lacks: [], source: 'netlink' },
    }
  }
  const looks = new HostLooks({ source: 'netlink' }, { now: () => ms, spent: () => spent, observe })
  for (; asked.length < count; ms += 1000) await looks.look()
  return asked
}

test('where a look costs little every look is a whole one', async () => {
  expect((await looksAt(5, 15)).map(({ partial }) => partial)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('where it costs much, whole looks take a fiftieth of the time, and those between ask for less', async () => {
  const asked = await looksAt(100, 400)
  expect(asked.flatMap(({ partial }, i) => (partial === true ? [] : [i]))).toEqual([0, 20, 40, 60, 80])
  const between = asked[1] as ObserveOptions
  expect(between).toMatchObject({ source: 'netlink', deadDescriptors: false, thrifty: true })
  expect((between.states as number) & stateBit('ESTABLISHED')).toBe(0)
  expect((between.states as number) & stateBit('CLOSE-WAIT')).not.toBe(0)
  expect(new Set(asked.map(({ ownerTable }) => ownerTable)).size).toBe(1)
})
