import type { PersonalityName } from '../../../src/stack/index.ts'

/** A sysctl, a value that is not its default, and what of `measure` moves with it: that, and nothing else. */
export type Effect = readonly [name: string, value: string, ...moves: string[]]

const PACE = 'pace in slow start, percent of window by round trip'
const PACE_LATER = 'pace behind a loss, percent of window by round trip'
const BURST = 'segments of the first burst'
const RELEASED = 'segments that two early SACKs let out'
const TIME_WAIT = 'TIME-WAIT lasts'
const AGAIN = 'the same port again, after'
const AGAIN_LOOPBACK = 'the same port again over loopback, after'
const ORPHAN = 'an orphan in FIN-WAIT-2 lasts'
const ORPHAN_FINS = 'FINs that an orphan sends'
const ENTRIES = 'entries in TIME-WAIT after four closes'
const RESETS = 'resets among four closes'
const SECOND_SYN = 'the second SYN, after'
const SYNS = 'SYNs leave at'
const CONNECT_FAILS = 'connect() fails after'
const FIRST_AGAIN = 'first retransmission of data, after'
const LONGEST = 'longest wait between retransmissions'
const REPEATS = 'retransmissions of data'
const GIVEN_UP = 'data is given up after'
const RESETS_WITHOUT_ROOM = 'resets where the accept queue has no room'
const FIRST_PROBE = 'first keep-alive probe, after'
const PROBES = 'keep-alive probes'
const PROBE_GAP = 'wait between keep-alive probes'
const DEAD = 'keep-alive gives up after'
const TIMESTAMPS = 'timestamps offered'
const CLOCK = 'timestamp clock'
const SCALE = 'window scale offered'
const WINDOW = 'window offered'
const SACK = 'SACK offered'
const RECEIVE = 'receive buffer of a tcp socket'
const SEND = 'send buffer of a tcp socket'
const FIRST_SEND = 'octets that the first send() takes'
const QUEUE = 'octets in the send queue at most'
const RECEIVE_GRANT = 'receive buffer granted at most'
const SEND_GRANT = 'send buffer granted at most'
const BIND_PORT = 'port of bind(0)'
const CONNECT_PORT = 'port of connect()'
const BACKLOG = 'the longest queue that listen() is given'
const ACK_DELAY = 'ACK of a single segment, after'
const DOUBT = 'path doubted after retransmissions'
const IDLE = 'segments at once after idling'
const OLD_ANSWERS = 'answers to ten old segments within a second'
const PATH_MTU = 'path MTU when a router asks for 300'
const PATH_MTU_LATER = 'path MTU, twenty seconds later'
const ALGORITHM = 'algorithm of a new socket'
const UNSENT = 'octets that wait unsent at most'
const OVERTAKEN = 'a hole that three overtook is sent again after'
const AFTER_LOSS = 'window after a loss'
const REORDERING = 'reordering that is believed'
const TAIL = 'a lost tail is asked for after'
const TWICE = 'what arrives twice is reported'
const NARROWED = 'window behind a buffer made smaller'
const ECN_ASKED = 'ECN asked for'
const ECN_ACCEPTED = 'ECN accepted'
const ACCURATE = 'accurate ECN accepted'
const ACCURATE_OPTIONS = 'AccECN options among twelve segments'
const BLACK_HOLE = 'smallest segment sent into a black hole'
const BLACK_HOLE_FIRST = 'first smaller segment sent into a black hole'
const SOUGHT = `${BLACK_HOLE}, when it is looked for`
const PATH_PROBES = 'probes of a path'
const PATH_PROBES_LATER = `${PATH_PROBES}, a quarter of an hour later`
const ECN_AGAIN = 'SYNs of two that ask for ECN, when it is wanted'
const GROWN = 'receive buffer behind 300 kB'
const CLAMP = 'all but a segment of a buffer is offered'
const BEHIND_GAP = 'ACKs for fifty segments behind a gap'
const LATE_ACK = 'a late ACK behind a timeout brings'
const ONE_CONNECTION = 'challenge ACKs for ten SYNs in one connection'
const OLD_ACK = 'answers to an ACK that is too old'
const WITHOUT_TIMESTAMPS = 'answers to text without the timestamps that were agreed to'
const FIRST_WINDOW_PROBE = 'first window probe, after'
const WINDOW_PROBE_GAP = 'longest wait between window probes'
const TIMED_AGAIN = 'first retransmission of data, the round trip known, after'
const UNASKED = 'keep-alive without SO_KEEPALIVE'
const LABELS = 'flow labels of two SYNs'
const V6ONLY = 'IPv4 to an IPv6 listener'

