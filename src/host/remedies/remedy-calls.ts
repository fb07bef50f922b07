import { boundOnce, type Koffi, type LoadKoffi } from '../netlink/libc.ts'
import { type DescriptorCalls, loadDescriptorCalls } from '../processes/calls.ts'

/** The calls that act on a descriptor of another process. Each answers as the system call does, or with −errno. */
export interface RemedyCalls extends DescriptorCalls {
  pidfdSendSignal(pidfd: number, signal: number): number
  shutdown(fd: number, how: number): number
  /** Octets written to `into`. */
  getsockopt(fd: number, level: number, option: number, into: Uint8Array): number
}

/** Its number is the same on every architecture: it came after the tables were joined. */
const SYS_PIDFD_SEND_SIGNAL = 424

const loadActs: (load: LoadKoffi) => Promise<Omit<RemedyCalls, keyof DescriptorCalls>> = boundOnce(bindActs)

/** @throws HostError when koffi is not installed or does not load here */
export async function loadRemedyCalls(load: LoadKoffi): Promise<RemedyCalls> {
  return { ...(await loadDescriptorCalls(load)), ...(await loadActs(load)) }
}

function bindActs(koffi: Koffi): Omit<RemedyCalls, keyof DescriptorCalls> {
  const library = koffi.load(null)
  const syscall4 = library.func('intptr_t syscall(intptr_t number, intptr_t a, intptr_t b, intptr_t c, intptr_t d)')
  const shutdown = library.func('int shutdown(int fd, int how)')
  const getsockopt = library.func('int getsockopt(int fd, int level, int option, void *value, void *length)')
  const orErrno = (result: number | bigint): number => (result < 0 ? -koffi.errno() : Number(result))
  return {
    pidfdSendSignal: (pidfd, signal) => orErrno(syscall4(SYS_PIDFD_SEND_SIGNAL, pidfd, signal, 0, 0)),
    shutdown: (fd, how) => orErrno(shutdown(fd, how)),
    getsockopt(fd, level, option, into) {
      const length = Uint32Array.of(into.length)
      const result = orErrno(getsockopt(fd, level, option, into, length))
      return result < 0 ? result : (length[0] as number)
    },
  }
}
