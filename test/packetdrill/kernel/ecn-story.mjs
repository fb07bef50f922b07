/** What the stories of explicit congestion notification have in common. */
const BASE = [
  'net.ipv4.tcp_rmem="4096 131072 6291456"',
  'net.ipv4.tcp_wmem="4096 262144 4194304"',
  'net.ipv4.tcp_timestamps=0',
  'net.ipv4.tcp_no_metrics_save=1',
  'net.ipv4.tcp_congestion_control=reno',
]
export const PLAIN = 'mss 1000,sackOK,nop,nop,nop,wscale 7'
export const LISTEN = [
  ['0', 'socket(..., SOCK_STREAM, IPPROTO_TCP) = 3'],
  ['0', 'setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0'],
  ['0', 'bind(3, ..., ...) = 0'],
  ['0', 'listen(3, 1) = 0'],
]
export const CONNECT = [
  ['0', 'socket(..., SOCK_STREAM, IPPROTO_TCP) = 3'],
  ['0', 'fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0'],
  ['0', 'connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)'],
]
/** A peer opens: its SYN's flags and mark, and its third ACK's. */
export const opened = (syn = 'SEWA', third = '2', { options = PLAIN, ecn = 'ECN e1b 1 ceb 0 e0b 1,nop' } = {}) => [
  ...LISTEN,
  ['.1', `< ${syn} 0:0(0) win 65535 <${options}>`],
  ['.1', `< ${third} 1:1(0) ack 1 win 257${ecn === '' ? '' : ` <${ecn}>`}`],
  ['0', 'accept(3, ..., ...) = 4'],
]
const ACE =
  '!received_ce delivered_ce delivered_e1_bytes delivered_e0_bytes delivered_ce_bytes received_e1_bytes received_e0_bytes received_ce_bytes accecn_fail_mode accecn_opt_seen options'
const WINDOW = '!snd_cwnd snd_ssthresh ca_state delivered delivered_ce snd_mss'
export const info = (step = '0') => [step, ACE]
export const cwnd = (step = '0') => [step, WINDOW]
export const write = (octets, step = '0', fd = 4) => [step, `write(${fd}, ..., ${octets}) = ${octets}`]
export const put = (packet, step = '.01') => [step, `< ${packet}`]

/** A connection that the kernel opened, accurate by the answer it got. */
export const accurate = ({
  ace = 'W',
  mark = '',
  options = PLAIN,
  ecn = 'ECN e0b 1 ceb 0 e1b 1,nop',
  step = '.1',
} = {}) => {
  const [first, ...rest] = options.split(',')
  const list = [first, ...(ecn === '' ? [] : [ecn]), ...rest].join(',')
  return [...CONNECT, put(`${mark}S${ace}. 0:0(0) ack 1 win 65535 <${list}>`, step)]
}
export const w = (octets, step = '0') => write(octets, step, 3)
/** A classic connection that a peer opened. */
export const classic = (options) => opened('SEW', '.', { ecn: '', ...(options && { options }) })

export function story(name, title, mode, events, more) {
  return { name, title, ecn: true, sysctls: [...BASE, `net.ipv4.tcp_ecn=${mode}`, ...more], events }
}
