import type { Micros } from '../base/index.ts'
import type { CubicSettings } from './congestion/cubic-settings.ts'
import type { CongestionControl } from './congestion/interface.ts'

/**
 * What an administrator can turn: the values behind the sysctls, read by the machine at the moment they matter, so that a
 * write takes effect exactly where the real system's would. Times are µs, sizes octets.
 *
 * The systems' own names (`net.ipv4.tcp_fin_timeout`, `net.inet.tcp.msl`) are bound to these fields in `stack/sysctl`.
 */
export interface TcpConfig {
  // Opening
  /** R2 of SYNs (`tcp_syn_retries`); 0: they have none of their own, but `retries2`. */
  synRetries: number
  /** SYN timeouts that keep the initial RTO before it doubles (`tcp_syn_linear_timeouts`). */
  synLinearTimeouts: number
  /** R2 of SYN-ACKs (`tcp_synack_retries`). */
  synAckRetries: number
  /** Time for an active open as a whole; 0: only the retransmissions bound it (`net.inet.tcp.keepinit`). */
  keepInitUs: Micros
  /** The third SYN that goes unanswered is the last one with options but the MSS (`net.inet.tcp.rexmit_drop_options`). */
  synDropsOptions: boolean
  /** RFC 7323 and RFC 2018: what SYNs offer and take (`tcp_timestamps`, `tcp_window_scaling`, `tcp_sack`). */
  timestamps: boolean
  windowScaling: boolean
  sack: boolean
  /** RFC 2883: duplicates are reported (`tcp_dsack`). */
  dsack: boolean
  /**
   * 0 never, 1 ask for RFC 3168 and accept it, 2 accept it only, 3 ask for accurate ECN (RFC 9768) and accept it, 4 accept it and ask for
   * RFC 3168, 5 accept it only (`tcp_ecn`).
   */
  ecn: number
  /** RFC 3168 §6.1.1.1: a SYN that was not answered is sent again without asking (`tcp_ecn_fallback`). */
  ecnFallback: boolean
  /** The AccECN option: 0 never, 1 when something changed, 2 whenever it fits, 3 even where it seems to be dropped (`tcp_ecn_option`). */
  ecnOption: number
  /** With 1: at least so often in a round trip; 0: no bound (`tcp_ecn_option_beacon`). */
  ecnOptionBeacon: number
  /** Repetitions of a SYN that still ask (`net.inet.tcp.ecn.maxretries`). */
  ecnRetries: number
  /** What a peer takes that does not say (`net.inet.tcp.mssdflt`, `v6mssdflt`); 0: what every host must take. */
  mssDefaultV4: number
  mssDefaultV6: number
  /** No peer is believed that it takes less (`net.inet.tcp.minmss`); 0: the policy says. */
  leastMss: number
  /** The least that is announced of a path, however narrow it is (`net.ipv4.route.min_adv_mss`, `net.ipv6.route.min_adv_mss`); 0: no bound. */
  leastAnnouncedV4: number
  leastAnnouncedV6: number
  /** The window scale is chosen for a buffer of this size, where that is not `receiveBufferMax` (`kern.ipc.maxsockbuf`); 0: it is. */
  windowScaleFor: number

  // Listeners, SYN cookies, Fast Open
  /** Upper bound of listen()'s backlog (`somaxconn`). */
  acceptQueueMax: number
  /** Embryonic connections per listener, where there are no cookies (`tcp_max_syn_backlog`). */
  synQueueMax: number
  /** True: a full accept queue answers RST instead of silence (`tcp_abort_on_overflow`). */
  abortOnOverflow: boolean
  /** SYN cookies: 0 never, 1 when a listener has no room for another half-open connection, 2 always (`tcp_syncookies`). */
  synCookies: number
  /** Nothing is remembered of a SYN: cookies alone bring connections about (`net.inet.tcp.syncookies_only`). */
  synCookiesOnly: boolean
  /** RFC 7413: a sum of `FastOpenBit` (`tcp_fastopen`). */
  fastOpen: number
  /** A path on which a SYN's Fast Open option was not answered is spared it for so long; 0: it is not (`net.inet.tcp.fastopen.path_disable_time`). */
  fastOpenPauseUs: Micros
  /** Fast Open rests for so long when a black hole is suspected, and longer each time; 0: never (`tcp_fastopen_blackhole_timeout_sec`). */
  fastOpenBlackHoleUs: Micros

