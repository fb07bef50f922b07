import { signatureOf } from '../../wire/index.ts'
import {
  type PacketSpec,
  type TcpOptionSpec,
  type TcpSpec,
  type TimestampsSpec,
  VALID_SIGNATURE,
} from '../language/ast.ts'
import { printPacket, printTcpOption } from '../language/print.ts'
import type { RunConfig } from './config.ts'
import type { Flow } from './flow.ts'
import { icmpNumbers, icmpWords } from './icmp-names.ts'
import { hexOf, type LiveOption, type LivePacket, type LiveTcp } from './live-packet.ts'
import { Mismatch } from './outcome.ts'
import { flagsText, tcpFlags } from './tcp-flags.ts'

/** FIN, PSH and CWR: of a burst the first or the last packet alone has them. */
const ENDS = 1 | 8 | 128
const CWR = 128

const ECN_NAMES = ['noecn', 'ect1', 'ect0', 'ce'] as const

/** Whether a packet goes on where another ends, with the same headers: the two can be told as one. */
export function continues(first: LivePacket, next: LivePacket): boolean {
  const [a, b] = [first.tcp, next.tcp]
  if (a === null || b === null || a.length === 0 || b.length === 0) return false
  const flags = (a.flags | ENDS) === (b.flags | ENDS)
  return flags && ((a.seq + a.length) | 0) === b.seq && (a.flags & 1) === 0
}

/** Two packets told as one: sequence number and CWR are the first one's, everything else is the last one's. */
export function joined(first: LivePacket, next: LivePacket): LivePacket {
  const [a, b] = [first.tcp as LiveTcp, next.tcp as LiveTcp]
  const flags = (b.flags & ~CWR) | (a.flags & CWR)
  return { ...next, tcp: { ...b, flags, seq: a.seq, length: a.length + b.length } }
}

/**
 * Compares what the stack sent with what the script expects, to the last field and option, and learns from it what the script calls
 * the stack's numbers.
 *
 * @throws {Mismatch} with both packets in the script's notation, and what differs
 */
export function verifyPacket(
  expected: PacketSpec,
  sent: LivePacket,
  flow: Flow,
  config: RunConfig,
  key: Uint8Array | null,
): void {
  const { body } = expected
  const seen = key !== null && wantsValidSignature(expected) ? judgeSignature(sent, key) : sent
  if (body.kind === 'tcp' && seen.tcp?.syn === true && body.flags.includes('S')) flow.scriptLocalIsn = body.seq | 0
  const told = describe(expected, seen, flow)
  const differences = [...ipDifferences(expected, seen, flow)]
  if (body.kind !== told.body.kind) differences.push('protocol')
  else if (body.kind === 'tcp' && told.body.kind === 'tcp')
    differences.push(...tcpDifferences(body, told, flow, config, seen))
  else if (body.kind === 'udp' && told.body.kind === 'udp' && body.length !== told.body.length)
    differences.push('length')
  else if (body.kind === 'icmp' && seen.icmp !== null) {
    const [type, code] = icmpNumbers(body, seen.icmp.v4)
    if (type !== seen.icmp.type) differences.push('type')
    if (code !== seen.icmp.code && body.code !== null) differences.push('code')
    if (body.mtu !== null && body.mtu !== seen.icmp.mtu) differences.push('mtu')
  }
  if (differences.length === 0) return
  throw new Mismatch(
    `the packet differs in ${differences.join(', ')}\n  expected  ${printPacket(expected)}\n  seen      ${told.text}`,
  )
}

function wantsValidSignature({ body }: PacketSpec): boolean {
  if (body.kind !== 'tcp' || body.options === null || body.options === 'any') return false
  return body.options.some((option) => option.kind === 'md5' && option.hex === VALID_SIGNATURE)
}

/** The packet with `valid` in place of a signature that is the right one. */
function judgeSignature(seen: LivePacket, key: Uint8Array): LivePacket {
  const { tcp, source, destination, octets } = seen
  if (tcp === null) return seen
  const start = source.v4 ? ((octets[0] as number) & 15) * 4 : 40
  const digest = signatureOf(source, destination, octets, start, octets.length - start, key)
  const right = hexOf(digest)
  const options = tcp.options.map((one) =>
    one.kind === 'md5' && one.hex === right ? { ...one, hex: VALID_SIGNATURE } : one,
  )
  return { ...seen, tcp: { ...tcp, options } }
}