const SECOND_BEGINS = 'a second connection begins with the threshold'
const SECOND_AGAIN = 'first retransmission of a second connection, after'

/** What SACK blocks are good for, beside being offered. */
const WITHOUT_SACK = [SACK, TWICE, REORDERING]
/** With two segments at once there are none to overtake another. */
const SMALL_WINDOW = [UNSENT, AFTER_LOSS, REORDERING, LATE_ACK]

const LINUX: readonly Effect[] = [
  ['net.ipv4.tcp_fin_timeout', '10', ORPHAN],
  ['net.ipv4.tcp_max_tw_buckets', '2', ENTRIES],
  ['net.ipv4.tcp_rfc1337', '1', 'a RST in TIME-WAIT'],
  ['net.ipv4.tcp_tw_reuse', '0', AGAIN_LOOPBACK],
  ['net.ipv4.tcp_tw_reuse', '1', AGAIN],
  ['net.ipv4.tcp_tw_reuse_delay', '5000', AGAIN_LOOPBACK],
  ['net.ipv4.tcp_orphan_retries', '3', ORPHAN_FINS],
  // An orphan too many is reset, and a reset leaves no TIME-WAIT.
  ['net.ipv4.tcp_max_orphans', '1', RESETS, ENTRIES],
  ['net.ipv4.tcp_syn_retries', '2', SYNS, CONNECT_FAILS],
  ['net.ipv4.tcp_syn_linear_timeouts', '0', SYNS, CONNECT_FAILS],
  ['net.ipv4.tcp_synack_retries', '2', 'SYN,ACKs sent'],
  ['net.ipv4.tcp_fastopen', '0', 'sendto(MSG_FASTOPEN)', 'Fast Open behind one that was not answered'],
  ['net.ipv4.tcp_syncookies', '0', 'twelve SYNs answered, with room for three'],
  // Where cookies help out nobody counts: test/packetdrill/open/backlog-* has the rest.
  ['net.ipv4.tcp_max_syn_backlog', '4'],
  ['net.ipv4.tcp_abort_on_overflow', '1', RESETS_WITHOUT_ROOM],
  ['net.core.somaxconn', '16', BACKLOG],
  ['net.core.optmem_max', '1500', 'octets lent at once'],
  ['net.ipv4.tcp_retries1', '1', DOUBT],
  // The last retransmissions find the smallest segment that passes a black hole.
  ['net.ipv4.tcp_retries2', '4', LONGEST, REPEATS, GIVEN_UP, WINDOW_PROBE_GAP, SOUGHT],
  // R2 is a time that is reckoned from the least timeout; it bounds how long, not how often.
  [
    'net.ipv4.tcp_rto_min_us',
    '500000',
    FIRST_AGAIN,
    TIMED_AGAIN,
    GIVEN_UP,
    FIRST_WINDOW_PROBE,
    WINDOW_PROBE_GAP,
    // The time after which a path is doubted, or given up, stays: fewer retransmissions fit into it.
    REPEATS,
    DOUBT,
    ORPHAN_FINS,
    SECOND_AGAIN,
  ],
  ['net.ipv4.tcp_rto_max_ms', '10000', ORPHAN_FINS, SYNS, CONNECT_FAILS, LONGEST, GIVEN_UP, WINDOW_PROBE_GAP],
  ['net.ipv4.tcp_slow_start_after_idle', '0', IDLE],
  // A probe that is lost is a loss like others.
  ['net.ipv4.tcp_recovery', '5', OVERTAKEN],
  // A send buffer has room for what may be reordered.
  ['net.ipv4.tcp_reordering', '10', OVERTAKEN, REORDERING, UNSENT, 'octets lent at once'],
  ['net.ipv4.tcp_max_reordering', '4', REORDERING],
  ['net.ipv4.tcp_early_retrans', '0', TAIL, SECOND_AGAIN],
  ['net.ipv4.tcp_frto', '0', LATE_ACK],
  ['net.ipv4.tcp_min_rtt_wlen', '10', 'least round trip that is remembered'],
  ['net.ipv4.tcp_retrans_collapse', '0', 'small segments that are sent again as one'],
  ['net.ipv4.tcp_pacing_ss_ratio', '400', PACE, QUEUE],
  ['net.ipv4.tcp_pacing_ca_ratio', '240', PACE_LATER],
  ['net.ipv4.tcp_min_tso_segs', '4', BURST],
  ['net.ipv4.tcp_tso_rtt_log', '14', BURST, QUEUE],
  ['net.ipv4.tcp_tso_win_divisor', '30', RELEASED],
  // R1 is a time too.
  ['net.ipv4.tcp_thin_linear_timeouts', '1', REPEATS, GIVEN_UP, DOUBT],
  ['net.ipv4.tcp_congestion_control', 'reno', ALGORITHM, AFTER_LOSS],
  ['net.ipv4.tcp_keepalive_time', '600', FIRST_PROBE, DEAD],
  ['net.ipv4.tcp_keepalive_intvl', '10', PROBE_GAP, DEAD],
  ['net.ipv4.tcp_keepalive_probes', '3', PROBES, DEAD],
  // They take their share of each segment; tcp_tw_reuse needs them; and they tell the receiver its round trip: a buffer grows in it, ACKs are collected for a part of it.
  ['net.ipv4.tcp_timestamps', '0', TIMESTAMPS, CLOCK, AGAIN_LOOPBACK, FIRST_SEND, QUEUE, GROWN, BEHIND_GAP],
  ['net.ipv4.tcp_timestamps', '2', CLOCK],
  ['net.ipv4.tcp_window_scaling', '0', SCALE, NARROWED],
  // Without SACK there is no tail loss probe either.
  ['net.ipv4.tcp_sack', '0', ...WITHOUT_SACK, TAIL, BEHIND_GAP, SECOND_AGAIN],
  ['net.ipv4.tcp_dsack', '0', TWICE],
  ['net.ipv4.tcp_comp_sack_delay_ns', '0', BEHIND_GAP],
  ['net.ipv4.tcp_comp_sack_nr', '2', BEHIND_GAP],
  ['net.ipv4.tcp_ecn', '0', ECN_ACCEPTED],
  ['net.ipv4.tcp_ecn', '1', ECN_ASKED],
  ['net.ipv4.tcp_ecn', '3', ECN_ASKED, ACCURATE],
  ['net.ipv4.tcp_ecn', '4', ECN_ASKED, ACCURATE],
  ['net.ipv4.tcp_ecn', '5', ACCURATE],
  ['net.ipv4.tcp_ecn_option', '0', ACCURATE_OPTIONS],
  ['net.ipv4.tcp_ecn_option_beacon', '0', `${ACCURATE_OPTIONS}, sent sparingly`],
  ['net.ipv4.tcp_ecn_fallback', '0', ECN_AGAIN],
  ['net.ipv4.tcp_mtu_probing', '1', BLACK_HOLE],
  ['net.ipv4.tcp_base_mss', '1400', BLACK_HOLE_FIRST, DOUBT, PATH_PROBES, PATH_PROBES_LATER],
  ['net.ipv4.tcp_mtu_probe_floor', '300', SOUGHT],
  ['net.ipv4.tcp_min_snd_mss', '300', SOUGHT, 'smallest segment that a peer can ask for'],
  ['net.ipv4.tcp_probe_threshold', '100', PATH_PROBES, PATH_PROBES_LATER],
  ['net.ipv4.tcp_probe_interval', '10000', PATH_PROBES_LATER],
  ['net.ipv4.ip_no_pmtu_disc', '2', PATH_MTU, PATH_MTU_LATER],
  ['net.ipv4.route.min_pmtu', '1000', PATH_MTU, PATH_MTU_LATER],
  ['net.ipv4.route.min_adv_mss', '300', 'MSS announced of a narrow path'],
  ['net.ipv6.route.min_adv_mss', '1300', 'MSS announced of a narrow path, IPv6'],
  ['net.ipv4.route.mtu_expires', '5', PATH_MTU_LATER],
  ['net.ipv4.tcp_no_metrics_save', '1', SECOND_AGAIN],
  ['net.ipv4.tcp_no_ssthresh_metrics_save', '0', SECOND_BEGINS],
  ['net.ipv4.tcp_reflect_tos', '1', "the SYN's TOS is taken"],
  ['net.ipv4.tcp_pingpong_thresh', '3', 'segments sent by a question behind an answer'],
  ['net.ipv4.tcp_shrink_window', '1', NARROWED],
  ['net.ipv4.tcp_app_win', '2', CLAMP],
  // Windows of others are rounded in another way behind the smaller beginning.
  ['net.ipv4.tcp_workaround_signed_windows', '1', WINDOW, BEHIND_GAP, NARROWED],
  ['net.ipv4.tcp_migrate_req', '1', 'another listener has what waited at one that closed'],
  ['net.ipv4.tcp_fastopen_blackhole_timeout_sec', '3600', 'Fast Open behind one that was not answered'],
  ['net.ipv4.tcp_stdurg', '1', 'urgent octet'],
  ['net.ipv4.tcp_challenge_ack_limit', '3', 'challenge ACKs for ten SYNs in ten connections'],
  ['net.ipv4.tcp_invalid_ratelimit', '0', OLD_ANSWERS, ONE_CONNECTION],
  ['net.ipv4.tcp_moderate_rcvbuf', '0', GROWN],
  ['net.ipv4.tcp_notsent_lowat', '1000', UNSENT, QUEUE],
  // Fifty segments do not fit into that window.
  ['net.ipv4.tcp_rmem', '4096 40000 200000', RECEIVE, WINDOW, SCALE, GROWN, CLAMP, BEHIND_GAP, NARROWED],
  ['net.ipv4.tcp_wmem', '4096 30000 100000', SEND, QUEUE],
  ['net.core.rmem_max', '50000', RECEIVE_GRANT],
  ['net.core.wmem_max', '50000', SEND_GRANT],
  ['net.core.rmem_default', '50000', 'receive buffer of a udp socket'],
  ['net.core.wmem_default', '50000', 'send buffer of a udp socket'],
  ['net.ipv4.ip_local_port_range', '20000 20010', BIND_PORT, CONNECT_PORT],
  ['net.ipv4.ip_local_reserved_ports', '32768-60000', BIND_PORT, CONNECT_PORT],
  ['net.ipv4.ip_autobind_reuse', '1', 'bind(0) where another has the only port'],
  ['net.ipv4.ip_unprivileged_port_start', '80', 'bind() to port 80 by a user'],
  ['net.ipv4.ip_nonlocal_bind', '1', 'bind() to a foreign IPv4 address'],
  ['net.ipv6.ip_nonlocal_bind', '1', 'bind() to a foreign IPv6 address'],
  ['net.ipv6.bindv6only', '1', V6ONLY],
  ['net.ipv4.ip_default_ttl', '99', 'TTL'],
  ['net.ipv6.conf.all.hop_limit', '99', 'hop limit'],
  ['net.ipv6.auto_flowlabels', '0', 'flow label', LABELS],
  ['net.core.txrehash', '0', LABELS],
  ['net.ipv4.icmp_echo_ignore_all', '1', 'a ping is answered'],
  ['net.ipv4.ipfrag_time', '10', 'IPv4: fragments wait for'],
  ['net.ipv4.ipfrag_high_thresh', '3145728', 'IPv4: packets of 60,000 octets that are waited for'],
  ['net.ipv6.ip6frag_time', '10', 'IPv6: fragments wait for'],
  ['net.ipv6.ip6frag_high_thresh', '3145728', 'IPv6: packets of 60,000 octets that are waited for'],
]

