import { formatFixed, formatG } from '../format/number.ts'
import type { BbrInfo, SocketMemory, SocketRow, TcpInfo } from '../socket-row.ts'

/** `TCPI_OPT_*`: what the two ends agreed on. */
const OPTION = { timestamps: 1, sack: 2, windowScale: 4, ecn: 8, ecnSeen: 16, synData: 32 } as const

/** "Infinite": no slow start threshold yet, no limit of the rate. */
const SSTHRESH_INFINITE = 0xffff
const RATE_UNLIMITED: bigint = (1n << 64n) - 1n
const MIN_RTT_UNKNOWN = 0xffffffff
/** RFC 1122's first retransmission timeout of 3 s, which ss takes for "not measured". */
const RTO_INITIAL_US = 3_000_000
const REORDERING_DEFAULT = 3

/** ` skmem:(r0,rb131072,…)`, what `-m` prints. */
export function memoryWord(memory: SocketMemory): string {
  const { rmemAlloc, rcvbuf, wmemAlloc, sndbuf, fwdAlloc, wmemQueued, optmem, backlog, drops } = memory
  return (
    ` skmem:(r${rmemAlloc},rb${rcvbuf},t${wmemAlloc},tb${sndbuf},f${fwdAlloc},w${wmemQueued},o${optmem}` +
    `,bl${backlog},d${drops})`
  )
}

/**
 * What `-i` prints of a TCP socket, each word behind a blank, in ss 6.1's order. Most words are left out when their value is
 * zero, which to ss means "not known".
 */
export function infoWords(row: SocketRow, info: TcpInfo, print: { numeric: boolean; timers: boolean }): string {
  const words = new Words(print.numeric)
  if (print.timers) optionWords(words, info.options)
  if (row.congestion !== undefined && row.congestion !== '') words.add(row.congestion)
  if ((info.options & OPTION.windowScale) !== 0) words.add(`wscale:${info.snd_wscale},${info.rcv_wscale}`)
  pathWords(words, info)
  countWords(words, info)
  if (row.bbr !== undefined) words.add(bbrWord(words, row.bbr))
  rateWords(words, info)
  limitWords(words, info)
  lossWords(words, info, row.state === 'LISTEN')
  receiverWords(words, info)
  return words.text
}

class Words {
  readonly #numeric: boolean
  text = ''

  constructor(numeric: boolean) {
    this.#numeric = numeric
  }

  add(word: string): void {
    this.text += ` ${word}`
  }

  /** `name:value`, unless the value is zero or unknown. */
  count(name: string, value: number | bigint | undefined): void {
    if (value !== undefined && value !== 0 && value !== 0n) this.add(`${name}:${value}`)
  }

  /** A time that the kernel keeps in µs, in ms. */
  ms(name: string, us: number | undefined): void {
    if (us !== undefined && us !== 0) this.add(`${name}:${formatG(us / 1000)}`)
  }

