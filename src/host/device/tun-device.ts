/**
 * A TUN or TAP device: a network interface of the kernel whose other end is this program. It lives for as long as its descriptor:
 * when the program ends, however it ends, the interface goes, and its addresses and routes with it.
 */
import { closeSync, constants, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs'
import { scratch } from '../../base/index.ts'
import { errorCode, HostError } from '../errors.ts'
import { errnoName } from '../netlink/libc.ts'
import type { DeviceCalls } from './device-calls.ts'
import { completeChecksum, takeHeader, VNET_HEADER } from './virtio-header.ts'

/** How a device is opened. */
export interface TunOptions {
  /** The interface's name; `%d` in it is the first number that is free. */
  readonly name: string
  /** `tun` carries IP packets, `tap` Ethernet frames. */
  readonly kind: 'tun' | 'tap'
  /** Packets may be larger than the MTU and are cut, or were joined, by the kernel; their checksums may be its affair too. */
  readonly offload: boolean
}

const DEVICE = '/dev/net/tun'
/** `struct ifreq`: the name, then a union of which the flags take two octets. */
const IFREQ = 40
const NAME_MAX = 15

// linux/if_tun.h.
const TUNSETIFF = 0x400454ca
const TUNSETOFFLOAD = 0x400454d0
const IFF_TUN = 0x0001
const IFF_TAP = 0x0002
const IFF_NO_PI = 0x1000
const IFF_VNET_HDR = 0x4000
const IFF_TUN_EXCL = 0x8000
const TUN_F_CSUM = 0x01
const TUN_F_TSO4 = 0x02
const TUN_F_TSO6 = 0x04

/** linux/capability.h. */
const CAP_NET_ADMIN = 12n

const EPERM = 1
const EINTR = 4
const EAGAIN = 11
const EBUSY = 16
const EBADFD = 77
const ENOBUFS = 105

const POLLIN = 1
const POLLOUT = 4
/** Two of `struct pollfd`: fd i32, events i16, revents i16. */
const POLL_ENTRIES = 2

/** What it takes, for whoever lacks it. */
const PRIVILEGE =
  'needs CAP_NET_ADMIN: run it as root, or `sudo setcap cap_net_admin+ep "$(readlink -f "$(command -v node)")"`'

/** An open device. Close it. */
export class TunDevice {
  readonly name: string
  readonly offload: boolean
  /** The cut of the packet that `receive` took last, as `Driver.input` has it. */
  cut = 0
  readonly #calls: DeviceCalls
  readonly #fd: number
  readonly #wakeFd: number
  /** Where `scratch.bytes` lies in memory. */
  readonly #scratch: number
  readonly #entries = new Int32Array(2 * POLL_ENTRIES)
  readonly #entriesAt: number
  #closed = false
  #waiting: Promise<number> | null = null

  /** @throws HostError with one line: no privilege, no /dev/net/tun, the name is in use */
  constructor(calls: DeviceCalls, options: TunOptions) {
    this.#calls = calls
    this.offload = options.offload
    this.#scratch = calls.addressOf(scratch.bytes)
    this.#entriesAt = calls.addressOf(new Uint8Array(this.#entries.buffer))
    this.#fd = openDevice()
    try {
      this.name = attach(calls, this.#fd, options)
      this.#wakeFd = calls.eventfd()
      if (this.#wakeFd < 0) throw new HostError(`eventfd: ${errnoName(-this.#wakeFd)}`)
    } catch (error) {
      closeSync(this.#fd)
      throw error
    }
  }

  /** The interface's number in this network namespace. */
  get index(): number {
    return this.#calls.deviceIndex(this.name)
  }

  /**
   * Takes the next packet (of a TAP: frame) that the kernel has sent. Where `cut` is not 0 its TCP checksum is yet to be made.
   * @param at where in `scratch.bytes` it is put; with offloads there must be room for `VNET_HEADER` octets before it
   * @param most octets at most; what is longer is cut off by the kernel
   * @returns its octets, 0 when nothing waits
   * @throws HostError when the device is gone
   */
  receive(at: number, most: number): number {
    const before = this.offload ? VNET_HEADER : 0
    for (;;) {
      const length = this.#calls.read(this.#fd, this.#scratch + at - before, most + before)
      if (length === -EAGAIN) return 0
      if (length === -EINTR) continue
      if (length === -EBADFD) throw new HostError(`interface ${this.name}: somebody has deleted it`)
      if (length < 0) throw new HostError(`interface ${this.name}: read: ${errnoName(-length)}`)
      if (length <= before) return 0
      this.cut = before > 0 ? takeHeader(scratch.bytes, at - before, length - before) : 0
      if (this.cut >= 0) return length - before
    }
  }

  /** Makes the checksum of the packet that was received last, at `at`, for whoever looks at it. */
  completeChecksum(at: number, length: number): void {
    if (this.offload) completeChecksum(scratch.bytes, at - VNET_HEADER, length)
  }

  /** Where the memory of a view lies, for `send`. */
  addressOf(view: Uint8Array): number {
    return this.#calls.addressOf(view)
  }

  /**
   * Hands the kernel what lies at a memory address: a packet, with offloads behind its virtio header.
   * @returns false when the kernel has no room now: ask again when `wait` says so. What it refuses for good is lost, as on any link
   */
  send(address: number, length: number): boolean {
    const result = this.#calls.write(this.#fd, address, length)
    return result !== -EAGAIN && result !== -ENOBUFS
  }

  /** Resolves when something can be received or (`toSend`) sent, after `timeoutMs`, or at `wake`. */
  async wait(timeoutMs: number, toSend: boolean): Promise<void> {
    if (this.#closed) return
    this.#entries[0] = this.#fd
    this.#entries[1] = pollEvents(toSend ? POLLIN | POLLOUT : POLLIN)
    this.#entries[2] = this.#wakeFd
    this.#entries[3] = pollEvents(POLLIN)
    this.#waiting = this.#calls.poll(this.#entriesAt, POLL_ENTRIES, timeoutMs)
    await this.#waiting
    this.#waiting = null
    if (this.#entries[3] !== pollEvents(POLLIN)) this.#takeWakeUp()
  }

  #takeWakeUp(): void {
    readSync(this.#wakeFd, new Uint8Array(8))
  }

  /** Ends a wait. */
  wake(): void {
    writeSync(this.#wakeFd, new Uint8Array(BigUint64Array.of(1n).buffer))
  }

  /** Ends the device, and with it the interface, once nobody waits on it any more. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    // A descriptor that a thread is polling must not pass to somebody else.
    this.wake()
    await this.#waiting
    closeSync(this.#fd)
    closeSync(this.#wakeFd)
  }
}

/** `events` and `revents` as one word, in the machine's order. */
function pollEvents(events: number): number {
  return new Int32Array(Int16Array.of(events, 0).buffer)[0] as number
}

function openDevice(): number {
  try {
    return openSync(DEVICE, constants.O_RDWR | constants.O_NONBLOCK)
  } catch (error) {
    const code = errorCode(error)
    if ((code === 'EACCES' || code === 'EPERM') && !mayAdministerNetworks()) throw new HostError(PRIVILEGE)
    if (code === 'EACCES') {
      const { mode, uid } = statSync(DEVICE)
      const has = `its mode is 0${(mode & 0o777).toString(8)}, its owner ${uid === 0 ? 'root' : `user ${uid}`}`
      throw new HostError(
        `${DEVICE}: EACCES: ${has}: expected a mode that lets this user in (sudo chmod 666 ${DEVICE})`,
      )
    }
    throw new HostError(
      `${DEVICE}: ${code}: expected the TUN driver (modprobe tun; in a container: --device ${DEVICE})`,
    )
  }
}

/** Whether this process has CAP_NET_ADMIN. */
function mayAdministerNetworks(): boolean {
  const effective = /^CapEff:\s*([\da-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  return ((BigInt(`0x${effective}`) >> CAP_NET_ADMIN) & 1n) === 1n
}

/** Makes the interface, and answers its name. */
function attach(calls: DeviceCalls, fd: number, { name, kind, offload }: TunOptions): string {
  if (!/^[^\s/:]+$/.test(name) || name === '.' || name === '..' || Buffer.byteLength(name) > NAME_MAX) {
    throw new HostError(`interface '${name}': expected a name of 1 to ${NAME_MAX} octets without spaces, / and :`)
  }
  const request = Buffer.alloc(IFREQ)
  request.write(name)
  const flags = (kind === 'tun' ? IFF_TUN : IFF_TAP) | IFF_NO_PI | IFF_TUN_EXCL | (offload ? IFF_VNET_HDR : 0)
  new Uint16Array(request.buffer, request.byteOffset + NAME_MAX + 1, 1)[0] = flags
  const made = calls.ioctl(fd, TUNSETIFF, request)
  if (made === -EPERM) throw new HostError(PRIVILEGE)
  if (made === -EBUSY) throw new HostError(`interface ${name}: the name is in use: choose another (--tun)`)
  if (made < 0) throw new HostError(`interface ${name}: the kernel refuses it: ${errnoName(-made)}`)
  if (offload) setOffload(calls, fd, name)
  return request.toString('utf8', 0, request.indexOf(0))
}

function setOffload(calls: DeviceCalls, fd: number, name: string): void {
  const result = calls.ioctlNumber(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6)
  if (result < 0) throw new HostError(`interface ${name}: the kernel refuses offloads: ${errnoName(-result)}`)
}