const BSD: readonly Effect[] = [
  ['net.inet.tcp.msl', '5000', TIME_WAIT, AGAIN, AGAIN_LOOPBACK],
  ['net.inet.tcp.keepidle', '600000', FIRST_PROBE, DEAD],
  ['net.inet.ip.portrange.first', '20000', BIND_PORT, CONNECT_PORT],
  ['net.inet.ip.portrange.last', '50000', BIND_PORT, CONNECT_PORT],
  ['net.inet.ip.ttl', '99', 'TTL'],
  ['net.inet6.ip6.hlim', '99', 'hop limit'],
  ['net.inet6.ip6.auto_flowlabel', '0', 'flow label'],
]

const FREEBSD: readonly Effect[] = [
  ...BSD,
  ['net.inet6.ip6.v6only', '0', V6ONLY],
  // FIN-WAIT-2 ends when the peer has been silent as long as all keep-alive probes would wait.
  ['net.inet.tcp.keepintvl', '10000', PROBE_GAP, DEAD, ORPHAN],
  ['net.inet.tcp.keepcnt', '3', PROBES, DEAD, ORPHAN],
  ['net.inet.tcp.recvspace', '20000', RECEIVE, WINDOW, GROWN],
  ['kern.ipc.maxsockbuf', '50000', RECEIVE_GRANT, SEND_GRANT, SCALE, GROWN, QUEUE],
  ['net.inet.tcp.cc.algorithm', 'newreno', ALGORITHM, AFTER_LOSS],
  ['net.inet.tcp.ecn.enable', '0', ECN_ACCEPTED],
  ['net.inet.tcp.ecn.enable', '1', ECN_ASKED],
  ['net.inet.tcp.recvbuf_auto', '0', GROWN],
  ['net.inet.tcp.recvbuf_max', '80000', GROWN],
  ['net.inet.tcp.sendbuf_max', '40000', QUEUE],
  ['net.inet.tcp.sendbuf_auto', '0', QUEUE],
  ['net.inet.tcp.sendbuf_inc', '4096', QUEUE],
  // Who fills the buffer to the brim needs no low-water mark: test/packetdrill/freebsd/socket-api/send-buffer has it.
  ['net.inet.tcp.sendbuf_auto_lowat', '1'],
  ['net.inet.tcp.sendspace', '20000', SEND, QUEUE, FIRST_SEND, UNSENT],
  // It counts with fast_finwait2_recycle alone.
  ['net.inet.tcp.finwait2_timeout', '10000'],
  ['net.inet.tcp.fast_finwait2_recycle', '1', ORPHAN],
  ['net.inet.tcp.maxtcptw', '2', ENTRIES],
  ['net.inet.tcp.keepinit', '20000', SYNS, CONNECT_FAILS],
  ['net.inet.tcp.rexmit_initial', '2000', SECOND_SYN, SYNS, FIRST_AGAIN, GIVEN_UP, TAIL],
  ['net.inet.tcp.rexmit_min', '500', TIMED_AGAIN],
  ['net.inet.tcp.rexmit_slop', '400', SYNS, GIVEN_UP, TIMED_AGAIN],
  ['net.inet.tcp.rexmit_max', '3000', SYNS, CONNECT_FAILS, LONGEST, GIVEN_UP],
  ['net.inet.tcp.rexmit_drop_options', '1', 'a SYN without window scale and SACK'],
  ['net.inet.tcp.persmin', '1000', FIRST_WINDOW_PROBE],
  ['net.inet.tcp.persmax', '20000', WINDOW_PROBE_GAP],
  ['net.inet.tcp.always_keepalive', '0', UNASKED],
  ['net.inet.tcp.delayed_ack', '0', ACK_DELAY],
  ['net.inet.tcp.ecn.maxretries', '0', ECN_AGAIN],
  ['net.inet.tcp.insecure_rst', '1', 'a RST in the window ends a connection'],
  ['net.inet.tcp.insecure_syn', '1', 'a SYN in the window ends a connection', ONE_CONNECTION],
  ['net.inet.tcp.insecure_ack', '1', OLD_ACK],
  ['net.inet.tcp.fastopen.client_enable', '0', 'sendto(MSG_FASTOPEN)'],
  // What these are about takes TCP_FASTOPEN, or a path that failed: test/packetdrill/freebsd/fast-open has it.
  ['net.inet.tcp.fastopen.server_enable', '1'],
  ['net.inet.tcp.fastopen.acceptany', '1'],
  ['net.inet.tcp.fastopen.psk_enable', '1'],
  ['net.inet.tcp.fastopen.path_disable_time', '10'],
  ['net.inet.tcp.icmp_may_rst', '0', 'port unreachable ends connect()'],
  ['net.inet.tcp.drop_synfin', '1', 'answers to a SYN with FIN'],
  // An IPv6 listener has nothing for IPv4: to that its port is a closed one.
  ['net.inet.tcp.blackhole', '1', V6ONLY, 'answers to a SYN for a closed port'],
  ['net.inet.tcp.blackhole', '2', V6ONLY, 'answers to a SYN for a closed port', 'answers to an ACK for a closed port'],
  [
    'net.inet.tcp.blackhole',
    '3',
    V6ONLY,
    'answers to a SYN for a closed port',
    'answers to an ACK for a closed port',
    'answers to an ACK for a listener',
  ],
  ['net.inet.tcp.tolerate_missing_ts', '0', WITHOUT_TIMESTAMPS],
  ['net.inet.tcp.ack_war_cnt', '2', ONE_CONNECTION],
  ['net.inet.tcp.nolocaltimewait', '1', AGAIN_LOOPBACK],
  ['net.inet.tcp.syncache.rst_on_sock_fail', '0', RESETS_WITHOUT_ROOM],
  // Twelve half-open connections are far from what the system bears: no cookie is needed.
  ['net.inet.tcp.syncookies', '0'],
  // A cookie holds an MSS of eight, and no ECN; the peer's smaller segments are more of them.
  [
    'net.inet.tcp.syncookies_only',
    '1',
    ...['SYN,ACKs sent', 'half-open of twelve SYNs', RESETS_WITHOUT_ROOM, UNSENT, LATE_ACK, AFTER_LOSS],
  ],
  ['net.inet.tcp.delacktime', '10', ACK_DELAY],
  ['net.inet.tcp.initcwnd_segments', '2', QUEUE, IDLE, UNSENT, AFTER_LOSS, LATE_ACK],
  ['net.inet.tcp.syncache.rexmtlimit', '1', 'SYN,ACKs sent'],
  ['net.inet.tcp.ack_war_timewindow', '0', ONE_CONNECTION],
  ['net.inet.tcp.rfc1323', '0', TIMESTAMPS, CLOCK, SCALE, QUEUE, GROWN, TIMED_AGAIN],
  ['net.inet.tcp.sack.enable', '0', SACK, TWICE, AFTER_LOSS],
  ['net.inet.tcp.ts_offset_per_conn', '0', CLOCK],
  ['kern.ipc.soacceptqueue', '16', BACKLOG],
  ['net.inet.ip.portrange.reservedhigh', '79', 'bind() to port 80 by a user'],
  // Of peers without an MSS, of black holes and of the second connection to where a router spoke: test/packetdrill/freebsd has them.
  ['net.inet.tcp.mssdflt', '1000'],
  ['net.inet.tcp.v6mssdflt', '1000'],
  ['net.inet.tcp.minmss', '500'],
  // Smaller segments are more of them, and the window that they fill is smaller.
  ['net.inet.tcp.path_mtu_discovery', '0', DOUBT, LATE_ACK, QUEUE, FIRST_SEND, UNSENT, GROWN, AFTER_LOSS],
  ['net.inet.tcp.pmtud_blackhole_detection', '1'],
  ['net.inet.tcp.pmtud_blackhole_mss', '1000'],
  ['net.inet.tcp.v6pmtud_blackhole_mss', '1000'],
  ['net.inet.tcp.abc_l_var', '1'],
  ['net.inet.tcp.retries', '4', SYNS, CONNECT_FAILS, LONGEST, REPEATS, GIVEN_UP, WINDOW_PROBE_GAP, ORPHAN_FINS],
  ['net.inet.tcp.hostcache.enable', '0', DOUBT],
  ['net.inet.tcp.rfc3042', '0'],
  ['net.inet.tcp.do_prr', '0'],
  // Of gaps and losses in plenty: test/packetdrill/freebsd/congestion and /receive have them.
  ['net.inet.tcp.do_prr_conservative', '1'],
  ['net.inet.tcp.newcwv', '1'],
  ['net.inet.tcp.sack.lrd', '0'],
  // Of NewReno, and of windows whose segments nobody counted: test/packetdrill/freebsd/congestion has them.
  ['net.inet.tcp.rfc3390', '0'],
  ['net.inet.tcp.maxunacktime', '20000', LONGEST, REPEATS, GIVEN_UP, WINDOW_PROBE_GAP, ORPHAN_FINS],
  ['net.inet.tcp.rfc3465', '0'],
  ['net.inet.tcp.cc.newreno.beta', '70'],
  ['net.inet.tcp.cc.newreno.beta_ecn', '90'],
  ['net.inet.tcp.cc.abe', '1'],
  ['net.inet.tcp.reass.maxqueuelen', '1'],
]

