/** What a kernel did with a story, as a script that expects it: for mutate.mjs. */
import { printPacket } from '../../../dist/packetdrill/index.js'
import { printExpression } from '../../../dist/packetdrill/language/print.js'
import { SS_NAMES } from '../segments.mjs'

const CLOSED = 7
const LISTEN = 10
/** What TCP_INFO must say to the digit. */
const EXACT = (
  'state ca_state retransmits probes backoff options snd_wscale rcv_wscale snd_mss rcv_mss unacked sacked lost retrans pmtu rcv_ssthresh ' +
  'snd_ssthresh snd_cwnd advmss reordering rcv_space total_retrans bytes_acked bytes_received segs_out segs_in notsent_bytes data_segs_in ' +
  'data_segs_out delivered delivered_ce bytes_sent bytes_retrans dsack_dups reord_seen rcv_ooopack snd_wnd rcv_wnd total_rto ' +
  'total_rto_recoveries delivery_rate_app_limited'
).split(' ')
/** What it must say nearly: so far it may be off. */
const NEAR = {
  ...{ rto: 30_000, ato: 5000, rtt: 20_000, rttvar: 20_000, min_rtt: 9000, busy_time: 60_000, rwnd_limited: 60_000 },
  ...{ sndbuf_limited: 60_000, last_data_sent: 40, last_data_recv: 40, last_ack_recv: 40 },
}
/** What was never was when the machine started, ms; an unmeasured round trip is as large as can be. */
const NEVER = 1_000_000
const UNMEASURED = 2 ** 31
/** A RST with sequence number 0 on the wire has none that a script could name. */
const NAMELESS = /(R\.? )\d{7,}:\d{7,}/
/** Values of timestamps, one for each packet. */
const stampOf = (place) => 1000 + place

function looked(info) {
  const state = info.tcpi_state
  if (state === CLOSED || state === LISTEN) return `%{ assert tcpi_state == ${state}, tcpi_state }%`
  const near = Object.entries(NEAR).filter(
    ([name]) => info[`tcpi_${name}`] < (name.startsWith('last_') ? NEVER : UNMEASURED),
  )
  const asserts = [
    ...EXACT.map((name) => `assert tcpi_${name} == ${info[`tcpi_${name}`]}, tcpi_${name}`),
    ...near.map(([name, off]) => `assert abs(tcpi_${name} - ${info[`tcpi_${name}`]}) <= ${off}, tcpi_${name}`),
  ]
  return `%{\n${asserts.join('\n')}\n}%`
}

function listed(rows) {
  const names = rows.map((row) => SS_NAMES[row]).filter((name) => name !== undefined)
  if (names.length === 0) return '`! ss -tanH state connected | grep -q :`'
  return `\`${names.map((name) => `ss -tan | grep -q ^${name}`).join(' && ')}\``
}

function controlText({ kind, report, level, type, data }) {
  const head = `cmsg_level=${level}, cmsg_type=${type}`
  if (kind === 'report') {
    const told = ['errno', 'origin', 'type', 'code', 'info', 'data'].map((name) => `ee_${name}=${report[`ee_${name}`]}`)
    return `{${head}, cmsg_data={${told.join(', ')}}}`
  }
  const octets = Buffer.from(data, 'hex')
  if (octets.length === 1) return `{${head}, cmsg_data=${octets[0]}}`
  return `{${head}, cmsg_data=${octets.length >= 4 ? octets.readInt32LE(0) : '...'}}`
}

