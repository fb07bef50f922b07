/**
 * A run as a packetdrill script: one host's connection is the one under test, the other host is what the script injects. Packets
 * keep their options and their times; a call that blocked stands where it came back.
 */
import type { CallEvent, SegmentEvent, TraceEvent } from 'lastack/trace'

/** What a script is made of. */
export interface ScriptSource {
  readonly title: string
  readonly events: readonly TraceEvent[]
  /** The host under test, by its number in the trace. */
  readonly host: number
  /** Sysctls that the run was played with. */
  readonly sysctls: Readonly<Record<string, string>>
  /** The octets of a packet by its number. */
  readonly packet: (number: number) => Uint8Array | undefined
}

const FLAGS: readonly (readonly [bit: number, letter: string])[] = [
  [2, 'S'],
  [1, 'F'],
  [4, 'R'],
  [8, 'P'],
  [16, '.'],
]
const [SYN, FIN, ACK] = [2, 1, 16]

/** The connection under test: its ports, and where both sides began to count. */
interface Connection {
  readonly localPort: number
  readonly remotePort: number
  readonly active: boolean
  readonly conn: number
  /** Initial sequence numbers: of the host under test, of its peer. */
  readonly own: number
  readonly peers: number
}

function isSegment(event: TraceEvent): event is SegmentEvent {
  return event.kind === 'segment'
}

/** The first connection that the host opens or answers; null: it has none. */
function connectionOf({ events, host }: ScriptSource): Connection | null {
  const own = events.filter(isSegment).filter((event) => event.host === host)
  const first = own.find(({ flags }) => (flags & SYN) !== 0)
  if (first === undefined) return null
  const { localPort, remotePort } = first
  const mine = own.filter((one) => one.localPort === localPort && one.remotePort === remotePort)
  const syn = (direction: SegmentEvent['direction']): SegmentEvent | undefined =>
    mine.find((one) => one.direction === direction && (one.flags & SYN) !== 0)
  const [sent, received] = [syn('out'), syn('in')]
  const active = first.direction === 'out'
  return { localPort, remotePort, active, conn: sent?.conn ?? 0, own: sent?.seq ?? 0, peers: received?.seq ?? 0 }
}

function relative(seq: number, from: number): number {
  return (seq - from) >>> 0
}

/** The options of a segment as a script writes them, with SACK's edges counted from the start of what they tell of. */
function optionsText(octets: Uint8Array, sackFrom: number): string {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
  const start = view.getUint8(0) >> 4 === 6 ? 40 : (view.getUint8(0) & 15) * 4
  const end = start + (view.getUint8(start + 12) >> 4) * 4
  const words: string[] = []
  for (let at = start + 20; at < end; ) {
    const kind = view.getUint8(at)
    const length = kind <= 1 ? 1 : view.getUint8(at + 1)
    words.push(optionText(view, at, kind, length, sackFrom))
    at += Math.max(1, length)
  }
  return words.length === 0 ? '' : ` <${words.join(',')}>`
}

function optionText(view: DataView, at: number, kind: number, length: number, sackFrom: number): string {
  switch (kind) {
    case 0:
      return 'eol'
    case 1:
      return 'nop'
    case 2:
      return `mss ${view.getUint16(at + 2)}`
    case 3:
      return `wscale ${view.getUint8(at + 2)}`
    case 4:
      return 'sackOK'
    case 5: {
      const edges = Array.from({ length: (length - 2) / 8 }, (_, i) => at + 2 + 8 * i)
      const edge = (place: number): number => relative(view.getInt32(place), sackFrom)
      return `sack ${edges.map((place) => `${edge(place)}:${edge(place + 4)}`).join(' ')}`
    }
    case 8:
      return `TS val ${view.getUint32(at + 2)} ecr ${view.getUint32(at + 6)}`
    default:
      return '...'
  }
}

function segmentText(event: SegmentEvent, connection: Connection, source: ScriptSource): string {
  const inbound = event.direction === 'in'
  const [from, to] = inbound ? [connection.peers, connection.own] : [connection.own, connection.peers]
  const seq = relative(event.seq, from)
  const letters = FLAGS.filter(([bit]) => (event.flags & bit) !== 0).map(([, letter]) => letter)
  const ack = (event.flags & ACK) !== 0 ? ` ack ${relative(event.ack, to)}` : ''
  const octets = source.packet(event.packet)
  const options = octets === undefined ? '' : optionsText(octets, to)
  const window = inbound ? ` win ${event.window}` : ''
  const flags = letters.length === 0 ? '-' : letters.join('')
  return `${inbound ? '<' : '>'} ${flags} ${seq}:${seq + event.length}(${event.length})${ack}${window}${options}`
}

