import fc from 'fast-check'
import { Address } from '../../wire/index.ts'
import type { SocketMemory, SocketRow, TcpInfo } from '../socket-row.ts'
import type { Filter } from './filter.ts'

/** Generators for property tests: rows as a kernel may give them, filters as a user may type them. */

const u8 = fc.nat(255)
const u16 = fc.nat(0xffff)
/** Small numbers and zero are the ones that decide what is printed; large ones decide how wide it is. */
const u32 = fc.oneof(fc.constant(0), fc.nat(20), fc.nat(5_000_000), fc.nat(0xffffffff))
const u64 = fc.oneof(
  fc.constant(0n),
  fc.bigInt({ min: 0n, max: 10n ** 12n }),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
)
/** Rates are multiplied by 8 as doubles, which ss and we do alike. */
const rate = fc.oneof(u64, fc.constant((1n << 64n) - 1n), fc.constant(12_250_000n))

const tcpInfos: fc.Arbitrary<TcpInfo> = fc.record({
  state: u8,
  ca_state: u8,
  retransmits: u8,
  probes: u8,
  backoff: u8,
  options: fc.nat(63),
  snd_wscale: fc.nat(14),
  rcv_wscale: fc.nat(14),
  rto: fc.oneof(u32, fc.constant(3_000_000)),
  ato: u32,
  snd_mss: fc.oneof(fc.constant(0), u16),
  rcv_mss: u16,
  unacked: u32,
  sacked: u32,
  lost: u32,
  retrans: u32,
  last_data_sent: u32,
  last_data_recv: u32,
  last_ack_recv: u32,
  pmtu: u32,
  rcv_ssthresh: u32,
  rtt: u32,
  rttvar: u32,
  snd_ssthresh: fc.oneof(u32, fc.constant(0x7fffffff), u16),
  snd_cwnd: fc.nat(0x7fffffff),
  advmss: u16,
  reordering: fc.oneof(fc.constant(3), fc.nat(300)),
  rcv_rtt: u32,
  rcv_space: fc.nat(0x7fffffff),
  total_retrans: u32,
  pacing_rate: rate,
  max_pacing_rate: rate,
  bytes_acked: u64,
  bytes_received: u64,
  segs_out: u32,
  segs_in: u32,
  notsent_bytes: u32,
  min_rtt: fc.oneof(u32, fc.constant(0xffffffff)),
  data_segs_in: u32,
  data_segs_out: u32,
  delivery_rate: fc.bigInt({ min: 0n, max: 1n << 50n }),
  busy_time: u64,
  rwnd_limited: fc.bigInt({ min: 0n, max: 1n << 50n }),
  sndbuf_limited: fc.bigInt({ min: 0n, max: 1n << 50n }),
  delivered: u32,
  delivered_ce: u32,
  bytes_sent: u64,
  bytes_retrans: u64,
  dsack_dups: u32,
  reord_seen: fc.nat(0x7fffffff),
  rcv_ooopack: u32,
  snd_wnd: u32,
  delivery_rate_app_limited: fc.boolean(),
})

const memories: fc.Arbitrary<SocketMemory> = fc.record({
  rmemAlloc: u32,
  rcvbuf: u32,
  wmemAlloc: u32,
  sndbuf: u32,
  fwdAlloc: u32,
  wmemQueued: u32,
  optmem: u32,
  backlog: u32,
  drops: u32,
})

const addresses4 = fc.constantFrom('0.0.0.0', '127.0.0.1', '10.0.0.1', '10.1.2.3', '192.168.100.200')
const addresses6 = fc.constantFrom('::', '::1', 'fe80::1', '2001:db8:1111:2222:3333:4444:5555:6666', '::ffff:10.0.0.1')
const ports = fc.constantFrom(0, 22, 80, 443, 1024, 4321, 40_000, 65_535)

const states = fc.constantFrom(
  ...(['ESTABLISHED', 'SYN-SENT', 'SYN-RECEIVED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'TIME-WAIT', 'CLOSED'] as const),
  ...(['CLOSE-WAIT', 'LAST-ACK', 'LISTEN', 'CLOSING'] as const),
)

/** `undefined` half the time. */
const perhaps = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined })

/** TCP rows with everything that a netlink dump tells of one, except what needs other files: owners, devices, control groups. */
export function tcpRowsOf(family: 4 | 6): fc.Arbitrary<SocketRow> {
  const end = fc.record({ address: family === 4 ? addresses4 : addresses6, port: ports })
  return fc.record({
    source: fc.constant('netlink' as const),
    netid: fc.constant('tcp' as const),
    family: fc.constant(family),
    state: states,
    local: end,
    peer: end,
    recvQueue: fc.nat(0x7fffffff),
    sendQueue: fc.nat(0x7fffffff),
    timer: perhaps(
      fc.record({
        kind: fc.constantFrom('on' as const, 'keepalive' as const, 'timewait' as const, 'persist' as const),
        expiresMs: fc.oneof(fc.constant(0), fc.nat(20_000), fc.nat(8_000_000), fc.nat(2_000_000_000)),
        retransmits: u8,
      }),
    ),
    uid: u32,
    inode: u32,
    cookie: u64,
    v6only: family === 4 ? fc.constant(undefined) : perhaps(fc.boolean()),
    mark: perhaps(u32),
    shutdown: perhaps(fc.nat(3)),
    congestion: perhaps(fc.constantFrom('cubic', 'bbr', 'reno')),
    memory: perhaps(memories),
    tcpInfo: perhaps(tcpInfos),
    bbr: perhaps(
      fc.record({ bandwidth: fc.bigInt({ min: 0n, max: 1n << 60n }), min_rtt: u32, pacing_gain: u16, cwnd_gain: u16 }),
    ),
  })
}

/** Rows of both families. */
export const tcpRows: fc.Arbitrary<SocketRow> = fc.oneof(tcpRowsOf(4), tcpRowsOf(6))

const sides = fc.constantFrom('src' as const, 'dst' as const)
const prefixes4 = fc.constantFrom('10.0.0.1', '127.0.0.1', '192.168.0.0', '10.0.0.0')
const prefixes6 = fc.constantFrom('2001:db8::', 'fe80::', '::1')

function conditions(family: 4 | 6): fc.Arbitrary<Filter> {
  const prefix = fc.record({
    address: (family === 4 ? prefixes4 : prefixes6).map((text) => Address.parse(text) as Address),
    bits: fc.integer({ min: 1, max: family === 4 ? 32 : 128 }),
  })
  const operator = fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const)
  const host = fc.record({ kind: fc.constant('host' as const), side: sides, prefix })
  return fc.oneof(
    fc.record({ kind: fc.constant('port' as const), side: sides, operator, port: ports }),
    fc.record({ kind: fc.constant('host' as const), side: sides, port: ports }),
    host,
    fc.tuple(host, ports).map(([condition, port]) => ({ ...condition, port })),
    fc.record({ kind: fc.constant('mark' as const), value: fc.nat(3), mask: fc.constantFrom(0, 1, 3, 0xffffffff) }),
  )
}

/** Filters of every shape over addresses of one family, without what a file of rows does not tell. */
export function filters(family: 4 | 6): fc.Arbitrary<Filter> {
  return fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      conditions(family),
      fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), left: tie('filter'), right: tie('filter') }),
      fc.record({ kind: fc.constant('not' as const), operand: tie('filter') }),
    ),
  })).filter
}
