/** How mutate.mjs changes what the peer sends: each takes a story and chance, and tells what it did; undefined: nothing. */

const TWO_32 = 2 ** 32
const OPTIONS_MOST = 40
const SIZES = { mss: 4, sackOK: 2, TS: 10, nop: 1, wscale: 3, eol: 1, md5: 18 }
const later = (number, by) => (number + by + TWO_32) % TWO_32
const isSyn = (body) => body.flags.includes('S')
const optionsOf = (body) => (Array.isArray(body.options) ? body.options : [])
const without = (body, kind) => optionsOf(body).filter((option) => option.kind !== kind)

/** The peer's segments, each with its place among the events. */
const segmentsOf = ({ events }) =>
  events
    .map((event, place) => ({ event, place, body: event.action.packet?.body }))
    .filter(({ body }) => body?.kind === 'tcp')

/** Puts events in the order of time. */
export function inOrder(story) {
  story.events = story.events
    .map((event, place) => ({ event, place }))
    .sort((a, b) => a.event.us - b.event.us || a.place - b.place)
    .map(({ event }) => event)
}

/** A time between two events. */
export function timeBefore(events, place) {
  if (place <= 0) return 0
  if (place >= events.length) return (events.at(-1)?.us ?? 0) + 20_000
  return Math.round((events[place - 1].us + events[place].us) / 2)
}

function sizeOf(option) {
  if (option.kind === 'sack') return 2 + 8 * option.blocks.length
  if (option.kind === 'accecn') return 2 + 3 * option.fields.length
  if (option.kind === 'FOEXP') return 4 + option.hex.length / 2
  return SIZES[option.kind] ?? 2 + (option.hex?.length ?? 0) / 2
}

/** The list, as much of it as has room, and NOPs up to a whole word. */
function setOptions(body, options) {
  const found = options.filter(({ kind }) => kind !== 'nop' && kind !== 'eol')
  let length = found.reduce((sum, option) => sum + sizeOf(option), 0)
  while (length > OPTIONS_MOST) length -= sizeOf(found.pop())
  for (; length % 4 !== 0; length++) found.unshift({ kind: 'nop' })
  body.options = found.length === 0 ? null : found
}

