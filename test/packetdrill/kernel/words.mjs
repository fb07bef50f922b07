/** What stories of several connections begin with. */
export const BASE = [
  'net.ipv4.tcp_rmem="4096 131072 6291456"',
  'net.ipv4.tcp_wmem="4096 1048576 4194304"',
  'net.ipv4.tcp_timestamps=0',
  'net.ipv4.tcp_congestion_control=reno',
]
export const NO_SAVE = 'net.ipv4.tcp_no_metrics_save=1'
export const PLAIN = 'mss 1000,sackOK,nop,nop,nop,wscale 7'
export const listening = [
  ['0', 'socket(..., SOCK_STREAM, IPPROTO_TCP) = 3'],
  ['0', 'setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0'],
  ['0', 'bind(3, ..., ...) = 0'],
  ['0', 'listen(3, 5) = 0'],
]
export const write = (octets, fd) => ['0', `write(${fd}, ..., ${octets}) = ${octets}`]
