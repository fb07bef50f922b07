import { readFileSync, statSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DeviceCalls, loadDeviceCalls } from '../../src/host/device/device-calls.ts'
import { TunDevice } from '../../src/host/device/tun-device.ts'
import { THIS_MACHINE } from '../../src/host/environment.ts'
import { insideNamespace, loadSetNamespace } from '../../src/host/namespaces/enter.ts'
import { Host } from '../../src/stack/index.ts'
import { describeNeeding } from '../support/requirements.ts'
import { ladderOf, linesOf } from './differential/compare.ts'
import { type End, KernelEnd, StackEnd } from './differential/ends.ts'
import { ADDRESS, type Outcome, type Scenario, Stage, type World } from './differential/play.ts'
import { SCENARIOS } from './differential/scenarios.ts'
import { nowUs, type Role, StackWireEnd, tunEnd, Wire } from './differential/wire.ts'
import { firstLine, NetworkNamespace } from './support/namespace.ts'

const AGENT = new URL('support/socket-agent.py', import.meta.url).pathname
const DIFFERENCES = new URL('../../docs/differences.md', import.meta.url)
/** Plays at a time in each world: more would make the machine, and not the scenario, decide when a timer runs out. */
const SIDE_BY_SIDE = 24
/** A busy machine can make a timer run out that should not: what differs is played again. */
const ATTEMPTS = 3
const PATIENCE_MS = 300_000

interface Part {
  readonly scenario: Scenario
  readonly subject: Role
}

/** One scenario with the subject in one role: what differs between the worlds, and both ladders. */
interface Difference {
  readonly name: string
  readonly lines: readonly string[]
  readonly ladders: string
}

describeNeeding(
  ['linux', 'root', 'ip', 'netns', 'tun', 'koffi', 'python3'],
  'ends of connections: the kernel with a kernel, and our stack with a kernel',
  () => {
    const namespaces: NetworkNamespace[] = []
    const devices: TunDevice[] = []
    const worlds: World[] = []
    let calls: DeviceCalls

    /** A kernel with a TUN device, and an agent who makes its calls. */
    async function kernel(
      purpose: string,
      address: string,
      peer: string,
    ): Promise<{ readonly end: End; readonly device: TunDevice }> {
      const namespace = new NetworkNamespace(purpose)
      namespaces.push(namespace)
      const path = `/run/netns/${namespace.name}`
      const setNamespace = await loadSetNamespace(THIS_MACHINE.loadKoffi)
      const there = { path, inode: statSync(path).ino, label: purpose }
      const device = insideNamespace(
        setNamespace,
        there as Parameters<typeof insideNamespace>[1],
        () => new TunDevice(calls, { name: 'wire0', kind: 'tun', offload: false }),
      )
      devices.push(device)
      namespace.run('ip', ['address', 'add', `${address}/24`, 'dev', 'wire0'])
      namespace.run('ip', ['link', 'set', 'wire0', 'up'])
      const agent = namespace.start('python3', [AGENT])
      await firstLine(agent)
      return { end: new KernelEnd(agent, address, peer), device }
    }

    beforeAll(async () => {
      calls = await loadDeviceCalls(THIS_MACHINE.loadKoffi)
      const left = await kernel('subject', ADDRESS.subject, ADDRESS.judge)
      const right = await kernel('judge', ADDRESS.judge, ADDRESS.subject)
      const reference = new Wire(tunEnd(left.device), tunEnd(right.device))
      worlds.push({ name: 'kernel', wire: reference, subject: left.end, judge: right.end })
      const judge = await kernel('judge2', ADDRESS.judge, ADDRESS.subject)
      const link = new StackWireEnd()
      const host = new Host({ name: 'lastack', seed: nowUs() })
      link.attach(host, host.addInterface({ name: 'wire0', link, addresses: [`${ADDRESS.subject}/24`] }).index)
      const wire = new Wire(link, tunEnd(judge.device))
      worlds.push({ name: 'lastack', wire, subject: new StackEnd(host), judge: judge.end })
    })

    afterAll(async () => {
      for (const { wire } of worlds) wire.close()
      await Promise.all(devices.map((device) => device.close()))
      await Promise.all(namespaces.map((namespace) => namespace.remove()))
    })

    async function outcomeOf(world: World, { scenario, subject }: Part): Promise<Outcome> {
      const stage = new Stage(world, subject)
      await scenario.play(stage)
      return stage.outcome()
    }

    async function difference(part: Part): Promise<Difference | null> {
      for (let attempt = 1; ; attempt++) {
        const outcomes = await Promise.all(worlds.map((world) => outcomeOf(world, part)))
        const [expected = [], seen = []] = outcomes.map(linesOf)
        const lines = [
          ...expected.filter((line, i) => seen[i] !== line).map((line) => `kernel   ${line}`),
          ...seen.filter((line, i) => expected[i] !== line).map((line) => `lastack  ${line}`),
        ]
        if (lines.length === 0) return null
        if (attempt < ATTEMPTS) continue
        const judge: Role = part.subject === 'client' ? 'server' : 'client'
        const ladders = outcomes.map((outcome, i) => {
          const names = { [part.subject]: i === 0 ? 'kernel' : 'lastack', [judge]: 'judge' } as Record<Role, string>
          return ladderOf(outcome, names)
        })
        return { name: `${part.scenario.name}; subject: ${part.subject}`, lines, ladders: ladders.join('\n') }
      }
    }

    test(
      `${SCENARIOS.length} ways to end a connection, each from both sides, are the same to the peer`,
      async () => {
        const parts = SCENARIOS.flatMap((scenario) =>
          (['client', 'server'] as const).map((subject): Part => ({ scenario, subject })),
        )
        const listed = [...readFileSync(DIFFERENCES, 'utf8').matchAll(/^## (.+)$/gm)].map(([, name]) => name as string)
        expect(listed.length).toBeLessThanOrEqual(5)
        const isListed = ({ name }: Difference): boolean => listed.some((one) => name.startsWith(one))
        const differences: Difference[] = []
        const suspects: Part[] = []
        const work = async (): Promise<void> => {
          for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
            const found = await difference(part)
            if (found !== null && isListed(found)) differences.push(found)
            else if (found !== null) suspects.push(part)
          }
        }
        await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work))
        // On a busy machine a crowd is late enough for retransmissions: whoever differs plays once more, with nobody beside.
        for (const part of suspects) {
          const found = await difference(part)
          if (found !== null) differences.push(found)
        }
        const told = differences
          .filter((one) => !isListed(one))
          .map(({ name, lines, ladders }) => [name, ...lines, ladders].join('\n'))
        expect(told.join('\n\n')).toBe('')
        const gone = listed.filter((one) => !differences.some(({ name }) => name.startsWith(one)))
        expect(gone, 'no difference any more: take it out of docs/differences.md').toEqual([])
      },
      PATIENCE_MS,
    )
  },
)
