/** A socket of another process, held by a descriptor of our own: what `pidfd_getfd` gives. */
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { RowState, SocketOwner } from '../../inspect/index.ts'
import { LITTLE_ENDIAN } from '../byte-order.ts'
import { HostError } from '../errors.ts'
import { errnoName } from '../netlink/libc.ts'
import { visible } from '../proc/visible.ts'
import { parseStat } from '../processes/start-time.ts'
import { tcpRowState } from '../snapshot.ts'
import { SOL_SOCKET } from '../socket-numbers.ts'
import type { RemedyCalls } from './remedy-calls.ts'

const SO_COOKIE = 57
const IPPROTO_TCP = 6
const TCP_INFO = 11
const POLLIN = 0x1
const POLLERR = 0x8

/** Which directions shutdown() ends: SHUT_RD (which of a listener ends the listening), SHUT_WR (which sends FIN). */
export const SHUT = { RD: 0, WR: 1 } as const

/** When a process started, in ticks since boot; undefined when it is gone. With the pid it names a process for good. */
export function startTimeOf(procRoot: string, pid: number): number | undefined {
  const text = visible(() => readFileSync(join(procRoot, String(pid), 'stat'), 'utf8'))
  return text === undefined ? undefined : parseStat(text)?.startTime
}

/** A process, named for good. */
export interface ProcessIdentity {
  readonly pid: number
  readonly startTime: number
}

/** A process by a descriptor of it, so that it cannot turn into another one of the same pid. Close it. */
export class HeldProcess {
  readonly #calls: RemedyCalls
  readonly #pidfd: number
  readonly pid: number

  /** @throws HostError when it has ended, or another one has its pid */
  constructor(calls: RemedyCalls, procRoot: string, { pid, startTime }: ProcessIdentity) {
    const pidfd = calls.pidfdOpen(pid)
    if (pidfd < 0) throw new HostError(`process ${pid}: ${errnoName(-pidfd)}`)
    this.#calls = calls
    this.#pidfd = pidfd
    this.pid = pid
    // The descriptor came first: if the process of this start time is there now, the descriptor is of it.
    const now = startTimeOf(procRoot, pid)
    if (now === startTime) return
    this.close()
    throw new HostError(`process ${pid} has ended${now === undefined ? '' : ', and its pid is another’s'}`)
  }

  /** @throws HostError without the right to */
  signal(name: 'SIGTERM' | 'SIGUSR1'): void {
    const result = this.#calls.pidfdSendSignal(this.#pidfd, constants.signals[name])
    if (result < 0) throw new HostError(`${name} to process ${this.pid}: ${errnoName(-result)}`)
  }

  /** Whether the last of its threads has ended, and with it its descriptors. Its first thread may be gone long before. */
  hasEnded(): boolean {
    return (this.#calls.poll(this.#pidfd, POLLIN) & POLLIN) !== 0
  }

  /**
   * A descriptor of ours for one of its.
   * @throws HostError when it has no such descriptor, or without the right to trace it
   */
  duplicate(fd: number): number {
    const own = this.#calls.pidfdGetfd(this.#pidfd, fd)
    if (own < 0) throw new HostError(`pidfd_getfd(${this.pid}, ${fd}): ${errnoName(-own)}${hintOf(-own)}`)
    return own
  }

  close(): void {
    this.#calls.close(this.#pidfd)
  }
}

/** A socket of another process. Close it; that closes nothing in the process. */
export class BorrowedSocket {
  readonly #calls: RemedyCalls
  readonly #fd: number

  /** @throws HostError when the process or the descriptor is gone, or without the right to trace the process */
  constructor(calls: RemedyCalls, procRoot: string, owner: SocketOwner, startTime: number) {
    this.#calls = calls
    const process = new HeldProcess(calls, procRoot, { pid: owner.pid, startTime })
    try {
      this.#fd = process.duplicate(owner.fd)
    } finally {
      process.close()
    }
  }

  /** The kernel's cookie of the socket: the one that a dump tells. */
  cookie(): bigint {
    return new DataView(this.#option(SOL_SOCKET, SO_COOKIE, 8).buffer).getBigUint64(0, LITTLE_ENDIAN)
  }

  /** Its state; a connection that is over, in TIME-WAIT too, says CLOSED. */
  state(): RowState {
    const state = tcpRowState(this.#option(IPPROTO_TCP, TCP_INFO, 8)[0] as number)
    return state === 'BOUND-INACTIVE' ? 'CLOSED' : state
  }

  /** Whether an error waits for the process: the peer's RST, or a give-up. It stays for the process to take. */
  hasError(): boolean {
    return (this.#calls.poll(this.#fd, 0) & POLLERR) !== 0
  }

  /** An option that is one int, such as SO_REUSEADDR. */
  intOption(level: number, option: number): number {
    return new DataView(this.#option(level, option, 4).buffer).getInt32(0, LITTLE_ENDIAN)
  }

  /** @throws HostError naming the errno */
  shutdown(how: number): void {
    const result = this.#calls.shutdown(this.#fd, how)
    if (result < 0) throw new HostError(`shutdown: ${errnoName(-result)}`)
  }

  close(): void {
    this.#calls.close(this.#fd)
  }

  #option(level: number, option: number, size: number): Uint8Array {
    const value = new Uint8Array(size)
    const result = this.#calls.getsockopt(this.#fd, level, option, value)
    if (result < 0) throw new HostError(`getsockopt(${level}, ${option}): ${errnoName(-result)}`)
    return value
  }
}

const EPERM = 1
const ENOSYS = 38

function hintOf(errno: number): string {
  if (errno === EPERM) return ': it needs root (CAP_SYS_PTRACE)'
  return errno === ENOSYS ? ': kernels have it since 5.6' : ''
}