const MACOS: readonly Effect[] = [
  ...BSD,
  ['net.inet6.ip6.v6only', '1', V6ONLY],
  ['net.inet.tcp.keepintvl', '10000', PROBE_GAP, DEAD],
  ['net.inet.tcp.keepcnt', '3', PROBES, DEAD],
  ['net.inet.tcp.recvspace', '20000', RECEIVE, WINDOW, SCALE, GROWN],
  ['kern.ipc.maxsockbuf', '50000', RECEIVE_GRANT, SEND_GRANT],
  ['net.inet.tcp.use_newreno', '1', ALGORITHM, AFTER_LOSS],
  ['net.inet.tcp.doautorcvbuf', '0', GROWN],
  ['net.inet.tcp.autorcvbufmax', '140000', GROWN],
  ['net.inet.tcp.autosndbufmax', '140000', QUEUE],
  ['net.inet.tcp.sendspace', '20000', SEND, FIRST_SEND, UNSENT],
  ['net.inet.tcp.fin_timeout', '10000', ORPHAN],
  ['net.inet.tcp.rfc1323', '0', TIMESTAMPS, CLOCK, SCALE, QUEUE, GROWN],
  ['net.inet.tcp.sack', '0', ...WITHOUT_SACK],
  ['kern.ipc.somaxconn', '16', BACKLOG],
]

