import { Errno } from '../base/index.ts'
import { abortCall } from '../tcp/index.ts'
import type { Address } from '../wire/index.ts'
import type { Process, ProcessHost } from './process.ts'
import type { SocketProcess } from './sockets/socket.ts'
import { newSocketName } from './sockets/socket-address.ts'
import type { TimeWait } from './time-wait/time-wait.ts'

/** What administrators do to a host, by the commands they do it with. */

/** A program that can be started again: its name, whose it is, and what it does once it runs. */
export interface Service {
  readonly name: string
  readonly uid?: number
  /** Makes its sockets; called by `startService`. */
  main(process: Process): void
}

/** `systemctl start NAME`. */
export function startService(host: ProcessHost, service: Service): Process {
  const process = host.spawn(service.name, { uid: service.uid })
  service.main(process)
  return process
}

/**
 * `systemctl restart NAME`: the process is killed, which closes all its sockets (no CLOSE-WAIT of it is left, what it had
 * open goes to FIN-WAIT or is reset, TIME-WAIT rows stay), and a new one starts.
 */
export function restartService(host: ProcessHost, running: Process, service: Service): Process {
  running.kill()
  return startService(host, service)
}

/**
 * `fuser -k PORT/tcp`: kills every process that holds a socket with that local port. It cannot pick one connection: each
 * process loses all its sockets.
 * @returns the killed processes' numbers
 */
export function fuserKill(host: ProcessHost, port: number): number[] {
  const name = newSocketName()
  const doomed = new Set<SocketProcess>()
  for (const socket of [...host.sockets]) {
    if (socket.protocol !== 'tcp') continue
    socket.localName(name)
    if (name.port === port) for (const { process } of socket.holders) doomed.add(process)
  }
  for (const process of doomed) process.kill()
  return [...doomed].map(({ pid }) => pid)
}

/** Whose connections may be over already. */
interface DroppingHost extends ProcessHost {
  readonly timeWait: TimeWait
}

/**
 * `ss -K`, `tcpdrop LOCAL PORT REMOTE PORT`: aborts one connection; its descriptor stays, and finds ECONNABORTED. A TIME-WAIT ends.
 * @returns false when there is no such connection
 */
export function dropConnection(
  host: DroppingHost,
  local: Address,
  localPort: number,
  remote: Address,
  remotePort: number,
): boolean {
  const { w0, w1, w2, w3 } = remote
  const own = host.addresses.find(local.w0, local.w1, local.w2, local.w3)
  const ports = (localPort << 16) | remotePort
  const tcb = own < 0 ? null : host.connections.find(w0, w1, w2, w3, own, ports)
  if (tcb !== null) {
    host.enter()
    try {
      abortCall(tcb, Errno.ECONNABORTED)
    } finally {
      host.leave()
    }
    return true
  }
  const record = host.timeWait.find(w0, w1, w2, w3, ports, own)
  if (record < 0) return false
  host.timeWait.cursor.at(record).remove()
  return true
}

/** Takes every interface but the loopback down and flushes its addresses. Sockets do not notice; packets are lost. */
export function stopNetwork(host: ProcessHost): void {
  for (const iface of host.interfaces.all.slice(1)) host.interfaces.down(iface)
}

/** Brings every interface up with the addresses it had. */
export function startNetwork(host: ProcessHost): void {
  for (const iface of host.interfaces.all.slice(1)) host.interfaces.up(iface)
}

/** `/etc/init.d/networking restart`: down, flushed, up again. Every row of the socket table stays, TIME-WAIT included. */
export function restartNetwork(host: ProcessHost): void {
  stopNetwork(host)
  startNetwork(host)
}
