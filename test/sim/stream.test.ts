import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type LinkOptions, type Program, type Running, type SimHost, World } from '../../src/sim/index.ts'
import { type Personality, type PersonalityName, personalities } from '../../src/stack/index.ts'
import { type Drawable, withLadder } from '../support/ladder.ts'

const SALT = { there: 7, back: 99 } as const
const WRAPS = [0, 2 ** 31 - 1, -1] as const

interface Plan {
  readonly seed: number
  readonly systems: readonly [PersonalityName, PersonalityName]
  readonly link: LinkOptions
  /** Pieces that each side writes, octets. */
  readonly there: readonly number[]
  readonly back: readonly number[]
  readonly initialSequence: number
  readonly family: 4 | 6
  /** How long each side sleeps between two reads, µs: 0 reads at once, much lets windows close. */
  readonly readerSleepsUs: number
  /** SO_RCVBUF of both sides, octets; 0: the system's. */
  readonly receiveBuffer: number
}

const system = fc.constantFrom(...(Object.keys(personalities) as PersonalityName[]))

const probability = (max: number): fc.Arbitrary<number> => fc.double({ min: 0, max, noNaN: true })

const plans: fc.Arbitrary<Plan> = fc.record({
  seed: fc.nat(),
  systems: fc.tuple(system, system),
  link: fc.record({
    delayUs: fc.integer({ min: 0, max: 50_000 }),
    jitterUs: fc.integer({ min: 0, max: 20_000 }),
    rateBitsPerSecond: fc.constantFrom(0, 1_000_000, 100_000_000),
    queuePackets: fc.integer({ min: 2, max: 50 }),
    loss: probability(0.15),
    reorder: probability(0.3),
    reorderUs: fc.integer({ min: 1, max: 30_000 }),
    duplicate: probability(0.3),
    corrupt: probability(0.1),
    mtu: fc.constantFrom(1500, 1280, 9000),
  }),
  there: fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 8 }),
  back: fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 8 }),
  initialSequence: fc.constantFrom(...WRAPS),
  family: fc.constantFrom(4, 6),
  readerSleepsUs: fc.constantFrom(0, 0, 1000, 300_000),
  receiveBuffer: fc.constantFrom(0, 0, 10_000),
})

/** Octets that tell their place: a stream out of order, or with a hole, cannot look right. */
function pattern(length: number, salt: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 167 + (i >>> 8) * 31 + salt) & 0xff)
}

function sum(lengths: readonly number[]): number {
  return lengths.reduce((total, length) => total + length, 0)
}

/** Reads to the end, sleeping between two reads. */
function* readSlowly(p: Program, fd: number, sleepUs: number): Running<Uint8Array> {
  const read: number[] = []
  for (;;) {
    const { result, data } = yield* p.recv(fd, 3000)
    if (result <= 0) return Uint8Array.from(read)
    read.push(...data)
    yield* p.sleep(sleepUs)
  }
}

/** Writes the pieces with pauses, closes its direction, and meanwhile reads to the end. */
function* converse(
  p: Program,
  fd: number,
  plan: Plan,
  direction: 'there' | 'back',
  read: (data: Uint8Array) => void,
): Running<void> {
  const pieces = plan[direction]

  p.start(function* () {
    const data = pattern(sum(pieces), SALT[direction])
    let at = 0
    for (const piece of pieces) {
      yield* p.send(fd, data.subarray(at, at + piece))
      at += piece
      yield* p.sleep((piece * 7) % 5000)
    }
    p.shutdown(fd, 'write')
  })
  read(yield* readSlowly(p, fd, plan.readerSleepsUs))
}

/** As many tries as it takes: the property is about what arrives, not about giving up. */
function patient(name: PersonalityName): Personality {
  return personalities[name].with({
    config: { retries2: 100, synRetries: 20, synAckRetries: 50, userTimeoutUs: 0, keepInitUs: 0 },
  })
}

function play(plan: Plan): {
  readonly world: World
  readonly there: Uint8Array | null
  readonly back: Uint8Array | null
} {
  const world = new World({ seed: plan.seed, capture: false })
  const { initialSequence } = plan
  const addresses = plan.family === 4 ? (['10.0.0.1', '10.0.0.2'] as const) : (['fd00::1', 'fd00::2'] as const)
  const host = (name: string, side: 0 | 1): SimHost =>
    world.host(name, { addresses: [addresses[side]], initialSequence, personality: patient(plan.systems[side]) })
  const client = host('client', 0)
  const server = host('server', 1)
  world.link(client, server, plan.link)
  let there: Uint8Array | null = null
  let back: Uint8Array | null = null
  server.run('server', function* (p) {
    const fd = p.socket('tcp', plan.family)
    limitBuffer(p, fd, plan)
    p.bind(fd, addresses[1], 80)
    p.listen(fd, 8)
    const conn = yield* p.accept(fd)
    yield* converse(p, conn, plan, 'back', (data) => {
      there = data
    })
    yield* p.forever()
  })
  client.run('client', function* (p) {
    const fd = p.socket('tcp', plan.family)
    limitBuffer(p, fd, plan)
    if ((yield* p.connect(fd, addresses[1], 80)) < 0) return
    yield* converse(p, fd, plan, 'there', (data) => {
      back = data
    })
    yield* p.forever()
  })
  world.run({ untilUs: 7_200_000_000, until: () => there !== null && back !== null })
  return { world, there, back }
}

/** In less than two segments Linux offers nothing behind a small one, and probes bring an octet each. */
function limitBuffer(p: Program, fd: number, { receiveBuffer, link: { mtu = 1500 } }: Plan): void {
  if (receiveBuffer > 0) p.setsockopt(fd, 'SO_RCVBUF', Math.max(receiveBuffer, 2 * mtu))
}

describe('a stream', () => {
  it('comes out as it went in, whatever the network does, at every wrap of the sequence numbers', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { world, there, back } = play(plan)
        const drawable = (): Drawable => ({
          seed: plan.seed,
          stations: world.stations,
          events: world.recorder.toArray(),
        })
        withLadder(drawable, () => {
          expect(there?.length).toBe(sum(plan.there))
          expect(back?.length).toBe(sum(plan.back))
          expect(same(there, pattern(sum(plan.there), SALT.there))).toBe(true)
          expect(same(back, pattern(sum(plan.back), SALT.back))).toBe(true)
        })
      }),
      { numRuns: 150 },
    )
  })

  it('is the same run for the same plan', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const [first, second] = [play(plan), play(plan)]
        expect(second.world.now).toBe(first.world.now)
        expect(second.world.recorder.toArray()).toEqual(first.world.recorder.toArray())
      }),
      { numRuns: 15 },
    )
  })
})

function same(a: Uint8Array | null, b: Uint8Array): boolean {
  return a !== null && a.length === b.length && a.every((octet, i) => octet === b[i])
}