/** The call as a script writes it; null: it makes no packet and none waits for it. */
function callText({ text, result, errno }: CallEvent, fd: number): string | null {
  const [, name = '', inside = ''] = /^(\w+)\((.*)\)$/.exec(text) ?? []
  const came = result < 0 ? `-1 ${errno}` : String(result)
  const octets = /(\d+) octets/.exec(inside)?.[1] ?? '0'
  switch (name) {
    case 'recv':
      return `read(${fd}, ..., ${octets}) = ${came}`
    case 'send':
      return `write(${fd}, ..., ${octets}) = ${came}`
    case 'close':
      return `close(${fd}) = ${came}`
    case 'shutdown':
      return `shutdown(${fd}, ${/SHUT_\w+/.exec(inside)?.[0] ?? 'SHUT_RDWR'}) = ${came}`
    default:
      return null
  }
}

const LISTENER = 3
const ACCEPTED = 4

/** Turns the events of the connection into lines, each at its distance from the one before. */
class Script {
  readonly lines: string[] = []
  private last = 0

  add(time: number, text: string): void {
    this.lines.push(`+${((time - this.last) / 1_000_000).toFixed(6).replace(/\.?0+$/, '') || '0'} ${text}`)
    this.last = time
  }
}

function begin(script: Script, source: ScriptSource, connection: Connection): void {
  for (const [name, value] of Object.entries(source.sysctls)) script.add(0, `\`sysctl -q -w ${name}="${value}"\``)
  script.add(0, `socket(..., SOCK_STREAM, IPPROTO_TCP) = ${LISTENER}`)
  if (connection.active) {
    script.add(0, `fcntl(${LISTENER}, F_SETFL, O_RDWR|O_NONBLOCK) = 0`)
    return
  }
  script.add(0, `bind(${LISTENER}, ..., ...) = 0`)
  script.add(0, `listen(${LISTENER}, 128) = 0`)
}

/** What happens to the connection on its host, in order. */
function eventsOf(source: ScriptSource, connection: Connection): readonly (SegmentEvent | CallEvent)[] {
  const { localPort, remotePort, conn } = connection
  return source.events.filter((event): event is SegmentEvent | CallEvent => {
    if (event.host !== source.host) return false
    if (event.kind === 'segment') return event.localPort === localPort && event.remotePort === remotePort
    return event.kind === 'call' && event.conn === conn && !event.text.endsWith('<unfinished ...>')
  })
}

/**
 * The script of a host's first connection.
 *
 * @throws Error when the host has none.
 */
export function packetdrillScript(source: ScriptSource): string {
  const connection = connectionOf(source)
  if (connection === null) throw new Error('this host has no connection to make a script of')
  const script = new Script()
  const fd = connection.active ? LISTENER : ACCEPTED
  begin(script, source, connection)
  let closed = false
  for (const event of eventsOf(source, connection)) {
    if (isSegment(event)) {
      if (connection.active && event.direction === 'out' && (event.flags & SYN) !== 0 && !event.retransmission) {
        script.add(event.time, `connect(${fd}, ..., ...) = -1 EINPROGRESS (Operation now in progress)`)
      }
      if (!closed && event.direction === 'out' && (event.flags & FIN) !== 0 && !wasClosed(source, connection, event)) {
        // The process ended: its descriptors were closed for it.
        script.add(event.time, `close(${fd}) = 0`)
        closed = true
      }
      script.add(event.time, segmentText(event, connection, source))
      continue
    }
    if (event.text.startsWith('accept(')) script.add(event.time, `accept(${LISTENER}, ..., ...) = ${fd}`)
    const text = callText(event, fd)
    if (text !== null) script.add(event.time, text)
    if (event.text.startsWith('close(')) closed = true
  }
  return [`// ${source.title}`, '', ...script.lines, ''].join('\n')
}

/** Whether a call of the program had sent for that FIN. */
function wasClosed(source: ScriptSource, { conn }: Connection, fin: SegmentEvent): boolean {
  return source.events.some(
    (event) =>
      event.kind === 'call' &&
      event.host === source.host &&
      event.conn === conn &&
      event.time <= fin.time &&
      (event.text.startsWith('close(') || /^shutdown\(.*(SHUT_WR|SHUT_RDWR)/.test(event.text)),
  )
}
