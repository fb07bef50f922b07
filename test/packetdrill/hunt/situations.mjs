/** Where the cells of places.mjs begin: every state, reached in every situation, told as what the peer and the program do. */
import { playOnKernel } from '../kernel/kernel.mjs'
import { TWO_32 } from '../segments.mjs'

/** Segments of text that leave room for less than one more, and for nothing. */
const TINY = 17
const REST = 980
const SEGMENT = 1000
const SEGMENTS_IN_FLIGHT = 10

/** What a situation may be made of. */
export const TRAITS = {
  plain: 'nothing more',
  delayed: 'an ACK is owed',
  gap: 'text waits behind a gap',
  flight: 'text of ours is unacknowledged',
  unread: 'text waits to be read',
  orphan: 'the program has closed',
  stamps: 'both say the time',
  old: 'the segment has an old timestamp',
  bare: 'the segment has none',
  shut: 'the receive window is closed',
  tiny: 'the receive window is smaller than a segment',
  shrunk: 'the receive window was taken back',
  disorder: 'one segment behind a hole was SACKed',
  recovery: 'three were, and the first left again',
  loss: 'nothing came back, and the first left again',
  persist: 'the peer has closed its window, and is probed',
  alive: 'a keep-alive probe is not answered',
  limit: 'TCP_USER_TIMEOUT runs for text in flight',
  cork: 'TCP_CORK holds text back',
  ecn: 'marks are spoken of',
  urgent: 'urgent text waits to be read',
  again: 'the SYN, or its answer, had to be sent twice',
  data: "Fast Open: the SYN has text, the peer's or ours",
  deferred: 'TCP_DEFER_ACCEPT',
  cookies: 'tcp_syncookies=2',
  icmp: 'what comes is no segment, but a message about one',
  recverr: 'IP_RECVERR, IPV6_RECVERR',
  ...Object.fromEntries(
    [0, 1, 2, 3, 4, 5].map((value) => [`pmtu${value}`, `IP_MTU_DISCOVER ${value}, and messages about size alone`]),
  ),
}

const SYSCTLS = {
  'net.ipv4.tcp_rmem': '"4096 131072 6291456"',
  'net.ipv4.tcp_wmem': '"4096 262144 4194304"',
  'net.ipv4.tcp_syncookies': '0',
  'net.ipv4.tcp_congestion_control': 'reno',
  'net.ipv4.tcp_no_metrics_save': '1',
}

/** What the peer and the program do until a state is reached, and the numbers then. */
class Story {
  lines = []
  rcv = 0
  una = 0
  nxt = 0
  window = 65_535
  clock = 1000
  fd = 4

  constructor(traits, version) {
    this.traits = traits
    this.six = version === 'ipv6'
  }

  has(...words) {
    return words.some((word) => this.traits.has(word))
  }

  put(what, step = 0) {
    this.lines.push(`+${step} ${what}`)
  }

  option(level, name, value, fd = this.fd) {
    this.put(`setsockopt(${fd}, ${level}, ${name}, [${value}], 4) = 0`)
  }

  /** What the program wants to hear of routers. */
  hears() {
    const [level, ip] = this.six ? ['SOL_IPV6', 'IPV6'] : ['SOL_IP', 'IP']
    if (this.has('recverr')) this.option(level, `${ip}_RECVERR`, 1)
    for (const word of this.traits) if (word.startsWith('pmtu')) this.option(level, `${ip}_MTU_DISCOVER`, word.slice(4))
  }

  /** The peer's clock, where it says the time, and its blocks. */
  options(sack = '') {
    const parts = []
    if (this.has('stamps')) {
      this.clock += 10
      parts.push(`nop,nop,TS val ${this.clock} ecr 100`)
    }
    if (sack !== '') parts.push(`nop,nop,sack ${sack}`)
    return parts.length === 0 ? '' : ` <${parts.join(',')}>`
  }