/** What each call fills in, in the place of what its script expected. */
const FILLED = {
  getsockopt(said, args, { octets }) {
    const inner = args[3].kind === 'list' ? args[3].items[0] : args[3]
    const told = Buffer.from(octets ?? '', 'hex')
    const number = told.length === 4 ? `[${told.readInt32LE(0)}]` : '...'
    const shown = {
      struct: told.length === 8 ? `{onoff=${told.readInt32LE(0)}, linger=${told.readInt32LE(4)}}` : '...',
      string: `"${told.toString().replace(/\0.*$/s, '')}"`,
      integer: told.length === 1 ? `[${told[0]}]` : number,
    }
    const known = octets !== undefined && inner.kind in shown
    said[3] = known ? shown[inner.kind] : '...'
    said[4] = known ? `[${told.length}]` : '...'
  },
  ioctl(said, _args, { told }) {
    said[2] = told === undefined ? '...' : `[${told}]`
  },
  poll(said, args, { polled = [] }) {
    const entries = args[0].items.map(({ fields }, i) => {
      const asked = fields.filter(({ name }) => name !== 'revents')
      const words = asked.map(({ name, value }) => `${name}=${printExpression(value)}`)
      return `{${[...words, `revents=${polled[i] ?? '...'}`].join(', ')}}`
    })
    said[0] = `[${entries.join(', ')}]`
  },
  epoll_wait(said, _args, { epolled = [] }) {
    const known = epolled.length === 1 && epolled[0][0] >= 0
    said[1] = known ? `{events=${epolled[0][1]}, fd=${epolled[0][0]}}` : '...'
  },
  recvmsg(said, args, { flags, control, result }) {
    const fields = args[1].fields.filter(({ name }) => name !== 'msg_flags' && name !== 'msg_control')
    const open = result < 0 || control.some(({ kind }) => kind === 'time')
    const told = open
      ? 'msg_flags=..., msg_control=...'
      : `msg_flags=${flags}, msg_control=[${control.map(controlText).join(', ')}]`
    said[1] = printExpression({ kind: 'struct', fields }).replace(/\}$/, `, ${told}}`)
  },
}

function callText({ name, args }, entry) {
  const said = args.map(printExpression)
  FILLED[name]?.(said, args, entry)
  const result = entry.result < 0 ? `-1 ${entry.errno}` : (entry.result ?? '...')
  return `${name}(${said.join(', ')}) = ${result}`
}

function packetText(packet, { echo }) {
  const options = Array.isArray(packet.body.options) ? packet.body.options : []
  const stamps = options.find(({ kind, absolute }) => kind === 'TS' && !absolute)
  if (stamps !== undefined && echo !== undefined) stamps.ecr = echo < 0 ? 0 : stampOf(echo)
  return printPacket(packet)
}

function eventText({ action }, entry) {
  switch (action.kind) {
    case 'packet':
      return packetText(structuredClone(action.packet), entry)
    case 'call':
      return callText(action.call, entry)
    case 'shell':
      return `\`${action.command.text}\``
    case 'rows':
      return listed(entry.rows)
    default:
      return looked(entry.info)
  }
}

/** @param events those of the story that was played @param answer what mutate.py tells of it */
export function wovenScript({ title, version, mtu, init }, events, { happened, jiffies }) {
  const never = happened.find((entry) => entry.never)?.at ?? Number.POSITIVE_INFINITY
  const packets = happened.filter(({ seen }) => seen !== undefined)
  const lines = happened
    .filter(({ at }) => at < never)
    .toSorted((a, b) => a.at - b.at)
    .map((entry) => {
      const when = entry.sleeps ? `${entry.at.toFixed(6)}...${entry.end.toFixed(6)}` : entry.at.toFixed(6)
      if (entry.seen === undefined) return `${when} ${eventText(events[entry.event], entry)}`
      const stamp = `TS val ${stampOf(packets.indexOf(entry))}`
      return `${when} ${entry.seen.replace(/TS val \d+/, stamp).replace(NAMELESS, '$1...')}`
    })
  const head = `--ip_version=${version}\n--mtu=${mtu}\n--jiffies_usecs=${jiffies}\n--tcp_ts_ecr_checked\n`
  return `// ${title}\n${head}\`${init.join('\n')}\`\n\n${lines.join('\n')}\n`
}
