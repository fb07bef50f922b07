import { type Program, type Running, type SimHost, World, WorldError } from '../../../src/sim/index.ts'
import { newSocketName, type PersonalityName, TcpOption } from '../../../src/stack/index.ts'
import { State } from '../../../src/tcp/index.ts'
import { disagreements } from './agreement.ts'
import { Draw } from './draw.ts'
import { forge } from './forgery.ts'
import { layRouter } from './hop.ts'
import { agreeOnKey, converse, open, type Streams, turnOptions } from './programs.ts'
import { anyLink, turnHarmless, turnSysctls } from './settings.ts'
import { flood, reroute, slander } from './strangers.ts'

const SYSTEMS: readonly PersonalityName[] = [
  'linux',
  'linux',
  'linux',
  'freebsd',
  'freebsd',
  'rfc9293',
  'macos',
  'windows',
  'solaris',
]
const NUMBERS = [0, 2 ** 31 - 1, -1, -100_000, 12_345]
const SECOND = 1_000_000
/** The programs are killed then. */
const END = 200 * SECOND
/** Twice nine hours: nothing that nobody holds lasts longer, unless a sysctl or an option says so. */
const QUIET = 66_000 * SECOND
/** Between two looks at what the hosts keep. */
const LOOKS = [10_000, 100_000, SECOND, 3 * SECOND]

/** Events after which a story has got stuck: the longest ones that end have a tenth of these. */
const EVENTS = 100_000

/** Two hosts of any systems on any link. */
interface Stage {
  readonly world: World
  readonly draw: Draw
  readonly systems: readonly [PersonalityName, PersonalityName]
  readonly hosts: readonly [SimHost, SimHost]
  readonly addresses: readonly [string, string]
  readonly family: 4 | 6
  /** By the client's port. */
  readonly streams: Map<number, Streams>
  /** What a failure must say beside the ladder. */
  readonly setting: readonly string[]
  /** Strangers send segments that look as if the peer had, sysctls are turned, the network is restarted and processes are killed. */
  readonly forged: boolean
  /** Both ends sign their segments (RFC 2385). */
  readonly key: boolean
}

/** What came of a story: the world it played in, and what should not have been found there. */
export interface Told extends Pick<Stage, 'world' | 'setting'> {
  readonly found: readonly string[]
}

/**
 * Plays one story: programs make any calls, what the hosts keep must agree with itself all the while, and if nothing was forged what is
 * read must be what was written, and at the end nothing may be left.
 */
