import type { Koffi, LoadKoffi } from '../netlink/libc.ts'
import { bindCalls } from '../netlink/libc.ts'

/** The calls that reach a descriptor of another process. Each answers as the system call does, or with −errno. */
export interface DescriptorCalls {
  pidfdOpen(pid: number): number
  /** A descriptor of ours for the same socket: `fd` counts in the process. Needs the right to trace it (root, or CAP_SYS_PTRACE). */
  pidfdGetfd(pidfd: number, fd: number): number
  pidfdSendSignal(pidfd: number, signal: number): number
  shutdown(fd: number, how: number): number
  /** Octets written to `into`. */
  getsockopt(fd: number, level: number, option: number, into: Uint8Array): number
  /** The events that are there now (`revents`). POLLERR and POLLHUP are told unasked. */
  poll(fd: number, events: number): number
  close(fd: number): number
}

/** Since Linux 5.1 new system calls have one number on every architecture that Node runs on. */
const SYS_PIDFD_SEND_SIGNAL = 424
const SYS_PIDFD_OPEN = 434
const SYS_PIDFD_GETFD = 438

/** Bindings are made once: a loader gives the same library however often it is asked. */
const bindings = new WeakMap<LoadKoffi, Promise<DescriptorCalls>>()

/**
 * The calls that reach a descriptor of another process.
 * @throws HostError when koffi is not installed or does not load here
 */
export function loadDescriptorCalls(load: LoadKoffi): Promise<DescriptorCalls> {
  let calls = bindings.get(load)
  if (calls === undefined) {
    calls = bindCalls(load, bindDescriptorCalls)
    bindings.set(load, calls)
  }
  return calls
}

function bindDescriptorCalls(koffi: Koffi): DescriptorCalls {
  const library = koffi.load(null)
  // By number: C libraries before glibc 2.36 have no functions for these.
  const syscall = library.func('long syscall(long number, long a, long b, long c, long d)')
  const shutdown = library.func('int shutdown(int fd, int how)')
  const getsockopt = library.func('int getsockopt(int fd, int level, int option, void *value, void *length)')
  const poll = library.func('int poll(void *fds, unsigned long count, int timeout)')
  const close = library.func('int close(int fd)')
  const orErrno = (result: number | bigint): number => (Number(result) < 0 ? -koffi.errno() : Number(result))
  return {
    pidfdOpen: (pid) => orErrno(syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0)),
    pidfdGetfd: (pidfd, fd) => orErrno(syscall(SYS_PIDFD_GETFD, pidfd, fd, 0, 0)),
    pidfdSendSignal: (pidfd, signal) => orErrno(syscall(SYS_PIDFD_SEND_SIGNAL, pidfd, signal, 0, 0)),
    shutdown: (fd, how) => orErrno(shutdown(fd, how)),
    getsockopt(fd, level, option, into) {
      const length = Uint32Array.of(into.length)
      const result = orErrno(getsockopt(fd, level, option, into, length))
      return result < 0 ? result : (length[0] as number)
    },
    poll(fd, events) {
      // struct pollfd: int fd, short events, short revents.
      const entry = new ArrayBuffer(8)
      new Int32Array(entry)[0] = fd
      const halves = new Int16Array(entry)
      halves[2] = events
      const result = orErrno(poll(new Uint8Array(entry), 1, 0))
      return result < 0 ? result : (halves[3] as number)
    },
    close: (fd) => orErrno(close(fd)),
  }
}