  peer(flags, length = 0, { seq = this.rcv, ack = this.una, step = 0.01, sack = '', urgent = '' } = {}) {
    const end = (seq + length) % TWO_32
    this.put(`< ${flags} ${seq}:${end}(${length}) ack ${ack} win ${this.window}${urgent}${this.options(sack)}`, step)
    if (seq !== this.rcv) return
    this.rcv += length + (flags.includes('F') ? 1 : 0)
  }

  write(octets, sent = octets) {
    this.put(`write(${this.fd}, ..., ${octets}) = ${octets}`)
    this.nxt += sent
  }
}

/** What the peer's SYN offers. */
function offer(story) {
  if (story.has('stamps')) return '<mss 1460,sackOK,TS val 1000 ecr 0>'
  return story.has('gap', 'disorder', 'recovery', 'loss') ? '<mss 1460,nop,nop,sackOK>' : '<mss 1460>'
}

function listens(story) {
  story.put('socket(..., SOCK_STREAM, IPPROTO_TCP) = 3')
  story.option('SOL_SOCKET', 'SO_REUSEADDR', 1, 3)
  story.option('SOL_SOCKET', 'SO_RCVBUF', 20_000, 3)
  if (story.has('deferred')) story.option('SOL_TCP', 'TCP_DEFER_ACCEPT', 5, 3)
  if (story.has('data')) story.option('SOL_TCP', 'TCP_FASTOPEN', 5, 3)
  if (!story.has('data')) {
    story.fd = 3
    story.hears()
    story.fd = 4
  }
  story.put('bind(3, ..., ...) = 0')
  story.put('listen(3, 1) = 0')
}

function asked(story) {
  story.put(`< ${story.has('ecn') ? 'SEW' : 'S'} 0:0(0) win 65535 ${offer(story)}`, 0.01)
  // The peer echoes what it was told.
  if (story.has('stamps')) story.put('> S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr 1000>')
  story.rcv = 1
  story.nxt = 1
  if (story.has('again')) story.put('`true`', 1.2)
}

/** A Fast Open server's connection is accepted before its handshake is complete. */
function askedEarly(story) {
  story.put('< S 0:100(100) win 65535 <mss 1460,FO,nop,nop>', 0.01)
  story.put('accept(3, ..., ...) = 4')
  story.rcv = 101
  story.nxt = 1
  if (story.has('again')) story.put('`true`', 1.2)
}

function calls(story) {
  story.fd = 3
  story.put('socket(..., SOCK_STREAM, IPPROTO_TCP) = 3')
  story.put('fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0')
  story.nxt = 1
  story.hears()
  if (story.has('data')) {
    story.option('SOL_TCP', 'TCP_FASTOPEN_NO_COOKIE', 1, 3)
    story.put('sendto(3, ..., 100, MSG_FASTOPEN, ..., ...) = 100')
    story.nxt = 101
  } else {
    story.put('connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)')
    // The peer echoes what it was told.
    story.put('> S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>')
  }
  if (story.has('again')) story.put('`true`', 1.2)
}

function crosses(story) {
  story.put(`< S 0:0(0) win 65535 ${offer(story)}`, 0.01)
  story.rcv = 1
}

function opens(story) {
  listens(story)
  asked(story)
  story.una = 1
  story.peer('.', 0, { step: 0.1 })
  story.put('accept(3, ..., ...) = 4')
  story.put('fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0')
  story.peer('P.', SEGMENT, { step: 0 })
  story.put('read(4, ..., 2000) = 1000')
}