  // What arrives
  /** Challenge ACKs per second and host (RFC 5961 §7), 2147483647: no limit (`tcp_challenge_ack_limit`). */
  challengeAckLimit: number
  /** So many challenges may follow one another before `invalidRateLimitUs` counts (`net.inet.tcp.ack_war_cnt`). */
  challengeAckBurst: number
  /** Least time between two replies of one connection to out-of-window segments (`tcp_invalid_ratelimit`). */
  invalidRateLimitUs: Micros
  /** RFC 5961 §3 taken back: a RST anywhere in the window counts (`net.inet.tcp.insecure_rst`). */
  insecureRst: boolean
  /** RFC 5961 §4 taken back: a SYN in the window ends the connection (`net.inet.tcp.insecure_syn`). */
  insecureSyn: boolean
  /** RFC 5961 §5 taken back: no ACK is too old (`net.inet.tcp.insecure_ack`). */
  insecureAck: boolean
  /** SYN with FIN is dropped in every state (`net.inet.tcp.drop_synfin`). */
  dropSynFin: boolean
  /** Silence instead of RST: 1 to SYNs for closed ports, 2 to all segments for them, 3 to what listeners cannot use too (`net.inet.tcp.blackhole`). */
  blackhole: number
  /** An ICMP error that says so ends an active open at once (`net.inet.tcp.icmp_may_rst`). */
  icmpMayReset: boolean
  /** A segment without timestamps is taken though they were agreed to (`net.inet.tcp.tolerate_missing_ts`). */
  toleratesMissingTimestamps: boolean
  /** True: the urgent pointer counts as RFC 1122 says, false: as everyone does, RFC 6093 (`tcp_stdurg`). */
  standardUrgent: boolean

  // Receiving
  /** ACKs may wait for company (`net.inet.tcp.delayed_ack`). */
  delayedAck: boolean
  /** How long an ACK waits for company: at first, and at most. */
  delayedAckMinUs: Micros
  delayedAckMaxUs: Micros
  /** Answers soon behind data received, after which ACKs wait for answers (`tcp_pingpong_thresh`). */
  pingpongThreshold: number
  /** With duplicate ACKs enough sent, further ones wait this long for the next (`tcp_comp_sack_delay_ns`), so many at most (`tcp_comp_sack_nr`). */
  sackCompressionUs: Micros
  sackCompressionMax: number
  /** Stretches of text behind gaps that one connection keeps at most (`net.inet.tcp.reass.maxqueuelen`); Infinity: as many as the window holds. */
  earlyStretchesMax: number
  /** The receive buffer grows with what is read (`tcp_moderate_rcvbuf`). */
  moderateReceiveBuffer: boolean
  /** The most that SO_RCVBUF grants, octets, before the system's doubling (`rmem_max`). */
  receiveBufferGrant: number
  /** The window may be taken back where memory does not suffice for it (`tcp_shrink_window`). */
  shrinkWindow: boolean
  /** Of the first buffer's window one part in 2 to this power stays unoffered, for the program's sake; 0: nothing is reserved at all (`tcp_app_win`). */
  applicationWindow: number
  /** A peer without window scaling may take the field for a signed number: no window is larger than that says (`tcp_workaround_signed_windows`). */
  signedWindows: boolean

