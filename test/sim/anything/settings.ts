import type { LinkOptions, SimHost } from '../../../src/sim/index.ts'
import type { Draw } from './draw.ts'

/** What any sysctl may be asked to be; what it does not take it refuses. */
const VALUES = [
  ...['0', '1', '2', '3', '5', '7', '64', '500', '1460', '2048', '30000', '65535', '1000000', '-1'],
  ...['4096 4608 6000', '4096 16384 65536', '4096 131072 6291456', '1024 65535', 'cubic', 'reno', 'newreno'],
]

/** Writes some of a host's sysctls, with values of all kinds; returns those that took. */
export function turnSysctls(host: SimHost, draw: Draw): string[] {
  const turned: string[] = []
  for (let left = draw.below(8); left > 0; left--) {
    const name = draw.one(host.sysctlNames())
    const value = draw.one(VALUES)
    if (host.trySysctl(name, value)) turned.push(`${host.name} ${name}=${value}`)
  }
  return turned
}

/** What may be turned and every stream is still one: marks, cookies, options, algorithms, how losses are found. */
const HARMLESS =
  /\.(?:tcp_(?:ecn|ecn_fallback|syncookies|sack|dsack|timestamps|window_scaling|congestion_control|mtu_probing|fastopen|frto|recovery|early_retrans|shrink_window|thin_linear_timeouts|reordering|moderate_rcvbuf|slow_start_after_idle|no_metrics_save|pacing_ss_ratio|pacing_ca_ratio|min_tso_segs|retrans_collapse|max_syn_backlog|autocorking|comp_sack_delay_ns|comp_sack_nr|tw_reuse|rfc1337|plb_enabled|ecn_option|ecn_option_beacon)|ecn\.enable|sack\.enable|rfc1323|cc\.algorithm|delayed_ack|fastopen\.(?:client|server)_enable|syncookies|blackhole|abc_l_var|initcwnd_segments|path_mtu_discovery|pmtud_blackhole_detection)$/

/** What few stories would turn to something that matters by chance alone: who asks for marks, Fast Open at both ends, cookies always. */
const TELLING = [
  ...['tcp_ecn=0', 'tcp_ecn=1', 'tcp_ecn=3', 'tcp_ecn=3', 'tcp_ecn=4', 'tcp_fastopen=1543', 'tcp_fastopen=1543'],
  ...['tcp_fastopen=3', 'tcp_syncookies=2', 'tcp_syncookies=0', 'tcp_mtu_probing=2', 'tcp_migrate_req=1'],
].map((text) => `net.ipv4.${text}`)
const TELLING_BSD = [
  ...['ecn.enable=1', 'ecn.enable=3', 'ecn.enable=4', 'fastopen.client_enable=1', 'fastopen.server_enable=1'],
  ...['syncookies_only=1', 'sack.enable=0', 'rfc1323=0'],
].map((text) => `net.inet.tcp.${text}`)

/** Writes some of those sysctls; returns those that took. */
export function turnHarmless(host: SimHost, draw: Draw): string[] {
  const names = host.sysctlNames().filter((name) => HARMLESS.test(name))
  const turned: string[] = []
  for (let left = draw.below(4); left > 0; left--) {
    const [name = '', value = ''] = draw.one(host.personality.name === 'linux' ? TELLING : TELLING_BSD).split('=')
    if (host.trySysctl(name, value)) turned.push(`${host.name} ${name}=${value}`)
  }
  for (let left = names.length === 0 || draw.chance(0.4) ? 0 : draw.below(6); left > 0; left--) {
    const [name, value] = [draw.one(names), draw.one([...VALUES, '1539'])]
    if (host.trySysctl(name, value)) turned.push(`${host.name} ${name}=${value}`)
  }
  return turned
}

/** A link of any kind: fast or slow, short or long, good or bad. */
export function anyLink(draw: Draw, family: 4 | 6): LinkOptions {
  return {
    delayUs: draw.below(60_000),
    jitterUs: draw.chance(0.4) ? draw.below(20_000) : 0,
    rateBitsPerSecond: draw.one([0, 0, 1_000_000, 100_000_000]),
    queuePackets: 2 + draw.below(50),
    loss: draw.chance(0.5) ? 0 : draw.upTo(0.25),
    reorder: draw.chance(0.4) ? draw.upTo(0.3) : 0,
    reorderUs: 1 + draw.below(30_000),
    duplicate: draw.chance(0.4) ? draw.upTo(0.3) : 0,
    corrupt: draw.chance(0.2) ? draw.upTo(0.1) : 0,
    mtu: draw.one([1500, 1500, 9000, 65_535, family === 4 ? 576 : 1280]),
  }
}