/** What the situation adds to an open connection. */
function situated(story) {
  if (story.has('delayed')) {
    story.write(10)
    story.una = story.nxt
    story.peer('.')
  }
  if (story.has('limit')) story.option('SOL_TCP', 'TCP_USER_TIMEOUT', 3000)
  if (story.has('flight', 'limit')) story.write(2000)
  if (story.has('unread')) story.peer('P.', 500, { step: 0 })
  if (story.has('urgent')) story.peer('PU.', 20, { urgent: ' urg 20', step: 0 })
  if (story.has('shut', 'tiny')) receives(story, [...Array(TINY).fill(SEGMENT), ...(story.has('shut') ? [REST] : [])])
  if (story.has('shrunk')) {
    receives(story, Array(6).fill(SEGMENT))
    story.option('SOL_SOCKET', 'SO_RCVBUF', 4000)
    receives(story, [100])
  }
  if (story.has('cork')) {
    story.option('SOL_TCP', 'TCP_CORK', 1)
    story.write(500, 0)
  }
  if (story.has('alive')) {
    story.option('SOL_SOCKET', 'SO_KEEPALIVE', 1)
    story.option('SOL_TCP', 'TCP_KEEPIDLE', 1)
    story.option('SOL_TCP', 'TCP_KEEPINTVL', 1)
  }
  if (story.has('persist')) {
    story.window = 0
    story.peer('.')
    story.write(2000, 0)
    story.put('`true`', 0.3)
  }
  if (story.has('disorder', 'recovery', 'loss')) loses(story)
}

/** Text that nobody reads, until it is acknowledged. */
function receives(story, lengths) {
  for (const length of lengths) story.peer('.', length, { step: 0 })
  story.put('`true`', 0.1)
}

/** Text of ours, of which the first segment is lost. */
function loses(story) {
  const size = story.has('stamps') ? 1448 : 1460
  story.write(size * SEGMENTS_IN_FLIGHT)
  const first = story.una + size
  for (let i = 1; i <= (story.has('disorder') ? 1 : story.has('recovery') ? 3 : 0); i++)
    story.peer('.', 0, { sack: `${first}:${first + i * size}`, step: i === 1 ? 0.05 : 0.001 })
  if (story.has('loss')) story.put('`true`', 0.4)
}

/** What the situation wants to come last, ahead of the segment that is asked about. */
function last(story) {
  if (story.has('delayed')) story.peer('P.', 50, { step: 0 })
  if (story.has('gap')) story.peer('.', 100, { seq: story.rcv + 200, step: 0 })
  if (story.has('alive')) story.put('`true`', 1.2)
}

/** Our FIN, which text that may not leave holds back. */
function ends(story) {
  if (story.has('cork')) story.nxt += 500
  story.put(story.has('orphan') ? 'close(4) = 0' : 'shutdown(4, SHUT_WR) = 0')
  if (!story.has('persist', 'recovery', 'loss')) story.nxt += 1
}

function peerEnds(story) {
  story.peer('F.')
  // Nobody waits for its ACK.
  story.put('`true`', 0.06)
}

function acknowledged(story) {
  story.una = story.nxt
  story.peer('.')
}

function peerEndsAll(story) {
  story.una = story.nxt
  story.peer('F.')
  story.put('`true`', 0.06)
}

/** How each state is reached; where a socket of its own stands for it, its descriptor. */
const STATES = {
  listen: { steps: [listens], socket: 3 },
  'syn-sent': { steps: [calls], socket: 3 },
  'syn-received': { steps: [listens, asked], socket: 3 },
  crossed: { steps: [calls, crosses], socket: 3 },
  early: { steps: [listens, askedEarly], socket: 4, needs: ['data'] },
  established: { steps: [opens, situated, last] },
  'fin-wait-1': { steps: [opens, situated, ends, last] },
  'fin-wait-2': { steps: [opens, situated, ends, acknowledged, last], never: ['persist', 'recovery', 'loss'] },
  'close-wait': { steps: [opens, situated, peerEnds, last], never: ['gap', 'delayed'] },
  closing: { steps: [opens, situated, ends, peerEnds, last], never: ['gap', 'delayed'] },
  'last-ack': { steps: [opens, situated, peerEnds, ends, last], never: ['gap', 'delayed'] },
  'time-wait': { steps: [opens, situated, ends, peerEndsAll], never: ['persist', 'recovery', 'loss'] },
}

/** Situations that only a connection can be in which is not yet open. */
const OPENING_TRAITS = ['again', 'data', 'deferred', 'cookies']
const OPENING_STATES = ['listen', 'syn-sent', 'syn-received', 'crossed', 'early']
const EVERYWHERE = ['plain', 'stamps', 'old', 'bare', 'ecn', 'icmp', 'recverr']