  // Buffers
  /** SO_RCVBUF and SO_SNDBUF of a new socket, and the largest they grow to by themselves (`tcp_rmem`, `tcp_wmem`). */
  receiveBuffer: number
  receiveBufferMax: number
  sendBuffer: number
  sendBufferMax: number
  /** The send buffer grows by itself, by so many octets (`net.inet.tcp.sendbuf_auto`, `sendbuf_inc`), a little sooner (`sendbuf_auto_lowat`). */
  sendBufferGrows: boolean
  sendBufferStep: number
  sendBufferLowat: boolean
  /** Unsent octets from which on a socket is not writable (`tcp_notsent_lowat`); infinite: no bound. */
  notSentLowat: number

  // Sending
  /** The algorithm of new connections (`tcp_congestion_control`). */
  congestionControl: CongestionControl
  /** Segments that a new connection may send before the first ACK; 0: what RFC 5681 or RFC 3390 allow. */
  initialWindow: number
  /** With `initialWindow` 0: RFC 3390's, not RFC 5681's (`net.inet.tcp.rfc3390`). */
  initialWindowByOctets: boolean
  /** RFC 5681 §4.1 (`tcp_slow_start_after_idle`). */
  slowStartAfterIdle: boolean
  /** Segments by which one ACK may open the window in slow start (`net.inet.tcp.abc_l_var`). */
  abcLimit: number
  /** The window opens by the octets that are acknowledged (RFC 3465), not by ACKs (`net.inet.tcp.rfc3465`). */
  byteCounting: boolean
  /** Percent of its window that NewReno keeps behind a loss, and behind a mark where it backs off less of these (RFC 8511; `net.inet.tcp.cc.*`). */
  renoShare: number
  renoShareOfMarks: number
  backsOffLessOfMarks: boolean
  /** The window grows only while all of it is in flight (RFC 7661; `net.inet.tcp.newcwv`). */
  windowGrowsInUse: boolean
  /** The pace in percent of window by round trip, in slow start and later (`tcp_pacing_ss_ratio`, `tcp_pacing_ca_ratio`). */
  pacingRatioSlowStart: number
  pacingRatioAvoidance: number
  /** What is turned of CUBIC; who turns it puts another object here. */
  cubic: CubicSettings
  /** Segments that a burst may have at least (`tcp_min_tso_segs`). */
  burstSegmentsLeast: number
  /** Bursts are longer on short paths: they halve for each 2^this µs of the least round trip (`tcp_tso_rtt_log`). */
  burstRttLog: number
  /** One part in so many of the window is worth sending at once; 0: a few segments are (`tcp_tso_win_divisor`). */
  burstWindowDivisor: number
  /** What a connection learns of its path is not kept for the next one (`tcp_no_metrics_save`), or not the slow start threshold (`tcp_no_ssthresh_metrics_save`). */
  noMetricsSave: boolean
  noThresholdSave: boolean

  // Losses
  /** Segments by which a path may reorder before that means loss, at the beginning and at most (`tcp_reordering`, `tcp_max_reordering`). */
  reordering: number
  maxReordering: number
  /** RACK: 1 on, +2 its window stays as it is, +4 no three duplicate ACKs (`tcp_recovery`). */
  recovery: number
  /** 3: tail loss probes, 0: none (`tcp_early_retrans`). */
  earlyRetransmit: number
  /** The first duplicate ACKs let new text leave (RFC 3042). */
  limitedTransmit: boolean
  /** The window comes down by proportional rate reduction (RFC 6937); else as far as the threshold is not in flight. */
  rateReduction: boolean
  /** Below the threshold a reduction lets no more leave than arrived (RFC 6937's conservative bound). */
  reductionIsConservative: boolean
  /** Recovery by holes notices what was sent again and is lost once more; else that waits for the timeout. */
  findsLostRetransmissions: boolean
  /** RFC 5682 (`tcp_frto`). */
  frto: boolean
  /** How long the least round trip is remembered (`tcp_min_rtt_wlen`). */
  minRttWindowUs: Micros
  /** Small segments are joined when they are sent again (`tcp_retrans_collapse`). */
  retransmitCollapse: boolean
  /** A flow that never has more than four segments in flight does not back off exponentially (`tcp_thin_linear_timeouts`). */
  thinLinearTimeouts: boolean

