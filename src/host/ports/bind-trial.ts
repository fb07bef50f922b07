/** What bind() says: the kernel is asked by doing it. */
import { getSystemErrorName } from 'node:util'
import { Address } from '../../wire/index.ts'
import { HostError } from '../errors.ts'
import { errnoName, type Libc } from '../netlink/libc.ts'
import { AF_INET, AF_INET6, SO_REUSEADDR, SOCK_CLOEXEC, SOCK_STREAM, SOL_SOCKET } from '../socket-numbers.ts'
import type { BindAddress } from './overlap.ts'

const EAFNOSUPPORT = 97

/** An attempt and its result. */
export interface BindTrial extends BindAddress {
  readonly port: number
  readonly reuseAddr: boolean
  /** undefined: it succeeded; else the errno's name, `EADDRINUSE`. */
  readonly error: string | undefined
}

/**
 * Bind a new TCP socket and close it at once. It never listens, so nobody can connect to it; for some µs it has the port, if it gets
 * it.
 * @returns undefined where this kernel has no such family
 * @throws HostError when no socket can be made
 */
export function tryBind(libc: Libc, target: BindAddress, port: number, reuseAddr: boolean): BindTrial | undefined {
  const fd = libc.socket(target.family === 4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)
  if (fd === -EAFNOSUPPORT) return undefined
  if (fd < 0) throw new HostError(`socket(): ${errnoName(-fd)}`)
  try {
    const on = new Uint8Array(Int32Array.of(Number(reuseAddr)).buffer)
    const set = libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, on)
    if (set < 0) throw new HostError(`SO_REUSEADDR: ${errnoName(-set)}`)
    const result = libc.bind(fd, socketAddress(target, port))
    return { ...target, port, reuseAddr, error: result < 0 ? getSystemErrorName(result) : undefined }
  } finally {
    libc.close(fd)
  }
}

/** `struct sockaddr_in` or `sockaddr_in6`. */
function socketAddress({ family, address }: BindAddress, port: number): Uint8Array {
  const octets = Address.parse(address)?.toBytes()
  if (octets === undefined) throw new HostError(`${address}: no IP address`)
  const bytes = new Uint8Array(family === 4 ? 16 : 28)
  // The family is in the machine's own order, the port in the network's.
  bytes.set(new Uint8Array(Uint16Array.of(family === 4 ? AF_INET : AF_INET6).buffer))
  new DataView(bytes.buffer).setUint16(2, port, false)
  bytes.set(octets, family === 4 ? 4 : 8)
  return bytes
}
