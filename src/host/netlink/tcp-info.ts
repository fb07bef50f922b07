import type { TcpInfo } from '../../inspect/index.ts'
import { LITTLE_ENDIAN } from '../byte-order.ts'

/** What every kernel since 2.6 gives, up to and with tcpi_total_retrans. */
const TCP_INFO_MIN = 104

/**
 * `struct tcp_info` (linux/tcp.h) by offset. The structure has only ever grown at its end, so its length tells what the
 * kernel knows: fields beyond it are undefined.
 * @returns undefined when `length` is less than any kernel gives
 */
export function parseTcpInfo(view: DataView, start: number, length: number): TcpInfo | undefined {
  if (length < TCP_INFO_MIN) return undefined
  const u8 = (at: number): number => view.getUint8(start + at)
  const u32 = (at: number): number => view.getUint32(start + at, LITTLE_ENDIAN)
  const has = (at: number, size: number): boolean => length >= at + size
  const later32 = (at: number): number | undefined => (has(at, 4) ? u32(at) : undefined)
  const later64 = (at: number): bigint | undefined =>
    has(at, 8) ? view.getBigUint64(start + at, LITTLE_ENDIAN) : undefined
  // Two bit fields of four share octet 6, and the ABI lays bit fields out from the end that the byte order names.
  const scales = u8(6)
  return {
    state: u8(0),
    ca_state: u8(1),
    retransmits: u8(2),
    probes: u8(3),
    backoff: u8(4),
    options: u8(5),
    snd_wscale: LITTLE_ENDIAN ? scales & 15 : scales >> 4,
    rcv_wscale: LITTLE_ENDIAN ? scales >> 4 : scales & 15,
    delivery_rate_app_limited: (u8(7) & (LITTLE_ENDIAN ? 0x01 : 0x80)) !== 0,
    rto: u32(8),
    ato: u32(12),
    snd_mss: u32(16),
    rcv_mss: u32(20),
    unacked: u32(24),
    sacked: u32(28),
    lost: u32(32),
    retrans: u32(36),
    // 40 is tcpi_fackets and 48 tcpi_last_ack_sent: neither has meant anything for years.
    last_data_sent: u32(44),
    last_data_recv: u32(52),
    last_ack_recv: u32(56),
    pmtu: u32(60),
    rcv_ssthresh: u32(64),
    rtt: u32(68),
    rttvar: u32(72),
    snd_ssthresh: u32(76),
    snd_cwnd: u32(80),
    advmss: u32(84),
    reordering: u32(88),
    rcv_rtt: u32(92),
    rcv_space: u32(96),
    total_retrans: u32(100),
    pacing_rate: later64(104),
    max_pacing_rate: later64(112),
    bytes_acked: later64(120),
    bytes_received: later64(128),
    segs_out: later32(136),
    segs_in: later32(140),
    notsent_bytes: later32(144),
    min_rtt: later32(148),
    data_segs_in: later32(152),
    data_segs_out: later32(156),
    delivery_rate: later64(160),
    busy_time: later64(168),
    rwnd_limited: later64(176),
    sndbuf_limited: later64(184),
    delivered: later32(192),
    delivered_ce: later32(196),
    bytes_sent: later64(200),
    bytes_retrans: later64(208),
    dsack_dups: later32(216),
    reord_seen: later32(220),
    rcv_ooopack: later32(224),
    snd_wnd: later32(228),
  }
}