const RFC: readonly Effect[] = [
  ['tcp.msl', '5', TIME_WAIT, AGAIN, AGAIN_LOOPBACK],
  // The user timeout bounds whatever is not acknowledged: data, a FIN, a SYN.
  ['tcp.user_timeout', '60', ORPHAN_FINS, SYNS, CONNECT_FAILS, LONGEST, REPEATS, GIVEN_UP],
  ['tcp.r1', '1', DOUBT],
  ['tcp.r2', '5', LONGEST, REPEATS, GIVEN_UP, WINDOW_PROBE_GAP],
  ['tcp.syn_r2', '60', SYNS, CONNECT_FAILS],
  ['tcp.rto_initial', '2000', SECOND_SYN, SYNS, CONNECT_FAILS],
  ['tcp.rto_min', '2000', FIRST_AGAIN, TIMED_AGAIN, REPEATS, TAIL, FIRST_WINDOW_PROBE],
  ['tcp.rto_max', '10000', SYNS, CONNECT_FAILS, LONGEST, REPEATS, GIVEN_UP, WINDOW_PROBE_GAP],
  ['tcp.delayed_ack', '50', ACK_DELAY],
  ['tcp.keepalive_time', '600', FIRST_PROBE, DEAD],
  ['tcp.initial_window', '2', IDLE, ...SMALL_WINDOW],
  ['tcp.rfc1337', '0', 'a RST in TIME-WAIT'],
  ['tcp.timestamps', '0', TIMESTAMPS, CLOCK, WITHOUT_TIMESTAMPS],
  ['tcp.window_scaling', '0', SCALE],
  ['tcp.sack', '0', ...WITHOUT_SACK],
  ['tcp.dsack', '0', TWICE],
  ['tcp.ecn', '1', ECN_ASKED, ECN_ACCEPTED],
  ['tcp.ecn', '2', ECN_ACCEPTED],
  ['tcp.ecn_fallback', '0', ECN_AGAIN],
  ['tcp.congestion_control', 'cubic', ALGORITHM, AFTER_LOSS],
  ['tcp.frto', '1', LATE_ACK],
  ['ip.ttl', '99', 'TTL'],
]

