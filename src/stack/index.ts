/**
 * stack: a host on the network: interfaces, routes, demultiplexing, ports, TIME-WAIT table, sysctls, personalities, POSIX-shaped
 * sockets, UDP, ICMP. It reads no clock, touches no device and waits for nothing: packets and time are handed in, blocking
 * is for those who drive it, and links, faults and worlds are `sim`'s.
 *
 * @example Two hosts, joined; a connection from its SYN to its FIN:
 *
 *     const [here, there] = linkPair()
 *     const client = new Host({ name: 'client', seed: 1 })
 *     const server = new Host({ name: 'server', seed: 2 })
 *     const a = { host: client, iface: client.addInterface({ name: 'eth0', link: here, addresses: ['10.0.0.1/24'] }).index, link: here }
 *     const b = { host: server, iface: server.addInterface({ name: 'eth0', link: there, addresses: ['10.0.0.2/24'] }).index, link: there }
 *     const nc = client.spawn('nc'), httpd = server.spawn('httpd')
 *     const listener = httpd.socket(AF_INET, SOCK_STREAM)
 *     httpd.bind(listener, { address: '0.0.0.0', port: 80 })
 *     httpd.listen(listener, 8)
 *     const socket = nc.socket(AF_INET, SOCK_STREAM)
 *     nc.connect(socket, { address: '10.0.0.2', port: 80 }) // −EINPROGRESS
 *     while (pump(0, a, b) > 0);
 *     nc.send(socket, Uint8Array.of(104, 105))
 *     nc.close(socket)
 *     while (pump(0, a, b) > 0);
 *     httpd.recv(httpd.accept(listener), new Uint8Array(10)) // 2
 */
export {
  isDeferred,
  Jiffies,
  mayBeginChunk,
  passMarkWithoutPlace,
  receivable,
  State,
  type StateName,
  stateName,
  type TcpStatus,
  UNREADABLE,
} from '../tcp/index.ts'
export { Address } from '../wire/index.ts'
export {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  Fcntl,
  Ioctl,
  IpOption,
  Ipv6Option,
  Level,
  Msg,
  O_NONBLOCK,
  O_RDWR,
  Part,
  PathMtuDiscovery,
  Poll,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOMAXCONN,
  So,
  TcpOption,
} from './constants.ts'
export type { HostCounters } from './counters.ts'
export {
  describeSockets,
  type SocketDescription,
  type TimerDescription,
} from './describe.ts'
export { fastOpenCookie } from './fast-open.ts'
export { Host as BareHost, type HostOptions as BareHostOptions } from './host.ts'
export {
  dropConnection,
  fuserKill,
  restartNetwork,
  restartService,
  type Service,
  startNetwork,
  startService,
  stopNetwork,
} from './host-actions.ts'
export { Host, type HostOptions } from './host-by-name.ts'
export type { HostTraceSink } from './host-trace.ts'
export { EthernetLayer, type EthernetOptions } from './ip/ethernet-layer.ts'
export type { InterfaceOptions, NetworkInterface, Route } from './ip/interfaces.ts'
export { ALONE, type Driver, type Link } from './ip/link.ts'
export { type Attachment, linkPair, MemoryLink, pump } from './ip/memory-link.ts'
export { optionName, SOCKET_OPTIONS } from './options/index.ts'
export { isLinger, type Linger, type OptionBox, type OptionValue } from './options/option.ts'
export { BSD_BIND, LINUX_BIND, WINDOWS_BIND } from './personalities/bind-rules.ts'
export type { HostConfig, PortRanges } from './personalities/config.ts'
export { fetchPersonality } from './personalities/fetch.ts'
export { personalities } from './personalities/index.ts'
export {
  isPersonalityName,
  PERSONALITY_NAMES,
  Personality,
  type PersonalityName,
  type PersonalityOverrides,
  type PersonalityParts,
  type SocketRules,
} from './personalities/personality.ts'
export type { BindRules, HoldKind, Overlap, PortClaim, PortHold } from './ports/bind-rules.ts'
export type { PollFd, Process, ProcessOptions } from './process.ts'
export type { ControlMessage } from './sockets/control-message.ts'
export type { ErrorReport } from './sockets/error-queue.ts'
export type { ReceivedMessage } from './sockets/messages.ts'
export type { ReadyListener } from './sockets/readiness.ts'
export type { Socket, SocketHolder, SocketProcess } from './sockets/socket.ts'
export { formatAddress, newSocketName, type SocketAddress, type SocketName } from './sockets/socket-address.ts'
export type { MemoryDescription } from './sockets/socket-memory.ts'
export type { SocketOptions } from './sockets/socket-options.ts'
export { isAtMark } from './sockets/stream-reading.ts'
export { leftToRead } from './sockets/tcp-poll.ts'
export type { TcpSocket } from './sockets/tcp-socket.ts'
export type { UdpSocket } from './sockets/udp-socket.ts'
export type { SysctlDefinition, SysctlUnit } from './sysctl/definition.ts'
export { type SysctlEntry, type SysctlError, Sysctls } from './sysctl/sysctls.ts'
export { type TimeWaitFields, TimeWaitTable } from './time-wait/table.ts'