/** What becomes of one segment. */
const OF_ONE = {
  drop(story, _chance, { place }) {
    story.events.splice(place, 1)
    return 'dropped'
  },
  double(story, chance, { event }) {
    const again = structuredClone(event)
    again.us += chance.pick([0, 2000, 30_000, 300_000])
    story.events.push(again)
    inOrder(story)
    return 'doubled'
  },
  swap(story, _chance, { event, place }) {
    const next = segmentsOf(story).find((other) => other.place > place)?.event
    if (next === undefined) return undefined
    ;[event.action, next.action] = [next.action, event.action]
    return 'swapped with the next'
  },
  delay(story, chance, { event }) {
    const by = chance.pick([-90_000, -30_000, -5000, 5000, 30_000, 60_000, 120_000, 250_000, 600_000])
    event.us = Math.max(story.events[0].us, event.us + by)
    inOrder(story)
    return `${by} us later`
  },
  window(story, chance, { body, place }) {
    const window = chance.pick([0, 0, 1, 2, 5, 50, 257, 1000, 65_535])
    const lasts = chance.odds(0.3)
    for (const one of segmentsOf(story))
      if (one.body === body || (lasts && one.place > place && !isSyn(one.body))) one.body.window = window
    return `win ${window}${lasts ? ' from here on' : ''}`
  },
  ack(_story, chance, { body }) {
    if (body.ack === null) return undefined
    const by = chance.pick([-1, 1, -100, -500, -1000, 500, 1000, -2000, 3000, -100_000])
    body.ack = later(body.ack, by)
    return `ack ${by}`
  },
  seq(story, chance, { body, place }) {
    const by = chance.pick([-1, 1, -100, 100, -1000, 1000, 3000, 100_000, -100_000])
    const lasts = chance.odds(0.3)
    for (const one of segmentsOf(story))
      if (one.body === body || (lasts && one.place > place && !isSyn(one.body))) one.body.seq = later(one.body.seq, by)
    return `seq ${by}${lasts ? ' from here on' : ''}`
  },
  stamp(_story, chance, { body }) {
    const stamps = optionsOf(body).find(({ kind }) => kind === 'TS')
    if (stamps === undefined) return undefined
    if (chance.odds(0.25)) {
      Object.assign(stamps, { ecr: chance.pick([0, 1]), absolute: true })
      return `ecr ${stamps.ecr}`
    }
    const by = chance.pick([-1, 1, -1000, 1000, -100_000, 2_000_000_000])
    stamps.val = later(stamps.val, by)
    return `TS val ${by}`
  },
  flags(_story, chance, { body }) {
    const letter = chance.pick(['F', 'F', 'P', '.', 'R', 'S', 'U', 'E', 'W', 'A'])
    body.flags = body.flags.includes(letter) ? body.flags.replace(letter, '') : body.flags + letter
    body.ack = body.flags.includes('.') ? (body.ack ?? 1) : null
    body.urgent = body.flags.includes('U') ? (body.urgent ?? chance.pick([0, 1, 5, 100, 1000])) : null
    return `flags ${body.flags}`
  },
  length(_story, chance, { body }) {
    if (isSyn(body)) return undefined
    body.length = chance.pick([0, 1, 10, 100, 500, 1000, 1400, 1460, Math.floor(body.length / 2), body.length + 1])
    if (body.length > 0 && !body.flags.includes('P') && chance.odds(0.6)) body.flags = `P${body.flags}`
    return `length ${body.length}`
  },
  split(story, chance, { event, body, place }) {
    if (isSyn(body) || body.length < 2) return undefined
    const half = 1 + chance.below(body.length - 1)
    const second = structuredClone(event)
    Object.assign(second.action.packet.body, { seq: later(body.seq, half), length: body.length - half })
    Object.assign(body, { length: half, flags: body.flags.replace('F', '') })
    const turned = chance.odds(0.3)
    second.us += chance.pick([0, 2000, 60_000, 250_000]) * (turned ? -1 : 1)
    story.events.splice(turned ? place : place + 1, 0, second)
    inOrder(story)
    return `split at ${half}${turned ? ', the other way round' : ''}`
  },
  sack(_story, chance, { body }) {
    if (isSyn(body) || body.ack === null) return undefined
    const rest = without(body, 'sack')
    const had = rest.length < optionsOf(body).length
    if (had && chance.odds(0.4)) {
      setOptions(body, rest)
      return 'no SACK'
    }
    const blocks = []
    let left = body.ack + chance.pick([-1000, 0, 1000, 1000, 1000, 2000, 500, 1])
    for (let count = chance.pick([1, 1, 1, 2, 3]); count > 0; count--) {
      const right = left + chance.pick([1000, 1000, 2000, 1, 500, 3000])
      blocks.unshift([later(left, 0), later(right, 0)])
      left = right + chance.pick([1000, 1000, 500])
    }
    setOptions(body, [...rest, { kind: 'sack', blocks }])
    return `sack ${blocks.map((block) => block.join(':')).join(' ')}`
  },
  ecn(story, chance, { body, place }) {
    const value = chance.pick(['ce', 'ce', 'ect0', 'ect1', 'noecn'])
    const lasts = chance.odds(0.4)
    for (const one of segmentsOf(story))
      if (one.body === body || (lasts && one.place > place && !isSyn(one.body)))
        one.event.action.packet.ip = [{ kind: 'ecn', value }]
    return `${value}${lasts ? ' from here on' : ''}`
  },
  again(story, chance, { event }) {
    const again = structuredClone(event)
    const { body } = again.action.packet
    const behind = chance.pick(segmentsOf(story)).place + 1
    again.us = timeBefore(story.events, behind)
    if (chance.odds(0.5)) body.length = 0
    if (chance.odds(0.3)) body.flags = chance.pick(['R', 'R.'])
    body.ack = body.flags.includes('.') ? (body.ack ?? 1) : null
    story.events.splice(behind, 0, again)
    return `again at ${behind}: ${body.flags} (${body.length})`
  },
  icmp(story, chance, { body }) {
    const [type, code] = chance.pick([
      ['unreachable', 'frag_needed'],
      ['unreachable', 'frag_needed'],
      ['unreachable', 'host_unreachable'],
      ['unreachable', 'port_unreachable'],
      ['unreachable', 'net_unreachable'],
      ['time_exceeded', null],
      ['parameter_problem', null],
    ])
    const mtu = code === 'frag_needed' ? chance.pick([1200, 600, 68, 1400, 2000]) : null
    const echoed = { kind: 'tcp', seq: later(body.ack ?? 0, chance.pick([0, 0, 0, 1000, -1])), length: 1000 }
    const behind = chance.pick(segmentsOf(story)).place + 1
    const packet = {
      direction: 'in',
      encapsulations: [],
      ip: [],
      body: { kind: 'icmp', type, code, mtu, id: null, echoed },
    }
    story.events.splice(behind, 0, { us: timeBefore(story.events, behind), action: { kind: 'packet', packet } })
    return `icmp ${type} ${code ?? ''} at ${behind}`
  },
}

