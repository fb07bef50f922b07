import type { TcpInfo } from '../../inspect/index.ts'
import { LITTLE_ENDIAN } from '../byte-order.ts'
import { fieldsOf } from './fields.ts'

/** Octets that every kernel since 2.6 gives, up to and with tcpi_total_retrans. */
export const TCP_INFO_MIN = 104

/**
 * `struct tcp_info` (linux/tcp.h), read when it is asked: the bytes must stay as they are.
 * @returns undefined when `length` is less than any kernel gives
 */
export function tcpInfoAt(view: DataView, start: number, length: number): TcpInfo | undefined {
  return length < TCP_INFO_MIN ? undefined : new TcpInfoView(view, start, length)
}

/**
 * The structure by offset. It has only ever grown at its end, so its length tells what the kernel knows: fields beyond it are undefined.
 * 40 is tcpi_fackets and 48 tcpi_last_ack_sent: neither has meant anything for years.
 */
class TcpInfoView implements TcpInfo {
  readonly #view: DataView
  readonly #start: number
  readonly #length: number

  constructor(view: DataView, start: number, length: number) {
    this.#view = view
    this.#start = start
    this.#length = length
  }

  get state(): number {
    return this.#u8(0)
  }

  get ca_state(): number {
    return this.#u8(1)
  }

  get retransmits(): number {
    return this.#u8(2)
  }

  get probes(): number {
    return this.#u8(3)
  }

  get backoff(): number {
    return this.#u8(4)
  }

  get options(): number {
    return this.#u8(5)
  }

  get snd_wscale(): number {
    // Two bit fields of four share octet 6, and the ABI lays bit fields out from the end that the byte order names.
    return LITTLE_ENDIAN ? this.#u8(6) & 15 : this.#u8(6) >> 4
  }

  get rcv_wscale(): number {
    return LITTLE_ENDIAN ? this.#u8(6) >> 4 : this.#u8(6) & 15
  }

  get delivery_rate_app_limited(): boolean {
    return (this.#u8(7) & (LITTLE_ENDIAN ? 0x01 : 0x80)) !== 0
  }

  get rto(): number {
    return this.#u32(8)
  }

  get ato(): number {
    return this.#u32(12)
  }

  get snd_mss(): number {
    return this.#u32(16)
  }

  get rcv_mss(): number {
    return this.#u32(20)
  }

  get unacked(): number {
    return this.#u32(24)
  }

  get sacked(): number {
    return this.#u32(28)
  }

  get lost(): number {
    return this.#u32(32)
  }

  get retrans(): number {
    return this.#u32(36)
  }

  get last_data_sent(): number {
    return this.#u32(44)
  }

  get last_data_recv(): number {
    return this.#u32(52)
  }

  get last_ack_recv(): number {
    return this.#u32(56)
  }

  get pmtu(): number {
    return this.#u32(60)
  }

  get rcv_ssthresh(): number {
    return this.#u32(64)
  }

  get rtt(): number {
    return this.#u32(68)
  }

  get rttvar(): number {
    return this.#u32(72)
  }

  get snd_ssthresh(): number {
    return this.#u32(76)
  }

  get snd_cwnd(): number {
    return this.#u32(80)
  }

  get advmss(): number {
    return this.#u32(84)
  }

  get reordering(): number {
    return this.#u32(88)
  }

  get rcv_rtt(): number {
    return this.#u32(92)
  }

  get rcv_space(): number {
    return this.#u32(96)
  }

  get total_retrans(): number {
    return this.#u32(100)
  }

  get pacing_rate(): bigint | undefined {
    return this.#later64(104)
  }

  get max_pacing_rate(): bigint | undefined {
    return this.#later64(112)
  }

  get bytes_acked(): bigint | undefined {
    return this.#later64(120)
  }

  get bytes_received(): bigint | undefined {
    return this.#later64(128)
  }

  get segs_out(): number | undefined {
    return this.#later32(136)
  }

  get segs_in(): number | undefined {
    return this.#later32(140)
  }

  get notsent_bytes(): number | undefined {
    return this.#later32(144)
  }

  get min_rtt(): number | undefined {
    return this.#later32(148)
  }

  get data_segs_in(): number | undefined {
    return this.#later32(152)
  }

  get data_segs_out(): number | undefined {
    return this.#later32(156)
  }

  get delivery_rate(): bigint | undefined {
    return this.#later64(160)
  }

  get busy_time(): bigint | undefined {
    return this.#later64(168)
  }

  get rwnd_limited(): bigint | undefined {
    return this.#later64(176)
  }

  get sndbuf_limited(): bigint | undefined {
    return this.#later64(184)
  }

  get delivered(): number | undefined {
    return this.#later32(192)
  }

  get delivered_ce(): number | undefined {
    return this.#later32(196)
  }

  get bytes_sent(): bigint | undefined {
    return this.#later64(200)
  }

  get bytes_retrans(): bigint | undefined {
    return this.#later64(208)
  }

  get dsack_dups(): number | undefined {
    return this.#later32(216)
  }

  get reord_seen(): number | undefined {
    return this.#later32(220)
  }

  get rcv_ooopack(): number | undefined {
    return this.#later32(224)
  }

  get snd_wnd(): number | undefined {
    return this.#later32(228)
  }

  toJSON(): Record<string, unknown> {
    return fieldsOf(this)
  }

  #u8(at: number): number {
    return this.#view.getUint8(this.#start + at)
  }

  #u32(at: number): number {
    return this.#view.getUint32(this.#start + at, LITTLE_ENDIAN)
  }

  #later32(at: number): number | undefined {
    return this.#length >= at + 4 ? this.#u32(at) : undefined
  }

  #later64(at: number): bigint | undefined {
    return this.#length >= at + 8 ? this.#view.getBigUint64(this.#start + at, LITTLE_ENDIAN) : undefined
  }
}
