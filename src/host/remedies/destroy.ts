/** SOCK_DESTROY: the kernel ends a socket as `ss -K` has it end one. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SocketRow } from '../../inspect/index.ts'
import { Address } from '../../wire/index.ts'
import { LITTLE_ENDIAN } from '../byte-order.ts'
import { HostError } from '../errors.ts'
import type { DiagSocket } from '../netlink/dump.ts'
import { IPPROTO_TCP, inetDiagRequest } from '../netlink/inet-diag.ts'
import { errnoName } from '../netlink/libc.ts'
import { destroyRequest } from '../netlink/message.ts'
import { visible } from '../proc/visible.ts'

const EPERM = 1
const ENOENT = 2
const EOPNOTSUPP = 95

/** Where `struct inet_diag_sockid` begins in a request: behind family, protocol, extensions, padding and states. */
const SOCKET_ID = 8

/**
 * Destroy the socket of a row. The kernel compares the cookie: another socket of the same addresses is left alone.
 * @returns false when the socket is not there any more
 * @throws HostError when this kernel or this user cannot
 */
export function destroySocket(diag: DiagSocket, row: SocketRow, sysRoot: string): boolean {
  const errno = diag.acknowledge(destroyRequest(destroyBody(row, sysRoot), 1))
  switch (errno) {
    case 0:
      return true
    case ENOENT:
      return false
    case EOPNOTSUPP:
      throw new HostError('this kernel cannot destroy sockets: it was built without CONFIG_INET_DIAG_DESTROY')
    case EPERM:
      throw new HostError('SOCK_DESTROY needs root (CAP_NET_ADMIN)')
    default:
      throw new HostError(`SOCK_DESTROY: ${errnoName(errno)}`)
  }
}

/** `struct inet_diag_req_v2` that names one socket. */
function destroyBody(row: SocketRow, sysRoot: string): Uint8Array {
  const { family, local, peer, cookie } = row
  if (family === 0 || cookie === undefined) throw new HostError('a socket without a cookie cannot be destroyed safely')
  const body = inetDiagRequest({ family, protocol: IPPROTO_TCP, states: 0, tcpInfo: false, memory: false })
  const view = new DataView(body.buffer, body.byteOffset)
  view.setUint16(SOCKET_ID, local.port, false)
  view.setUint16(SOCKET_ID + 2, peer.port, false)
  body.set(octetsOf(local.address), SOCKET_ID + 4)
  body.set(octetsOf(peer.address), SOCKET_ID + 20)
  view.setUint32(SOCKET_ID + 36, deviceIndex(local.device, sysRoot), LITTLE_ENDIAN)
  view.setBigUint64(SOCKET_ID + 40, cookie, LITTLE_ENDIAN)
  return body
}

function octetsOf(address: string): Uint8Array {
  const parsed = Address.parse(address)
  if (parsed === undefined) throw new HostError(`${address}: no IP address`)
  return parsed.toBytes()
}

function deviceIndex(device: string | undefined, sysRoot: string): number {
  if (device === undefined) return 0
  const text = visible(() => readFileSync(join(sysRoot, 'class', 'net', device, 'ifindex'), 'utf8'))
  return Number(text ?? /^if(\d+)$/.exec(device)?.[1] ?? 0)
}
