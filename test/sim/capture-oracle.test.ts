/** A capture of a world is played back, and what comes out is held against what the world's stacks truly went through. */
import { describe, expect, test } from 'vitest'
import { Prng } from '../../src/base/index.ts'
import { CaptureReplay, type ReplayedCapture } from '../../src/capture/index.ts'
import { type LabRun, listScenarios, startScenario } from '../../src/sim/index.ts'
import { State, stateName } from '../../src/tcp/index.ts'

/** One end of a connection as its stack told it. */
interface Truth {
  readonly host: number
  /** `local>remote`. */
  readonly ports: Set<string>
  readonly moves: { readonly from: State; readonly to: State; readonly time: number }[]
  /** When it sent or had a segment. */
  readonly segmentTimes: Set<number>
}

function truthsOf(run: LabRun): Truth[] {
  const truths = new Map<string, Truth>()
  for (const event of run.events()) {
    if (event.conn === 0 || (event.kind !== 'state' && event.kind !== 'segment')) continue
    const key = `${event.host}:${event.conn}`
    const truth = truths.get(key) ?? { host: event.host, ports: new Set(), moves: [], segmentTimes: new Set() }
    truths.set(key, truth)
    if (event.kind === 'state') truth.moves.push(event)
    else {
      truth.ports.add(`${event.localPort}>${event.remotePort}`)
      truth.segmentTimes.add(event.time)
    }
  }
  return [...truths.values()].filter(({ moves }) => moves.every(({ to }) => to !== State.LISTEN))
}

function pathText(moves: readonly { readonly from: State; readonly to: State }[]): string {
  return [moves[0]?.from, ...moves.map(({ to }) => to)]
    .map((state) => (state === undefined ? '' : stateName(state)))
    .join(' ')
}

/** The path of a stack, less an end that no packet tells of: 2·MSL, a time-out, a program that was forgotten. */
function visible({ moves, segmentTimes }: Truth): Truth['moves'] {
  const last = moves.at(-1)
  const isSilent = last?.to === State.CLOSED && !segmentTimes.has(last.time)
  return isSilent ? moves.slice(0, -1) : moves
}

/** Each end of each connection: where the path that was rebuilt is not the one that was gone. */
function differences(run: LabRun, capture: ReplayedCapture): { readonly compared: number; readonly wrong: string[] } {
  const truths = truthsOf(run)
  const wrong: string[] = []
  let compared = 0
  for (const { ends, moves } of capture.connections) {
    for (const [i, { address, port }] of ends.entries()) {
      const host = run.hosts.find(({ addresses }) => addresses.includes(address))?.index
      const ports = `${port}>${ends[1 - i]?.port}`
      const index = truths.findIndex((one) => one.host === host && one.ports.has(ports))
      const [truth] = index < 0 ? [] : truths.splice(index, 1)
      if (truth === undefined) continue
      compared++
      const own = moves.filter(({ end }) => end === i)
      // The end of TIME-WAIT by a RST is visible, that by 2·MSL is not.
      const [rebuilt, gone] = [pathText(own), pathText(visible(truth))]
      if (rebuilt !== gone) wrong.push(`${address}:${port}: ${rebuilt}, in truth ${gone}`)
    }
  }
  return { compared, wrong }
}

function played(file: Uint8Array): ReplayedCapture {
  const replay = new CaptureReplay()
  replay.feed(file)
  return replay.finish()
}

/** What the wire cannot tell, by scenario and case, with the reason. An entry that is no longer needed fails. */
const HIDDEN: Readonly<Record<string, string>> = {
  'old-duplicate/without-time-wait': 'a law is broken in this world: there is no TIME-WAIT',
  'firewall-forgets/resets': 'the RST is the firewall’s, in the name of the client',
  'close-wait-download-crash/comes-back':
    'the connection was lost in a crash; what answers RST is the machine after it',
  'keepalive-cures/peer-gone': 'the RST goes to a machine that is no longer there',
}

const CASES = listScenarios().flatMap(({ id, cases }) => cases.map((which) => [id, which.id] as const))

describe('the states that a capture shows are those that both stacks went through, in their order', () => {
  test('in every scenario and claim', () => {
    let compared = 0
    const wrong: string[] = []
    for (const [id, which] of CASES) {
      const run = startScenario(id, { case: which })
      run.finish()
      const found = differences(run, played(run.pcapng()))
      compared += found.compared
      const name = `${id}/${which}`
      if (!(name in HIDDEN)) wrong.push(...found.wrong.map((line) => `${name} ${line}`))
      else if (found.wrong.length === 0) wrong.push(`${name} is listed as hidden, and is not`)
    }
    expect(wrong).toEqual([])
    expect(compared).toBeGreaterThan(300)
  })

  /** A run in which packets are lost at random; the same for equal seeds. */
  function lossy(id: string, seed: number): LabRun {
    const run = startScenario(id, { seed })
    const chance = new Prng(seed)
    for (let i = 0; i < 200; i++) {
      if (chance.below(100) < 6) run.act('drop-next')
      if (!run.next()) return run
    }
    run.finish()
    return run
  }

  const SCENARIOS = ['plain-close', 'half-close', 'simultaneous-close', 'simultaneous-open', 'lost-fin']
  const SEEDS = 25

  test.each(SCENARIOS)('%s, whatever is lost, if the capture says what was lost', (id) => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = lossy(id, seed)
      const { wrong } = differences(run, played(run.pcapng()))
      expect({ seed, wrong }).toEqual({ seed, wrong: [] })
    }
  })

  test('and nearly always if it does not: what was sent again tells what had arrived', () => {
    let [compared, losses] = [0, 0]
    const wrong: string[] = []
    for (const id of SCENARIOS) {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const run = lossy(id, seed)
        const file = Buffer.from(run.pcapng())
        for (let at = file.indexOf('lost: '); at >= 0; at = file.indexOf('lost: ')) {
          file.write('gone', at)
          losses++
        }
        const found = differences(run, played(file))
        compared += found.compared
        wrong.push(...found.wrong.map((line) => `${id} seed ${seed} ${line}`))
      }
    }
    expect(losses).toBeGreaterThan(SCENARIOS.length * SEEDS)
    // A pure ACK that is lost without consequence cannot be seen to be lost: FIN-WAIT-2 then seems to have been.
    expect(wrong.length).toBeLessThanOrEqual(compared / 100)
  })
})