/** A packet that nobody asked for, in the script's notation. */
export function packetText(seen: LivePacket, flow: Flow): string {
  return describe(null, seen, flow).text
}

interface Told {
  readonly body: PacketSpec['body']
  /** Options in words; those of the language and others. */
  readonly options: readonly string[]
  readonly text: string
}

function describe(expected: PacketSpec | null, seen: LivePacket, flow: Flow): Told {
  const ip = (expected?.ip ?? []).map((item) => {
    if (item.kind === 'ecn') {
      const bits = ECN_NAMES[seen.tos & 3] as (typeof ECN_NAMES)[number]
      return { kind: item.kind, value: bits }
    }
    return { kind: item.kind, value: ipField(item.kind, seen) }
  })
  const { body, options } = describeBody(expected, seen, flow)
  const written = printPacket({ direction: 'out', encapsulations: [], ip, body })
  return { body, options, text: options.length === 0 ? written : `${written} <${options.join(',')}>` }
}

function ipField(kind: 'tos' | 'dscp' | 'flowlabel' | 'ttl', { tos, ttl, flowLabel }: LivePacket): number {
  return { tos, dscp: tos >> 2, ttl, flowlabel: flowLabel }[kind]
}

function describeBody(
  expected: PacketSpec | null,
  seen: LivePacket,
  flow: Flow,
): { body: PacketSpec['body']; options: string[] } {
  const { tcp, icmp, udpLength } = seen
  const ports = expected === null || expected.body.kind === 'icmp' ? null : expected.body.ports
  if (tcp !== null) {
    const spec = expected?.body.kind === 'tcp' ? expected.body : null
    const options = tcp.options.map((option) => optionText(option, tcp, flow, spec))
    return { body: { ...describeTcp(tcp, flow, spec), ports }, options }
  }
  if (icmp !== null) {
    const body = {
      kind: 'icmp',
      ...icmpWords(icmp.type, icmp.code, icmp.v4),
      mtu: icmp.mtu || null,
      id: null,
      echoed: null,
    } as const
    return { body, options: [] }
  }
  return { body: { kind: 'udp', ports, length: udpLength ?? 0 }, options: [] }
}

function describeTcp(tcp: LiveTcp, flow: Flow, expected: TcpSpec | null): TcpSpec {
  const ack = (tcp.flags & 16) !== 0
  const numbering = expected?.numbering === 'absolute' ? 'absolute' : 'relative'
  return {
    kind: 'tcp',
    ports: null,
    flags: flagsText(tcp.flags, /\d/.test(expected?.flags ?? '')),
    seq: (tcp.seq - (numbering === 'absolute' ? 0 : flow.localOffset(tcp.syn))) >>> 0,
    length: tcp.length,
    numbering,
    ack: ack ? (tcp.ack - flow.remoteOffset(tcp.syn)) >>> 0 : tcp.ack === 0 ? null : tcp.ack >>> 0,
    window: expected !== null && expected.window === null ? null : tcp.window,
    urgent: tcp.urgent === 0 && (expected?.urgent ?? null) === null ? null : tcp.urgent,
    options: null,
  }
}

function optionText(option: LiveOption, tcp: LiveTcp, flow: Flow, expected: TcpSpec | null): string {
  if (option.kind === 'unknown') return `option ${option.number} ${option.hex}`.trim()
  return printTcpOption(toScript(option, tcp, flow, expected))
}

/** An option in the script's numbers. The script names the timestamp's value; what it was is mapped, not compared. */
function toScript(option: TcpOptionSpec, tcp: LiveTcp, flow: Flow, expected: TcpSpec | null): TcpOptionSpec {
  if (option.kind === 'sack') {
    const offset = flow.remoteOffset(tcp.syn)
    return { kind: 'sack', blocks: option.blocks.map(([l, r]) => [(l - offset) >>> 0, (r - offset) >>> 0] as const) }
  }
  if (option.kind === 'wscale') return leavesScaleOpen(expected) ? { ...option, value: null } : option
  if (option.kind !== 'TS') return option
  const named = timestampsOf(expected)
  return named === null ? option : { ...option, val: named.val, absolute: named.absolute }
}