  /** Bits per second with a unit, or in full under `-n`. */
  rate(bitsPerSecond: number): string {
    if (this.#numeric) return `${formatFixed(bitsPerSecond, 0)}bps`
    for (const [unit, size] of RATE_UNITS) {
      if (bitsPerSecond >= size) return `${formatG(bitsPerSecond / size, 3)}${unit}bps`
    }
    return `${formatG(bitsPerSecond)}bps`
  }
}

const RATE_UNITS: readonly (readonly [string, number])[] = [
  ['T', 1e12],
  ['G', 1e9],
  ['M', 1e6],
  ['k', 1e3],
]

function optionWords(words: Words, options: number): void {
  if (options & OPTION.timestamps) words.add('ts')
  if (options & OPTION.sack) words.add('sack')
  if (options & OPTION.ecn) words.add('ecn')
  if (options & OPTION.ecnSeen) words.add('ecnseen')
  if (options & OPTION.synData) words.add('fastopen')
}

function pathWords(words: Words, info: TcpInfo): void {
  if (info.rto !== RTO_INITIAL_US) words.ms('rto', info.rto)
  words.count('backoff', info.backoff)
  if (info.rtt !== 0) words.add(`rtt:${formatG(info.rtt / 1000)}/${formatG(info.rttvar / 1000)}`)
  words.ms('ato', info.ato)
  words.count('mss', info.snd_mss)
  words.count('pmtu', info.pmtu)
  words.count('rcvmss', info.rcv_mss)
  words.count('advmss', info.advmss)
  words.count('cwnd', info.snd_cwnd)
  if (info.snd_ssthresh < SSTHRESH_INFINITE) words.count('ssthresh', info.snd_ssthresh)
}

function countWords(words: Words, info: TcpInfo): void {
  words.count('bytes_sent', info.bytes_sent)
  words.count('bytes_retrans', info.bytes_retrans)
  words.count('bytes_acked', info.bytes_acked)
  words.count('bytes_received', info.bytes_received)
  words.count('segs_out', info.segs_out)
  words.count('segs_in', info.segs_in)
  words.count('data_segs_out', info.data_segs_out)
  words.count('data_segs_in', info.data_segs_in)
}

function bbrWord(words: Words, bbr: BbrInfo): string {
  const parts = [`bw:${words.rate(Number(bbr.bandwidth) * 8)}`, `mrtt:${formatG(bbr.min_rtt / 1000)}`]
  if (bbr.pacing_gain !== 0) parts.push(`pacing_gain:${formatG(bbr.pacing_gain / 256)}`)
  if (bbr.cwnd_gain !== 0) parts.push(`cwnd_gain:${formatG(bbr.cwnd_gain / 256)}`)
  return `bbr:(${parts.join(',')})`
}

function rateWords(words: Words, info: TcpInfo): void {
  // One window per round trip: what the connection could carry.
  const sendRate = info.rtt > 0 ? (info.snd_cwnd * info.snd_mss * 8_000_000) / info.rtt : 0
  if (sendRate !== 0) words.add(`send ${words.rate(sendRate)}`)
  words.count('lastsnd', info.last_data_sent)
  words.count('lastrcv', info.last_data_recv)
  words.count('lastack', info.last_ack_recv)
  const pacing = info.pacing_rate
  if (pacing !== undefined && pacing !== 0n && pacing !== RATE_UNLIMITED) {
    const max = info.max_pacing_rate
    const limit = max === undefined || max === 0n || max === RATE_UNLIMITED ? '' : `/${words.rate(Number(max) * 8)}`
    words.add(`pacing_rate ${words.rate(Number(pacing) * 8)}${limit}`)
  }
  if (info.delivery_rate) words.add(`delivery_rate ${words.rate(Number(info.delivery_rate) * 8)}`)
  words.count('delivered', info.delivered)
  words.count('delivered_ce', info.delivered_ce)
  if (info.delivery_rate_app_limited) words.add('app_limited')
}

/** For how long the connection was busy, and what held it back meanwhile. */
function limitWords(words: Words, info: TcpInfo): void {
  const busy = info.busy_time
  if (busy === undefined || busy === 0n) return
  words.add(`busy:${busy / 1000n}ms`)
  const limits = [
    ['rwnd_limited', info.rwnd_limited],
    ['sndbuf_limited', info.sndbuf_limited],
  ] as const
  for (const [name, time] of limits) {
    if (!time) continue
    words.add(`${name}:${time / 1000n}ms(${formatFixed((100 * Number(time)) / Number(busy), 1)}%)`)
  }
}

function lossWords(words: Words, info: TcpInfo, isListener: boolean): void {
  words.count('unacked', info.unacked)
  if (info.retrans !== 0 || info.total_retrans !== 0) words.add(`retrans:${info.retrans}/${info.total_retrans}`)
  words.count('lost', info.lost)
  // A listener keeps its backlog there.
  if (!isListener) words.count('sacked', info.sacked)
  words.count('dsack_dups', info.dsack_dups)
  if (info.reordering !== REORDERING_DEFAULT) words.add(`reordering:${info.reordering}`)
  words.count('reord_seen', info.reord_seen)
}

function receiverWords(words: Words, info: TcpInfo): void {
  words.ms('rcv_rtt', info.rcv_rtt)
  words.count('rcv_space', info.rcv_space)
  words.count('rcv_ssthresh', info.rcv_ssthresh)
  words.count('notsent', info.notsent_bytes)
  if (info.min_rtt !== MIN_RTT_UNKNOWN) words.ms('minrtt', info.min_rtt)
  words.count('rcv_ooopack', info.rcv_ooopack)
  words.count('snd_wnd', info.snd_wnd)
}
