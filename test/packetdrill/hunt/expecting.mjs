/** What a kernel did with a cell, as a script that expects it. */
import { execFileSync } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What comes sooner than this behind an event is its answer, and what comes later a timer's; but a SYN,ACK is an answer that may be late. */
const ANSWER_S = 0.02
const SYN_ACK_S = 0.5
/** The wheel of the kernel's timers goes round. */
const WHEEL_US = 8 ** 8 * 4000
const HERE = dirname(fileURLToPath(import.meta.url))
/** A RST with sequence number 0 on the wire has none that a script could name. */
const NAMELESS = /^> (?:\[\w+\] )?R\. \d{6,}:/

/** What TCP_INFO must say to the digit. */
const EXACT = (
  'state ca_state retransmits probes backoff options snd_wscale rcv_wscale snd_mss rcv_mss unacked sacked lost retrans pmtu rcv_ssthresh ' +
  'snd_ssthresh snd_cwnd advmss reordering rcv_space total_retrans bytes_acked bytes_received segs_out segs_in notsent_bytes data_segs_in ' +
  'data_segs_out delivered delivered_ce bytes_sent bytes_retrans dsack_dups reord_seen rcv_ooopack snd_wnd rcv_wnd total_rto total_rto_recoveries'
).split(' ')
/** What it must say nearly: so far it may be off. */
const NEAR = {
  rto: 24_000,
  ato: 1000,
  rtt: 12_000,
  rttvar: 12_000,
  last_data_sent: 25,
  last_data_recv: 25,
  last_ack_recv: 25,
}
/** What was never was when the machine started, ms. */
const NEVER = 1_000_000

function looked(info, socket) {
  const asserts = [
    ...EXACT.map((name) => `assert tcpi_${name} == ${info[`tcpi_${name}`]}, tcpi_${name}`),
    ...Object.entries(NEAR)
      .filter(([name]) => !name.startsWith('last_') || info[`tcpi_${name}`] < NEVER)
      .map(([name, off]) => `assert abs(tcpi_${name} - ${info[`tcpi_${name}`]}) <= ${off}, tcpi_${name}`),
  ]
  const events = `events=POLLIN|POLLPRI|POLLOUT|POLLRDHUP, revents=${info.poll}`
  return [
    `%{\n${asserts.join('\n')}\n}%`,
    `poll([{fd=${socket}, ${events}}], 1, 0) = ${info.poll === 0 ? 0 : 1}`,
    `getsockopt(${socket}, SOL_SOCKET, SO_ERROR, [${info.error}], [4]) = 0`,
    ...info.queue.map(({ length, control }) => reported(socket, length, control)),
    reported(socket, -1, []),
  ]
}

/** What recvmsg(MSG_ERRQUEUE) told; that there is nothing more to tell: a length of -1. */
function reported(socket, length, control) {
  const told = control.map(({ report }) => {
    const data = ['errno', 'origin', 'type', 'code', 'info', 'data'].map((name) => `ee_${name}=${report[`ee_${name}`]}`)
    return `{cmsg_level=CMSG_LEVEL_IP, cmsg_type=CMSG_TYPE_RECVERR, cmsg_data={${data.join(', ')}}}`
  })
  const [flags, result] = length < 0 ? ['0', '-1 EAGAIN'] : ['MSG_ERRQUEUE', length]
  const message = `{msg_name(...)=..., msg_iov(1)=[{..., 512}], msg_flags=${flags}, msg_control=[${told.join(', ')}]}`
  return `recvmsg(${socket}, ${message}, MSG_ERRQUEUE|MSG_DONTWAIT) = ${result}`
}

/**
 * The script of a cell for a kernel, whose records `expecting` understands.
 * @param {string} last what is said last
 */
export function asking({ state, asked }, last) {
  const look = state.hasSocket ? ['+.06 %{ RECORD all }%'] : []
  return `${state.sysctls}${[...state.lines, `+.02 ${asked}`, ...look, `+.06 ${last}`, '+.01 `true`'].join('\n')}\n`
}

/** What a kernel did with `asking`, as a script that expects it. @param {Record<string, string>} names what `ss` calls states */
export function expecting({ state, asked }, { seen, rows, records, times, zero }, last, names, clock) {
  const events = [
    ...state.lines.map((line) => line.slice(line.indexOf(' ') + 1)),
    asked,
    ...(state.hasSocket ? ['look'] : []),
    last,
  ]
  const packets = seen.map((line) => ({ at: Number(line.split(' ')[0]), words: line.split(' ').slice(1).join(' ') }))
  const named = packets.filter(({ words }) => !NAMELESS.test(words))
  const lines = []
  let written = 0
  const put = (at, words) => {
    written = Math.max(at, written)
    lines.push(`${written.toFixed(6)} ${words}`)
  }
  for (const [i, words] of events.entries()) {
    // A stray packet of ours would come before its answer.
    if (i === events.length - 1 && named.length < packets.length) break
    const at = times[i]
    for (const one of words === 'look' ? looked(records[0], state.socket) : [words]) put(at, one)
    const next = i === events.length - 1 ? Number.POSITIVE_INFINITY : times[i + 1]
    while (named.length > 0 && named[0].at < next) {
      const packet = named.shift()
      // Where a story names our first stamp, echoes mean that one.
      put(
        packet.at - at < (packet.words.startsWith('> S.') ? SYN_ACK_S : ANSWER_S) ? at : packet.at,
        packet.words.replace(/TS val \d+/, 'TS val 200'),
      )
    }
  }
  const [left] = rows
  const look =
    left === undefined || left === 'LISTEN'
      ? '! ss -tanH state connected | grep -q :'
      : `ss -tan | grep -q ^${names[left]}`
  lines.push(`+.01 \`${look}\``)
  const jiffies = Math.round(clock + zero * 1e6) % WHEEL_US
  return `--jiffies_usecs=${jiffies}\n${state.sysctls}${lines.join('\n')}\n`
}

/** What the clock of the kernel's timers shows when that of its processes shows 0, µs. */
export function timersClock() {
  const program = `import sys; sys.path.insert(0, ${JSON.stringify(HERE)}); import jiffies; print(jiffies.shown_at(0))`
  return Number(execFileSync('python3', ['-c', program], { encoding: 'utf8' }))
}