function leavesScaleOpen(spec: TcpSpec | null): boolean {
  if (spec === null || spec.options === null || spec.options === 'any') return false
  return spec.options.some((option) => option.kind === 'wscale' && option.value === null)
}

function timestampsOf(spec: TcpSpec | null): TimestampsSpec | null {
  if (spec === null || spec.options === null || spec.options === 'any') return null
  const found = spec.options.find((option) => option.kind === 'TS')
  return found?.kind === 'TS' ? found : null
}

function* ipDifferences(expected: PacketSpec, seen: LivePacket, flow: Flow): Iterable<string> {
  for (const item of expected.ip) {
    if (item.kind === 'ecn') {
      const bits = ECN_NAMES[seen.tos & 3]
      const matches = item.value === 'ect01' ? bits === 'ect0' || bits === 'ect1' : bits === item.value
      if (!matches) yield 'ECN bits'
    } else if (item.kind === 'ttl' && item.value === 0) {
      // `ttl 0` is packetdrill's way of leaving it open.
    } else if (item.kind === 'flowlabel') {
      if (!seen.source.v4 && !flow.takeFlowLabel(item.value, seen.flowLabel)) yield 'flowlabel'
    } else if (item.value !== ipField(item.kind, seen)) yield item.kind
  }
}

/** Options for comparing them: without what the stack echoes, unless somebody asks for that. */
function comparable(options: readonly string[], { timestampEchoChecked }: RunConfig): string {
  const text = options.join(',')
  return timestampEchoChecked ? text : text.replace(/ ecr \d+/, '')
}

function tcpDifferences(expected: TcpSpec, told: Told, flow: Flow, config: RunConfig, seen: LivePacket): string[] {
  const differences: string[] = []
  const body = told.body as TcpSpec
  const tcp = seen.tcp as LiveTcp

  if (tcpFlags(expected.flags) !== tcp.flags) differences.push('flags')
  if (expected.numbering !== 'any' && expected.seq % 2 ** 32 !== body.seq) differences.push('sequence number')
  if (expected.length !== body.length) differences.push('length')
  if ((expected.ack ?? 0) % 2 ** 32 !== (body.ack ?? 0)) differences.push('ack')
  if (expected.window !== null && expected.window !== body.window) differences.push('window')
  if ((expected.urgent ?? 0) !== (body.urgent ?? 0)) differences.push('urgent pointer')
  if (expected.options === 'any') return differences
  const wanted = (expected.options ?? []).map(printTcpOption)
  if (comparable(wanted, config) !== comparable(told.options, config)) differences.push('options')
  else if (differences.length === 0 && !takeTimestamp(expected, tcp, flow, config, seen))
    differences.push('timestamp value')
  return differences
}

/** Learns what the script calls the timestamp. False when the clock behind it does not tick as `--tcp_ts_tick_usecs` says. */
function takeTimestamp(expected: TcpSpec, tcp: LiveTcp, flow: Flow, config: RunConfig, seen: LivePacket): boolean {
  const script = timestampsOf(expected)?.val ?? null
  const option = tcp.options.find((one) => one.kind === 'TS')
  if (script === null || option?.kind !== 'TS' || option.val === null) return true
  flow.timestamps.set(script, option.val)
  const first = flow.firstTimestamp
  if (first === null) {
    flow.firstTimestamp = { script, live: option.val, at: seen.at }
    return true
  }
  if (config.timestampTickUs === 0) return true
  const ticks = ((option.val - first.live) | 0) - ((script - first.script) | 0)
  const toleranceUs = Math.max(config.toleranceUs, (config.tolerancePercent / 100) * (seen.at - first.at))
  return Math.abs(ticks) * config.timestampTickUs <= toleranceUs + config.timestampTickUs
}