  // How large segments may be
  /** Segments fill the way to the peer, not only what every path takes (`net.inet.tcp.path_mtu_discovery`). */
  pathMtuDiscovery: boolean
  /** No segment is smaller because the peer or the path asks for it (`tcp_min_snd_mss`). */
  minSendMss: number
  /** RFC 4821: 0 never, 1 once a black hole is likely, 2 always (`tcp_mtu_probing`). */
  mtuProbing: number
  /** MSS from which the search begins (`tcp_base_mss`), and below which timeouts do not bring it (`tcp_mtu_probe_floor`). */
  baseMss: number
  mtuProbeFloor: number
  /** Octets that are not worth a probe, and seconds after which the path is searched anew (`tcp_probe_threshold`, `tcp_probe_interval`). */
  probeThreshold: number
  probeIntervalS: number
  /** What routers say of a path counts for all connections that take it (`net.inet.tcp.hostcache.enable`), or only for the one that they spoke of. */
  hostCache: boolean
  /** Whether and where black holes are sought (`net.inet.tcp.pmtud_blackhole_detection`), and what is tried first. */
  blackHoleDetection: number
  blackHoleMssV4: number
  blackHoleMssV6: number

  // Timeouts and probes
  /** RFC 6298: the timeout before there is a measurement, and its bounds (`tcp_rto_min_us`, `tcp_rto_max_ms`). */
  rtoInitialUs: Micros
  rtoMinUs: Micros
  rtoMaxUs: Micros
  /** Added to every timeout but the very first (`net.inet.tcp.rexmit_slop`). */
  rtoSlopUs: Micros
  /** Bounds of the wait between window probes, where it has any of its own (`net.inet.tcp.persmin`, `persmax`). */
  persistMinUs: Micros
  persistMaxUs: Micros
  /** R1: after this many retransmissions the route is doubted (`tcp_retries1`). */
  retries1: number
  /** R2: the connection is given up after the time this many backed-off retransmissions take (`tcp_retries2`). */
  retries2: number
  /** RFC 9293 §3.10.8 USER TIMEOUT for every connection, 0: none but what TCP_USER_TIMEOUT sets. */
  userTimeoutUs: Micros
  /** Connections are probed whether SO_KEEPALIVE is set or not (`net.inet.tcp.always_keepalive`). */
  alwaysKeepalive: boolean
  /** `tcp_keepalive_time`, `tcp_keepalive_intvl`, `tcp_keepalive_probes`. */
  keepaliveIdleUs: Micros
  keepaliveIntervalUs: Micros
  keepaliveProbes: number

  // Closing and TIME-WAIT
  /** R2 of connections without a descriptor; 0: the system's own default (`tcp_orphan_retries`). */
  orphanRetries: number
  /** Above this many orphans, further ones are reset (`tcp_max_orphans`). */
  maxOrphans: number
  /** How long an orphan may stay in FIN-WAIT-2 (`tcp_fin_timeout`); see `TcpPolicy.orphanFinWait2Us`. */
  finWait2Us: Micros
  /** An orphan's FIN-WAIT-2 lasts `finWait2Us`, whatever the peer sends (`net.inet.tcp.fast_finwait2_recycle`). */
  fastFinWait2: boolean
  /** 2·MSL. Not tunable on Linux; `net.inet.tcp.msl` ×2 on the BSDs. */
  timeWaitUs: Micros
  /** Above this many TIME-WAIT entries a connection is closed without one (`tcp_max_tw_buckets`). */
  timeWaitMax: number
  /** True: RSTs are ignored in TIME-WAIT (`tcp_rfc1337`; BSD always). */
  rfc1337: boolean
  /** 0 off, 1 on, 2 loopback only (`tcp_tw_reuse`). */
  timeWaitReuse: number
  timeWaitReuseDelayUs: Micros
  /** Connections within the host leave no TIME-WAIT (`net.inet.tcp.nolocaltimewait`). */
  noLocalTimeWait: boolean
}