const WINDOWS: readonly Effect[] = [
  ['TcpTimedWaitDelay', '30', TIME_WAIT, AGAIN, AGAIN_LOOPBACK],
  ['KeepAliveTime', '600000', FIRST_PROBE, DEAD],
  ['KeepAliveInterval', '5000', PROBE_GAP, DEAD],
  ['TcpMaxDataRetransmissions', '3', LONGEST, REPEATS, GIVEN_UP, WINDOW_PROBE_GAP],
  ['TcpMaxConnectRetransmissions', '1', SYNS, CONNECT_FAILS],
  ['Tcp1323Opts', '0', SCALE],
  ['Tcp1323Opts', '3', TIMESTAMPS, CLOCK, QUEUE],
  ['SackOpts', '0', ...WITHOUT_SACK],
  ['MaxUserPort', '50000', BIND_PORT, CONNECT_PORT],
  ['DefaultTTL', '99', 'TTL'],
]

const SOLARIS: readonly Effect[] = [
  ['tcp_time_wait_interval', '10000', TIME_WAIT, AGAIN, AGAIN_LOOPBACK],
  ['tcp_fin_wait_2_flush_interval', '10000', ORPHAN],
  ['tcp_keepalive_interval', '600000', FIRST_PROBE, DEAD],
  ['tcp_ip_abort_interval', '60000', SYNS, CONNECT_FAILS, LONGEST, REPEATS, GIVEN_UP],
  ['tcp_rexmit_interval_initial', '2000', SECOND_SYN, SYNS, CONNECT_FAILS],
  ['tcp_rexmit_interval_min', '500', FIRST_AGAIN, TIMED_AGAIN, REPEATS, TAIL, FIRST_WINDOW_PROBE, WINDOW_PROBE_GAP],
  ['tcp_rexmit_interval_max', '10000', SYNS, CONNECT_FAILS, LONGEST, GIVEN_UP, WINDOW_PROBE_GAP],
  ['tcp_deferred_ack_interval', '50', ACK_DELAY],
  ['tcp_conn_req_max_q', '16', BACKLOG],
  ['tcp_conn_req_max_q0', '4', 'half-open of twelve SYNs'],
  ['tcp_smallest_anon_port', '60000', BIND_PORT, CONNECT_PORT],
  ['tcp_largest_anon_port', '40000', BIND_PORT, CONNECT_PORT],
  ['tcp_smallest_nonpriv_port', '1100', 'bind() to port 1050 by a user'],
  ['tcp_xmit_hiwat', '20000', SEND, FIRST_SEND, UNSENT],
  ['tcp_recv_hiwat', '20000', RECEIVE, WINDOW, SCALE, GROWN],
  ['tcp_ecn_permitted', '0', ECN_ACCEPTED],
  ['tcp_ecn_permitted', '2', ECN_ASKED],
  ['tcp_tstamp_always', '0', TIMESTAMPS, CLOCK, QUEUE],
  ['tcp_wscale_always', '0', SCALE],
  ['tcp_sack_permitted', '0', ...WITHOUT_SACK],
]

/** Every sysctl of every system. */
export const EFFECTS: Readonly<Record<PersonalityName, readonly Effect[]>> = {
  linux: LINUX,
  rfc9293: RFC,
  freebsd: FREEBSD,
  macos: MACOS,
  windows: WINDOWS,
  solaris: SOLARIS,
}
