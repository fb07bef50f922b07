import { entryOf, orList } from '../../base/index.ts'
import type { Host } from '../../stack/index.ts'
import { Unsupported } from '../run/outcome.ts'

/**
 * Sysctls that decide nothing here: about queues below TCP, offloads, other hosts' packets, memory of a whole machine, and what a
 * kernel keeps between connections, where each script has a host of its own.
 */
const IDLE: readonly RegExp[] = [
  // The other end of a script is never on the same machine.
  /^net\.inet\.tcp\.msl_local$/,
  /^net\.ipv4\.tcp_(autocorking|limit_output_bytes|low_latency|mem|early_demux)$/,
  /^net\.ipv4\.tcp_ehash_entries$/,
  /^net\.ipv4\.(udp_.*|ip_early_demux|icmp_.*|neigh\..*|route\.(?!min_pmtu|min_adv_mss|mtu_expires).*|conf\..*|ip_forward|ping_group_range|inet_peer_.*)$/,
  // Obsolete, without effect in Linux too; or about a machine's receive backlog.
  /^net\.ipv4\.tcp_(fack|default_init_rwnd|backlog_ack_defer|l3mdev_accept)$/,
  /^net\.ipv4\.tcp_(child_ehash_entries|plb_(cong_thresh|idle_rehash_rounds|rehash_rounds|suspend_rto_sec)|adv_win_scale)$/,
  /^net\.ipv4\.(fib_.*|igmp_.*|ipfrag_.*|ip_dynaddr|ip_forward_.*|cipso_.*|nexthop_.*|raw_.*|xfrm4_.*|vs\..*)$/,
  /^net\.ipv6\.(conf\.(?!all\.hop_limit).*|neigh\..*|route\.(?!min_adv_mss).*|icmp\..*|flowlabel_.*|fib_.*|ip6frag_.*)$/,
  /^net\.ipv6\.(calipso_.*|idgen_.*|ioam6_.*|max_(dst|hbh)_.*|mld_.*|seg6_.*|xfrm6_.*|anycast_.*|fwmark_reflect)$/,
  /^net\.core\.(netdev_.*|default_qdisc|busy_.*|dev_weight.*|rps_.*|high_order_.*|warnings|tstamp_allow_data|message_.*)$/,
  /^net\.core\.(bpf_.*|devconf_.*|fb_tunnels_.*|flow_limit_.*|gro_.*|max_skb_frags|mem_pcpu_rsv|skb_defer_max|xfrm_.*)$/,
  /^(kernel|vm|fs)\./,
  /^kern\.(?!ipc\.(maxsockbuf|somaxconn|soacceptqueue)$)/,
  /^(security|hw|dev|debug|machdep|net\.(isr|bpf|route|pf|add_addr_allfibs))\./,
  /^net\.inet\.(tcp\.(hostcache\.(?!enable).*|log_.*|bb\..*|lro\..*|tso|soreceive_stream|do_tcpdrain|isn_reseed_interval)|udp\..*|ip\.random_id)$/,
  // Of other TCP stacks than the default one, of tunnels, and of memory that a whole machine bounds.
  /^net\.inet\.tcp\.(rack\..*|bbr\..*|reass\.(?!maxqueuelen).*|udp_tunneling_.*|functions_inherit_.*|per_cpu_timers|bind_all_fibs)$/,
  /^net\.inet\.tcp\.(hpts\..*|(map|split|pacing)_(limit|failures)|perconn_stats_.*|require_unique_port|tcbhashsize|recvbuf_inc)$/,
  // Of other algorithms than CUBIC and NewReno; of keys and tables that are large enough for one script.
  /^net\.inet\.tcp\.cc\.(cdg|chd|dctcp|hd|htcp|vegas|hystartplusplus)\./,
  /^net\.inet\.tcp\.fastopen\.(autokey|ccache_bucket_limit|ccache_buckets|keylen|max(key|psk)s|num(key|psk)s)$/,
  /^net\.inet\.ip\.portrange\.(?:random|hi|low|reservedlow)/,
  /^net\.inet6?\.ip6?\.(?:process_options|check_interface|rfc6864|allow_net0|allow_net240|broadcast_lowest|no_same_prefix|intr_queue_maxlen|mcast\..*|loopback_prefixlen)$/,
  /^net\.(?:fibs|local\..*|add_addr_allfibs|inet\.raw\..*|inet\.tcp\.(?:pcap_.*|switch_to_ifnet_tls|ifnet_tls|idlereduce|timer_race))$/,
  /^net\.inet6?\.ip6?\.(forwarding|redirect|sourceroute|accept_sourceroute|.*_es|.*_validation|use_.*|mcast_.*|.*frag.*|rfc6204w3|accept_rtadv)$/,
  /^net\.inet\.tcp\.(syncache\.(hashsize|bucketlimit|cachelimit|see_other)|sack\.(maxholes|globalmaxholes|tso)|msgs)$/,
  /^net\.inet6\.ip6\.dad_count$/,
  /^net\.inet6?\.icmp6?\./,
  /^net\.link\./,
]

