import { HostError } from '../errors.ts'
import {
  AF_NETLINK,
  MSG_TRUNC,
  NETLINK_SOCK_DIAG,
  SO_RCVBUF,
  SOCK_CLOEXEC,
  SOCK_RAW,
  SOL_SOCKET,
} from '../socket-numbers.ts'
import { DatagramBatch } from './datagram-batch.ts'
import { errnoName, type Libc } from './libc.ts'
import { type DumpProgress, scanMessages } from './message.ts'

const SO_RCVTIMEO = 20
const EINTR = 4

/** Octets collected before the parser is called: large enough to make the calls few, small enough to stay in a cache. */
const CHUNK = 1 << 20
/** The kernel fills datagrams of at most 32 KiB in a dump; a receive is never offered less room than this. */
const DATAGRAM_MAX = 1 << 16
/** Dumps that the kernel calls inconsistent are repeated this often before the last one is taken as it is. */
const ATTEMPTS_MAX = 4
/** The kernel answers at once. Longer than this it will not answer at all. */
const TIMEOUT_SECONDS = 10

/** A NETLINK_SOCK_DIAG socket. Close it. */
export class DiagSocket {
  readonly #libc: Libc
  readonly #fd: number
  readonly #kernel: Uint8Array = netlinkAddress()
  readonly #chunk: Uint8Array = new Uint8Array(CHUNK)

  /** @throws HostError when the kernel or a sandbox refuses the socket */
  constructor(libc: Libc) {
    this.#libc = libc
    const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)
    if (fd < 0) throw new HostError(`netlink: socket(AF_NETLINK, NETLINK_SOCK_DIAG): ${errnoName(-fd)}`)
    this.#fd = fd
    try {
      this.#check('bind', libc.bind(fd, this.#kernel))
      this.#check('SO_RCVBUF', libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, bytesOf(Int32Array.of(CHUNK))))
      // struct timeval is two longs, and a long is as wide as a pointer.
      const timeout = BigInt64Array.of(BigInt(TIMEOUT_SECONDS), 0n)
      this.#check('SO_RCVTIMEO', libc.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, bytesOf(timeout)))
    } catch (error) {
      this.close()
      throw error
    }
  }

  /**
   * Send a dump request and hand over everything that comes back.
   * @param consume is called with whole messages in a buffer that is used again afterwards
   * @param restart is called before a dump is repeated that the kernel called inconsistent
   * @returns whether the last dump was consistent
   * @throws HostError naming the errno with which the kernel refused
   */
  dump(request: Uint8Array, consume: (bytes: Uint8Array) => void, restart: () => void): boolean {
    for (let attempt = 1; ; attempt++) {
      this.#check('send', this.#libc.sendto(this.#fd, request, 0, this.#kernel))
      const progress = this.#receive(consume)
      if (!progress.interrupted) return true
      if (attempt === ATTEMPTS_MAX) return false
      restart()
    }
  }

  /**
   * As `dump`, but the kernel does its part on a thread of Node's pool, while this one consumes what has come: both take about as long.
   */
  async dumpAside(request: Uint8Array, consume: (bytes: Uint8Array) => void, restart: () => void): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      this.#check('send', this.#libc.sendto(this.#fd, request, 0, this.#kernel))
      const progress = await this.#receiveAside(consume)
      if (!progress.interrupted) return true
      if (attempt === ATTEMPTS_MAX) return false
      restart()
    }
  }

  /**
   * Send a request that answers nothing but whether it was done.
   * @returns 0, or the errno with which the kernel refused
   * @throws HostError when the kernel cannot be asked
   */
  acknowledge(request: Uint8Array): number {
    this.#check('send', this.#libc.sendto(this.#fd, request, 0, this.#kernel))
    const progress: DumpProgress = { done: 0, interrupted: false, errno: 0 }
    while (progress.errno === 0 && progress.acknowledged !== true) {
      const length = this.#libc.recv(this.#fd, this.#chunk, 0)
      if (length === -EINTR) continue
      this.#check('receive', length)
      scanMessages(this.#chunk.subarray(0, length), progress)
    }
    return progress.errno
  }

  close(): void {
    this.#libc.close(this.#fd)
  }

  #receive(consume: (bytes: Uint8Array) => void): DumpProgress {
    const progress: DumpProgress = { done: 0, interrupted: false, errno: 0 }
    let filled = 0
    while (progress.done === 0) {
      filled += this.#receiveOne(this.#chunk.subarray(filled), progress)
      if (CHUNK - filled < DATAGRAM_MAX || progress.done > 0) {
        consume(this.#chunk.subarray(0, filled))
        filled = 0
      }
    }
    return progress
  }

  async #receiveAside(consume: (bytes: Uint8Array) => void): Promise<DumpProgress> {
    const progress: DumpProgress = { done: 0, interrupted: false, errno: 0 }
    // The request itself had the kernel fill the first datagram: most hosts have few more sockets than that.
    consume(this.#chunk.subarray(0, this.#receiveOne(this.#chunk, progress)))
    if (progress.done > 0) return progress
    const batches = [new DatagramBatch(this.#libc), new DatagramBatch(this.#libc)] as const
    let coming = this.#receiveSome(batches[0], progress)
    for (let turn = 1; ; turn++) {
      const datagrams = await coming
      const isOver = progress.done > 0
      if (!isOver) coming = this.#receiveSome(batches[(turn % 2) as 0 | 1], progress)
      for (const datagram of datagrams) consume(datagram)
      if (isOver) return progress
    }
  }

  async #receiveSome(batch: DatagramBatch, progress: DumpProgress): Promise<readonly Uint8Array[]> {
    const datagrams = await batch.receive(this.#fd, () => {
      throw new HostError('netlink: a datagram is cut off')
    })
    // The errno of another thread is out of reach: the same call on this one has it, unless it was EINTR.
    if (datagrams === undefined) return [this.#chunk.subarray(0, this.#receiveOne(this.#chunk, progress))]
    for (const datagram of datagrams) this.#scan(datagram, progress)
    return datagrams
  }

  /** Waits for a datagram; its octets. */
  #receiveOne(room: Uint8Array, progress: DumpProgress): number {
    let length: number
    do length = this.#libc.recv(this.#fd, room, MSG_TRUNC)
    while (length === -EINTR)
    this.#check('receive', length)
    if (length > room.length)
      throw new HostError(`netlink: a datagram of ${length} octets, at most ${room.length} expected`)
    this.#scan(room.subarray(0, length), progress)
    return length
  }

  #scan(datagram: Uint8Array, progress: DumpProgress): void {
    if (scanMessages(datagram, progress) !== datagram.length)
      throw new HostError('netlink: a message is cut off in its datagram')
    if (progress.errno !== 0) throw new HostError(`netlink: the kernel refused the dump: ${errnoName(progress.errno)}`)
  }

  #check(what: string, result: number): void {
    if (result < 0) throw new HostError(`netlink: ${what}: ${errnoName(-result)}`)
  }
}

/** `struct sockaddr_nl`: family, and zeros for the port id and the groups: the kernel's, or to bind to a port of its choice. */
export function netlinkAddress(): Uint8Array {
  const address = new Uint16Array(6)
  address[0] = AF_NETLINK
  return bytesOf(address)
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}
