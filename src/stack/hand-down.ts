import { keepaliveChanged, type Tcb } from '../tcp/index.ts'
import type { Host } from './host.ts'
import type { SocketOptions } from './socket-options.ts'

/** A child has the options that its listener has when the handshake completes, not when it began. */
export function handDown(host: Host, listener: SocketOptions, child: Tcb | undefined): void {
  if (child === undefined) return
  const options = child.options as SocketOptions
  if (options.changes === listener.changes || !host.isRegistered(child)) return
  const { sendBuffer, maxSegment } = options
  host.ports.hold(child, false)
  Object.assign(options, listener, { maxSegment })
  if (!options.sendBufferFixed) options.sendBuffer = sendBuffer
  host.ports.hold(child, true)
  keepaliveChanged(child)
}
