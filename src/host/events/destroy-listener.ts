/**
 * The kernel's notices that a TCP socket has ended: SKNLGRP_INET_TCP_DESTROY and its IPv6 sister, multicast to whoever listens, without
 * privilege, for the sockets of one network namespace. TIME-WAIT has no notice of its own: its socket ended when TIME-WAIT began.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SocketRow } from '../../inspect/index.ts'
import { AddressTexts } from '../address-texts.ts'
import { type HostEnvironment, THIS_MACHINE } from '../environment.ts'
import { HostError } from '../errors.ts'
import { netlinkAddress } from '../netlink/dump.ts'
import { type InetDiagContext, parseInetDiag } from '../netlink/inet-diag.ts'
import { errnoName, type Libc, loadLibc } from '../netlink/libc.ts'
import { ALL_STATES, type MutableRow } from '../snapshot.ts'
import {
  AF_INET,
  AF_NETLINK,
  NETLINK_SOCK_DIAG,
  SO_RCVBUF,
  SOCK_CLOEXEC,
  SOCK_RAW,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../socket-numbers.ts'

const SO_RCVBUFFORCE = 33
const SOL_NETLINK = 270
const NETLINK_ADD_MEMBERSHIP = 1
const GROUPS: readonly number[] = [1, 3]
const MSG_DONTWAIT = 0x40
const EINTR = 4
const EAGAIN = 11
const ENOBUFS = 105

/** Octets of notices that may wait, some 10,000 of them; without privilege the kernel gives what net.core.rmem_max allows. */
const BUFFER = 8 << 20
const DATAGRAM_MAX = 1 << 16
/** Notices taken in one go, so that a storm of them cannot hold the caller up. */
const BATCH_MAX = 20_000
/** A notice comes within a few ms, or never. */
const PROBE_MS = 500
const PROBE_STEP_MS = 5

/** What has come since the last time. */
export interface EndedSockets {
  /** In the order of their ends; each has its cookie, and `tcpInfo` as it was at the end. The state is CLOSED. */
  readonly ended: readonly SocketRow[]
  /** The kernel had more than it could keep, and has dropped some: only a dump can tell now who is still there. */
  readonly overrun: boolean
}

/** A socket that listens to the notices. Close it. */
export class DestroyListener {
  readonly #libc: Libc
  readonly #fd: number
  readonly #buffer: Uint8Array = new Uint8Array(DATAGRAM_MAX)
  readonly #context: InetDiagContext = {
    state: 'CLOSED',
    netid: 'tcp',
    source: 'netlink',
    states: ALL_STATES,
    families: [4, 6],
    device: (index) => libcDevice(this.#libc, index),
    addresses: new AddressTexts(),
  }

  /**
   * @param buffer octets of notices that may wait, as far as the kernel allows
   * @throws HostError when the kernel or a sandbox refuses the socket or its groups
   */
  constructor(libc: Libc, buffer: number = BUFFER) {
    this.#libc = libc
    this.#fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)
    this.#check('socket(AF_NETLINK, NETLINK_SOCK_DIAG)', this.#fd)
    try {
      // Notices come from port 0, and the kernel spares a socket what came from its own port: that must be another.
      this.#check('bind', libc.bind(this.#fd, netlinkAddress()))
      if (libc.setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, int32(buffer)) < 0) {
        this.#check('SO_RCVBUF', libc.setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUF, int32(buffer)))
      }
      for (const group of GROUPS) {
        const joined = libc.setsockopt(this.#fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, int32(group))
        this.#check('NETLINK_ADD_MEMBERSHIP', joined)
      }
    } catch (error) {
      this.close()
      throw error
    }
  }

  /**
   * Take what has come; never waits.
   * @throws HostError when the socket does not serve any more
   */
  take(): EndedSockets {
    const ended: MutableRow[] = []
    let overrun = false
    while (ended.length < BATCH_MAX) {
      const length = this.#libc.recv(this.#fd, this.#buffer, MSG_DONTWAIT)
      if (length === -EAGAIN) break
      if (length === -EINTR) continue
      if (length === -ENOBUFS) {
        overrun = true
        continue
      }
      this.#check('receive', length)
      parseInetDiag(this.#buffer.subarray(0, length), this.#context, ended)
    }
    return { ended, overrun }
  }

  close(): void {
    this.#libc.close(this.#fd)
  }

  #check(what: string, result: number): void {
    if (result < 0) throw new HostError(`notices of ended sockets: ${what}: ${errnoName(-result)}`)
  }
}

/**
 * Listen to the ends of sockets in this network namespace.
 *
 * A kernel or sandbox may let one listen and then say nothing; so a socket of our own is ended first, to hear of it.
 * @param buffer octets of notices that may wait, as far as the kernel allows
 * @throws HostError (a rejection) when there will be no notices, with the reason
 */
export async function listenForEnds(
  environment: Partial<HostEnvironment> = {},
  buffer: number = BUFFER,
): Promise<DestroyListener> {
  const libc = await loadLibc({ ...THIS_MACHINE, ...environment }.loadKoffi)
  const listener = new DestroyListener(libc, buffer)
  try {
    await hearOneEnd(libc, listener)
  } catch (error) {
    listener.close()
    throw error
  }
  return listener
}

async function hearOneEnd(libc: Libc, listener: DestroyListener): Promise<void> {
  const fd = libc.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)
  if (fd < 0) throw new HostError(`notices of ended sockets: socket(AF_INET, SOCK_STREAM): ${errnoName(-fd)}`)
  libc.close(fd)
  for (let waited = 0; waited < PROBE_MS; waited += PROBE_STEP_MS) {
    const { ended, overrun } = listener.take()
    if (ended.length > 0 || overrun) return
    await sleep(PROBE_STEP_MS)
  }
  throw new HostError('notices of ended sockets: this kernel sends none')
}

function libcDevice(libc: Libc, index: number): string {
  return libc.deviceName(index) ?? `if${index}`
}

function int32(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer)
}