/** Sysctls that this stack does not have, each with the values by which it always behaves. */
export const ALWAYS: Readonly<Record<string, readonly string[]>> = {
  'net.ipv4.tcp_plb_enabled': ['0'],
  'net.ipv4.fwmark_reflect': ['0'],
  'net.ipv4.tcp_fwmark_accept': ['0'],
  'net.ipv4.tcp_comp_sack_slack_ns': ['0', '100000'],
  'net.inet.tcp.functions_default': ['freebsd'],
  'net.inet.tcp.rfc6675_pipe': ['0', '1'],
  'net.inet.tcp.newreno_ecn': ['1'],
  'net.inet.tcp.sack.revised': ['1'],
  'net.inet.udp.blackhole': ['0'],
  'net.inet.tcp.cc.abe_frlossreduce': ['0'],
  'net.inet.tcp.ecn.generalized': ['0'],
  // The other end of a script is never on the same machine.
  'net.inet.tcp.blackhole_local': ['0', '1'],
}

/** Whatever the host has learned of paths is forgotten. */
const PURGE = 'net.inet.tcp.hostcache.purgenow'

/** FreeBSD's, write-only: the key itself, of 16 octets. */
const ADDED_KEY = 'net.inet.tcp.fastopen.setkey'
const SHARED_KEY = 'net.inet.tcp.fastopen.setpsk'
const FAST_OPEN_KEY = 'net.ipv4.tcp_fastopen_key'

/** A host's sysctls as scripts set them. What they set and the stack does not have is remembered, so that it reads as written. */
export class ScriptSysctls {
  readonly #host: Host
  readonly #remembered = new Map<string, string>()
  /** What the restoring script of a set_sysctls.py call puts back. */
  readonly #old = new Map<string, string>()

  constructor(host: Host) {
    this.#host = host
  }

  /** @throws {Unsupported} for one that this stack cannot follow: a name that it does not know, or a value that it does not take */
  set(given: string, written: string): void {
    const name = canonical(given)
    // The kernel reads numbers as C writes them.
    const value = written.replace(/\b0x[0-9a-fA-F]+\b/g, (hex) => String(Number(hex)))
    if (name === FAST_OPEN_KEY && this.#host.fastOpen.setKey(value)) return
    if (name === ADDED_KEY && this.#host.fastOpen.addKey(written)) return
    if (name === SHARED_KEY && this.#host.fastOpen.addShared(written)) return
    if (this.#host.sysctl.entry(name) !== undefined) {
      const error = this.#host.sysctl.set(name, value)
      if (error !== null) throw new Unsupported(error.message)
      return
    }
    if (name === PURGE && value !== '0') this.#host.output.forgetPaths()
    const always = entryOf(ALWAYS, name)?.includes(value) === true
    if (!always && !this.isIdle(name)) throw new Unsupported(`sysctl ${name}=${value}`)
    this.#remembered.set(name, value)
  }

  /** @throws {Unsupported} for one that is not known and was not set */
  get(given: string): string {
    const name = canonical(given)
    if (name === FAST_OPEN_KEY) return this.#host.fastOpen.key
    if (name === ADDED_KEY || name === SHARED_KEY) return ''
    const value = this.#host.sysctl.get(name) ?? this.#remembered.get(name) ?? entryOf(ALWAYS, name)?.[0]
    if (value === undefined) throw new Unsupported(`sysctl ${name}`)
    return value
  }

  /** Whether this stack knows a sysctl, to read at least. */
  has(given: string): boolean {
    const name = canonical(given)
    const stack =
      this.#host.sysctl.entry(name) !== undefined || name === FAST_OPEN_KEY || entryOf(ALWAYS, name) !== undefined
    return stack || this.#remembered.has(name)
  }

  /** Whether the system itself has no such sysctl: those of Linux's TCP/IP are all known here. */
  isAbsent(given: string): boolean {
    const name = canonical(given)
    const isTheirs = this.#host.personality.name === 'linux' && /^net\.(?:ipv4|ipv6|core)\./.test(name)
    return isTheirs && !this.has(name) && !this.isIdle(name)
  }

  /** `NAME` or `NAME=VALUE` of one that there is not, with what may be meant. */
  withNearest(given: string): string {
    const [name = ''] = given.split('=')
    const near = this.#host.sysctl.nearest(canonical(name))
    return near.length === 0 ? given : `${given} (did you mean ${orList(near)}?)`
  }

  /** Whether a sysctl may have any value, since nothing here hangs on it. */
  isIdle(given: string): boolean {
    return IDLE.some((pattern) => pattern.test(canonical(given)))
  }

  /** What a sysctl is now, as far as it is known. */
  old(given: string): string {
    return this.has(given) ? this.get(given) : ''
  }

  /** Sets a value that `restore` takes back. */
  setForNow(given: string, value: string): void {
    const name = canonical(given)
    const known = this.#host.sysctl.get(name) ?? this.#remembered.get(name)
    if (known !== undefined && !this.#old.has(name)) this.#old.set(name, known)
    this.set(name, value)
  }

  /** What scripts set and the stack does not have. */
  get remembered(): ReadonlyMap<string, string> {
    return this.#remembered
  }

  restore(): void {
    for (const [name, value] of this.#old) this.set(name, value)
    this.#old.clear()
  }
}

/** `/proc/sys/net/ipv4/tcp_sack` is `net.ipv4.tcp_sack`. */
function canonical(name: string): string {
  const path = name.replace(/^\/proc\/sys\//, '')
  return path.includes('/') ? path.replaceAll('/', '.') : path
}