export function tell(seed: number, forged: boolean): Told {
  const stage = setStage(seed, forged)
  const found: string[] = []
  try {
    play(stage, found)
  } catch (error) {
    if (!isWar(stage, error)) found.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  return { ...stage, found }
}

/**
 * A stranger who acknowledges what was never sent sets two ends at war that answer each such ACK by an ACK, as RFC 9293 has it; Linux
 * answers two a second.
 */
function isWar({ world, systems, forged }: Stage, error: unknown): boolean {
  const stuck = error instanceof WorldError && world.eventCount === EVENTS
  return stuck && forged && systems.some((system) => system !== 'linux')
}

function setStage(seed: number, forged: boolean): Stage {
  const draw = new Draw(seed)
  const world = new World({ seed, capture: false, eventLimit: EVENTS })
  const family = draw.one([4, 4, 6] as const)
  const addresses = family === 4 ? (['10.0.0.1', '10.0.0.2'] as const) : (['fd00::1', 'fd00::2'] as const)
  const systems = [draw.one(SYSTEMS), draw.one(SYSTEMS)] as const
  const host = (name: string, side: 0 | 1): SimHost => {
    const initialSequence = draw.one(NUMBERS)
    return world.host(name, { addresses: [addresses[side]], personality: systems[side], initialSequence })
  }
  const hosts = [host('client', 0), host('server', 1)] as const
  const turned = hosts.flatMap((each) => [...turnHarmless(each, draw), ...(forged ? turnSysctls(each, draw) : [])])
  const link = anyLink(draw, family)
  world.link(...hosts, link)
  const routers = draw.chance(0.4)
    ? [layRouter(world, hosts[0], hosts[1], draw, family), layRouter(world, hosts[1], hosts[0], draw, family)]
    : []
  const setting = [`${systems.join(' and ')}, IPv${family}, ${JSON.stringify(link)}`, ...turned, ...routers]
  return { world, draw, systems, hosts, addresses, family, streams: new Map(), setting, forged, key: draw.chance(0.05) }
}

function play(stage: Stage, found: string[]): void {
  const { world, draw, hosts, forged } = stage
  const programs = [hosts[0].run('client', (p) => visit(p, stage)), hosts[1].run('server', (p) => serve(p, stage))]
  if (forged) planStrangers(stage, programs)
  for (let left = draw.chance(0.3) ? draw.below(4) : 0; left > 0; left--)
    world.at(draw.below(30 * SECOND), () => reroute(draw.one(hosts), draw, stage.family))
  for (let time = 0; time < 60 * SECOND && found.length === 0; time += draw.one(LOOKS)) {
    world.run({ untilUs: time })
    found.push(...hosts.flatMap(disagreements))
  }
  world.run({ untilUs: END })
  for (const program of programs) if (program.alive) program.host.kill(program)
  world.run({ untilUs: END + QUIET })
  found.push(...hosts.flatMap(disagreements))
  if (forged || hosts.some(lastsLong)) return
  found.push(...hosts.flatMap(leftovers))
}

/** Whether something may last longer than a story. */
function lastsLong(host: SimHost): boolean {
  let lasts = false
  host.stack.connections.forEach((tcb) => {
    // TCP_KEEPCNT and TCP_KEEPINTVL may stretch it to fifty days on a BSD, and whoever finds its window closed asks, and is answered, as long.
    if (tcb.state === State.FIN_WAIT_2 && tcb.finWait2Timer?.armed === true) lasts = true
    // TCP_USER_TIMEOUT lasts up to 25 days.
    if (tcb.options.userTimeoutUs > QUIET) lasts = true
  })
  return lasts
}

/** What is left on a host of which nobody holds anything any more. */
function leftovers(host: SimHost): string[] {
  const found: string[] = []
  for (const row of host.rows()) found.push(`${host.name}: ${row.state} is left`)
  const left = [host.stack.sockets.size, host.stack.connections.size]
  if (left.some((count) => count > 0)) found.push(`${host.name}: sockets, connections left: ${left.join(', ')}`)
  if (host.stack.nextDeadline() !== Number.POSITIVE_INFINITY) found.push(`${host.name}: a timer of nobody's still runs`)
  return found
}

function planStrangers(stage: Stage, programs: readonly Program[]): void {
  const { world, draw, hosts, family } = stage
  for (let left = draw.below(60); left > 0; left--)
    world.at(draw.below(40 * SECOND), () => forge(draw.one(hosts), draw))
  for (let left = draw.chance(0.5) ? draw.below(30) : 0; left > 0; left--)
    world.at(draw.below(40 * SECOND), () => slander(draw.one(hosts), draw))
  for (let left = draw.chance(0.3) ? draw.below(5) : 0; left > 0; left--)
    world.at(draw.below(20 * SECOND), () => flood(hosts[1], draw, family))
  for (let left = draw.chance(0.1) ? 1 + draw.below(2) : 0; left > 0; left--) planCrash(stage)
  if (draw.chance(0.15)) world.at(draw.below(30 * SECOND), () => draw.one(hosts).restartNetwork())
  if (draw.chance(0.2)) {
    const victim = draw.one(programs)
    world.at(draw.below(30 * SECOND), () => victim.host.kill(victim))
  }
}

/** The power fails, and is there again later; what served may serve anew. */
function planCrash(stage: Stage): void {
  const { world, draw, hosts } = stage
  const host = draw.one(hosts)
  world.at(draw.below(30 * SECOND), () => {
    if (host.isDown) return
    host.crash()
    world.at(world.now + draw.one([1, 10_000, SECOND, 20 * SECOND]), () => {
      host.boot()
      if (host === hosts[1] && draw.chance(0.7)) host.run('server', (p) => serve(p, stage))
    })
  })
}

function* serve(p: Program, stage: Stage): Running<void> {
  const { draw, streams, forged: anything } = stage
  const fd = p.socket('tcp', stage.family)
  if (draw.chance(0.3)) p.process.setsockopt(fd, 6, TcpOption.FASTOPEN, draw.one([1, 5, 16]))
  if (stage.key) agreeOnKey(p, fd, stage.addresses[0])
  p.bind(fd, stage.addresses[1], 80)
  p.listen(fd, 1 + draw.below(8))
  for (let left = 20 + draw.below(60); left > 0; left--) {
    const peer = newSocketName()
    for (let conn = p.process.accept(fd, peer); conn >= 0; conn = p.process.accept(fd, peer)) {
      const topic = {
        draw,
        streams: streams.get(peer.port) ?? nothingYet(),
        side: 1 as const,
        server: p.host,
        anything,
      }
      const accepted = conn
      p.start(() => converse(p, accepted, topic))
    }
    yield* p.sleep(draw.one([1000, 100_000, SECOND]))
  }
  if (draw.chance(0.3)) p.close(fd)
  yield* p.sleep(draw.one([0, SECOND, 100 * SECOND]))
}

function* visit(p: Program, stage: Stage): Running<void> {
  const { draw, addresses, forged: anything } = stage
  for (let port = 20_000 + 1000 * draw.below(8), left = 1 + draw.below(4); left > 0; left--, port++) {
    const fd = p.socket('tcp', stage.family)
    const topic = { draw, streams: nothingYet(), side: 0 as const, server: stage.hosts[1], anything }
    stage.streams.set(port, topic.streams)
    if (draw.chance(0.4) && anything) turnOptions(p, fd, topic)
    p.bind(fd, addresses[0], port)
    if (stage.key) agreeOnKey(p, fd, addresses[1])
    open(p, fd, { address: addresses[1], port: draw.chance(0.9) ? 80 : 81 }, topic)
    p.start(() => converse(p, fd, topic))
    yield* p.sleep(draw.one([0, 1000, SECOND]))
  }
  yield* p.sleep(draw.one([SECOND, 30 * SECOND, 150 * SECOND]))
}

function nothingYet(): Streams {
  return { written: [0, 0], read: [0, 0] }
}