/** The names of the states that a situation exists in. */
export function statesOf(traits) {
  return Object.keys(STATES).filter((name) => {
    const { needs = [], never = [] } = STATES[name]
    const words = [...traits].filter((word) => !EVERYWHERE.includes(word) && !word.startsWith('pmtu'))
    const fitting = OPENING_STATES.includes(name)
      ? words.every((word) => OPENING_TRAITS.includes(word))
      : words.every((word) => !OPENING_TRAITS.includes(word) || word === 'again')
    return fitting && needs.every((word) => traits.has(word)) && !never.some((word) => traits.has(word))
  })
}

function sysctlsOf(traits) {
  const added = {}
  if (traits.has('cookies')) added['net.ipv4.tcp_syncookies'] = '2'
  if (traits.has('ecn')) added['net.ipv4.tcp_ecn'] = '1'
  if (traits.has('shrunk')) added['net.ipv4.tcp_shrink_window'] = '1'
  if (traits.has('loss')) added['net.ipv4.tcp_early_retrans'] = '0'
  if (traits.has('data')) added['net.ipv4.tcp_fastopen'] = '0x603'
  const all = Object.entries({ ...SYSCTLS, ...added })
  return `\`sysctl -q ${all.map(([name, value]) => `${name}=${value}`).join(' ')}\`\n`
}

/**
 * Each state in a situation: `lines`, what the peer and the program do until then; RCV.NXT, SND.UNA, SND.NXT, and the edge of the window
 * offered, as a script has them; the descriptor that can be asked.
 * @param {string} version as in `--ip_version`
 */
export function reach(names, traits, version) {
  const states = names.map((name) => {
    const story = new Story(traits, version)
    for (const step of STATES[name].steps) step(story)
    const { lines, rcv, una, nxt, window } = story
    const hasSocket = name !== 'time-wait' && !traits.has('orphan')
    const socket = STATES[name].socket ?? 4
    return {
      name,
      lines,
      sysctls: sysctlsOf(traits),
      rcv,
      una,
      nxt,
      window,
      socket,
      hasSocket,
      traits,
      far: story.options(),
    }
  })
  learn(states, version)
  return states
}

/** Where the kernel is then, and what it offered last: the answer to a segment far away says it. */
function learn(states, version) {
  const asked = states.map(({ name, lines, sysctls, rcv, una, window, far }) => {
    const seq = rcv + 5_000_000
    const asks = OPENING_STATES.includes(name) ? '`true`' : `< . ${seq}:${seq}(0) ack ${una} win ${window}${far}`
    return { file: `${name}.pkt`, text: `${sysctls}${lines.join('\n')}\n+.02 ${asks}\n+.08 \`true\`\n` }
  })
  for (const [i, outcome] of playOnKernel(asked, { settle: 0.01, version, workers: 4 }).entries()) {
    const [state, { status, line, reason, seen }] = [states[i], outcome]
    if (status !== 'passed') throw new Error(`${state.name}: line ${line}: ${reason}`)
    const { nxt, rcv, edge } = learned(seen)
    if ((rcv ?? state.rcv) !== state.rcv || (nxt ?? state.nxt) !== state.nxt)
      throw new Error(
        `${state.name}: the kernel is at ${nxt}, ack ${rcv}; expected ${state.nxt}, ack ${state.rcv}\n${seen.join('\n')}`,
      )
    state.edge = edge ?? rcv + 18_980
  }
}

/** How far what was sent went, and what it acknowledged and offered last. */
function learned(seen) {
  const found = {}
  for (const line of seen) {
    const [, flags, end, ack, win] = /> (?:\[\w+\] )?(\S+) \d+:(\d+)\(\d+\)(?: ack (\d+))? win (\d+)/.exec(line) ?? []
    if (flags === undefined || flags.includes('R')) continue
    found.nxt = Math.max(found.nxt ?? 0, Number(end) + (/[SF]/.test(flags) ? 1 : 0))
    if (ack !== undefined) Object.assign(found, { rcv: Number(ack), edge: Number(ack) + Number(win) })
  }
  return found
}