/** What a SYN or a SYN-ACK may say otherwise. */
const OF_SYN = {
  mss: (body, chance) =>
    setOptions(body, [
      { kind: 'mss', value: chance.pick([1, 88, 100, 536, 1000, 1200, 1460, 9000]) },
      ...without(body, 'mss'),
    ]),
  noMss: (body) => setOptions(body, without(body, 'mss')),
  scale: (body, chance) =>
    setOptions(body, [...without(body, 'wscale'), { kind: 'wscale', value: chance.pick([0, 1, 2, 7, 8, 14, 15]) }]),
  noScale: (body) => setOptions(body, without(body, 'wscale')),
  sack(body) {
    const rest = without(body, 'sackOK')
    setOptions(body, rest.length < optionsOf(body).length ? rest : [...rest, { kind: 'sackOK' }])
  },
  window(body, chance) {
    body.window = chance.pick([0, 1, 100, 1000, 5000, 65_535])
  },
  flags(body, chance) {
    const answers = body.flags.includes('.')
    body.flags = chance.pick(
      answers ? ['SE.', 'SW.', 'SA.', 'SEA.', 'SWA.', 'S.'] : ['SEW', 'SEWA', 'SE', 'S', 'SP', 'SF'],
    )
  },
  text(body, chance) {
    body.length = chance.pick([1, 100, 1000])
  },
  cookie: (body, chance) =>
    setOptions(body, [...optionsOf(body), { kind: 'FO', hex: chance.pick(['', '', '1234567812345678', '12345678']) }]),
}

/** One of the peer's segments is another one, or comes at another time. */
export function changeSegment(story, chance) {
  const segments = segmentsOf(story)
  if (segments.length === 0) return undefined
  const segment = chance.pick(segments)
  const told = OF_ONE[chance.pick(Object.keys(OF_ONE))](story, chance, segment)
  return told && `segment at ${segment.place}: ${told}`
}

/** One of the peer's SYNs says something else. */
export function changeSyn(story, chance) {
  const syns = segmentsOf(story).filter(({ body }) => isSyn(body))
  if (syns.length === 0) return undefined
  const kind = chance.pick(Object.keys(OF_SYN))
  OF_SYN[kind](chance.pick(syns).body, chance)
  return `SYN: ${kind}`
}

/** Timestamps on all that the peer says, or on nothing. */
export function changeStamps(story) {
  const segments = segmentsOf(story)
  if (segments.length === 0) return undefined
  const had = segments.some(({ body }) => optionsOf(body).some(({ kind }) => kind === 'TS'))
  for (const { event, body } of segments) {
    const opens = isSyn(body) && !body.flags.includes('.')
    const stamps = { kind: 'TS', val: 100_000 + Math.round(event.us / 1000), ecr: opens ? 0 : 1, absolute: false }
    setOptions(body, had || body.flags.includes('R') ? without(body, 'TS') : [...without(body, 'TS'), stamps])
  }
  if (!had) story.init.push('sysctl -q net.ipv4.tcp_timestamps=1')
  return had ? 'no timestamps' : 'timestamps'
}
