/** The run that stands behind the page of the lab, without a page. */
import { expect, test } from 'vitest'
import { Course, LadderLog } from '../../apps/console/src/lab/course.ts'
import type { Chosen } from '../../apps/console/src/lab/player.ts'
import type { RunChoice } from '../../apps/console/src/lab/protocol.ts'
import { LabSession } from '../../apps/console/src/lab/session.ts'
import { buildLadder } from '../../src/inspect/index.ts'
import { fetchScenario, startScenario } from '../../src/sim/index.ts'

const ALL = Number.POSITIVE_INFINITY
const choice = async (id: string, more: Partial<RunChoice> = {}): Promise<Chosen> => {
  const choice = { id, seed: 3, personality: '', case: '', set: '', broken: false, beside: '', times: 1, ...more }
  return { playable: await fetchScenario(id), choice }
}

/** What a session shows at a step, gone to as by the slider. */
function shownAt(session: LabSession, step: number): unknown {
  session.aim({ step, acted: false })
  while (!session.isThere) session.approach(1)
  return structuredClone(session.frame())
}

/** A run as the page has it when it is whole. */
async function courseOf(id: string): Promise<Course> {
  const [session, course] = [new LabSession(await choice(id), []), new Course()]
  // The first pieces are small, and the last one is the rest.
  for (let forMs = 0; !course.isWhole; forMs = forMs * 2 + 0.1) {
    session.lookAhead(forMs)
    const part = session.part()
    if (part !== null) course.add(structuredClone(part))
  }
  return course
}

test.each(['lost-final-ack', 'bulk-with-loss', 'firewall-forgets'])(
  '%s: a moment is the same, whichever way one came to it, and whoever leads there',
  async (id) => {
    const sought = new LabSession(await choice(id), [])
    sought.lookAhead(ALL)
    const steps = [1, 7, 20, 21]
    const seen = new Map(steps.map((step) => [step, shownAt(sought, step)]))
    const end = shownAt(sought, ALL)

    const played = new LabSession(await choice(id), [])
    let at = 0
    for (const step of steps) {
      played.play(step - at, ALL)
      at = step
      expect(played.frame()).toEqual(seen.get(step))
    }
    // Now the one that leads is what is shown. Looked ahead, or gone back and forth, it is the same again.
    played.lookAhead(ALL)
    expect(played.frame()).toEqual(seen.get(21))
    for (const step of [7, 20, 1]) expect(shownAt(played, step)).toEqual(seen.get(step))
    played.play(6, ALL)
    expect(played.frame()).toEqual(seen.get(7))
    played.play(ALL, ALL)
    expect(played.frame()).toEqual(end)
    expect(played.isWhole).toBe(true)
    expect(shownAt(played, 20)).toEqual(seen.get(20))
  },
)

test('the next timer is the same to one that leads and to one that has looked ahead', async () => {
  const course = await courseOf('bulk-with-loss')
  const wanted = course.nextStop(30, 'timer') + 1
  expect(wanted).toBeGreaterThan(31)
  const [leading, looked] = [
    new LabSession(await choice('bulk-with-loss'), []),
    new LabSession(await choice('bulk-with-loss'), []),
  ]
  leading.play(30, ALL)
  looked.lookAhead(ALL)
  const steps = [leading, looked].map((session) => {
    session.aim({ next: 'timer', after: 30 })
    while (!session.isThere) session.approach(ALL)
    return session.frame().step
  })
  expect(steps).toEqual([wanted, wanted])
  expect(leading.frame()).toEqual(looked.frame())
  looked.aim({ next: 'timer', after: course.stops })
  while (!looked.isThere) looked.approach(ALL)
  expect(looked.frame().done).toBe(true)
})

test('a run comes in pieces, and is the whole', async () => {
  const run = startScenario('bulk-with-loss', { seed: 3 })
  run.finish()
  const course = await courseOf('bulk-with-loss')
  expect(course.log.slice()).toEqual(run.events())
  expect(course.story).toEqual(run.steps())
  expect(course.verdict).toBe('pass')
  expect(course.nextStop(course.stops, 'call')).toBe(-1)
})

test('the ladder of a part is that of the whole from there on, but for how often its octets were sent before', async () => {
  const course = await courseOf('bulk-with-loss')
  const hosts = ['client', 'server']
  const end = course.log.length - 5
  const whole = buildLadder(course.log.slice(0, end), { hosts })
  const { events, part } = course.upTo(end, 400)
  const ladder = buildLadder(events, { hosts, part })
  expect(part.start).toBeGreaterThan(end - 401)
  const numbers = (flights: typeof whole.flights): unknown[] =>
    flights
      .filter(({ departure }) => departure !== undefined && departure.order >= part.start)
      .map(({ departure, arrival, fate, faults, segment }) => ({
        ...{ departure, arrival, fate, faults },
        ...{ ...segment, transmission: segment.transmission > 1 },
      }))
  expect(numbers(ladder.flights)).toEqual(numbers(whole.flights))
  expect(numbers(ladder.flights).length).toBeGreaterThan(20)
  expect(ladder.marks).toEqual(whole.marks.filter(({ order }) => order >= part.start))
  expect(ladder.conversations).toEqual(whole.conversations)
})

test('what is on the wire at a moment is what has left and not arrived', async () => {
  const course = await courseOf('bulk-with-loss')
  for (const now of [40, 300, 801]) {
    const { events, part } = course.underWay(now, 1000)
    const { flights } = buildLadder(events, { hosts: ['client', 'server'], part })
    const all = buildLadder(course.log.slice(), { hosts: ['client', 'server'] }).flights
    const isUnderWay = ({ departure, arrival, fate }: (typeof all)[number]): boolean =>
      departure !== undefined && departure.order < now && (fate === 'lost' || (arrival?.order ?? ALL) >= now)
    const packets = (some: typeof all): number[] => [...new Set(some.map(({ segment }) => segment.packet))]
    expect(packets(flights)).toEqual(packets(all.filter(isUnderWay)))
  }
})

test('a log finds a moment by its time', () => {
  const run = startScenario('plain-close')
  run.finish()
  const log = new LadderLog()
  log.log.append(run.pack(0, 0))
  for (const time of [-1, 0, 20_000, 1_040_000, 10 ** 9]) {
    expect(log.countAt(time)).toBe(run.events().filter((event) => event.time <= time).length)
  }
})
