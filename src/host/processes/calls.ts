/** The system calls that look into another process's descriptors. */
import { boundOnce, type Koffi, type LoadKoffi } from '../netlink/libc.ts'

/** Each call answers as the system call does, or with −errno. */
export interface DescriptorCalls {
  /** The extended attribute's octets, at most as many as `into` holds. */
  getxattr(path: string, name: string, into: Uint8Array): number
  pidfdOpen(pid: number): number
  /** A descriptor of ours for the same open file. */
  pidfdGetfd(pidfd: number, fd: number): number
  /** The events that are there now (`revents`). POLLERR and POLLHUP are told unasked. */
  poll(fd: number, events: number): number
  close(fd: number): number
}

/** Their numbers are the same on every architecture: both came after the tables were joined. */
const SYS_PIDFD_OPEN = 434
const SYS_PIDFD_GETFD = 438

/** The peer has ended its direction, or the socket is over. It is told of sockets that were connected, and of no others. */
export const POLLRDHUP = 0x2000

/** @throws HostError when koffi is not installed or does not load here */
export const loadDescriptorCalls: (load: LoadKoffi) => Promise<DescriptorCalls> = boundOnce(bindDescriptorCalls)

function bindDescriptorCalls(koffi: Koffi): DescriptorCalls {
  const library = koffi.load(null)
  const getxattr = library.func('intptr_t getxattr(const char *path, const char *name, void *value, size_t size)')
  const syscall3 = library.func('intptr_t syscall(intptr_t number, intptr_t a, intptr_t b, intptr_t c)')
  const poll = library.func('int poll(void *fds, uintptr_t count, int timeoutMs)')
  const close = library.func('int close(int fd)')
  const orErrno = (result: number | bigint): number => (result < 0 ? -koffi.errno() : Number(result))
  return {
    getxattr: (path, name, into) => orErrno(getxattr(path, name, into, into.length)),
    pidfdOpen: (pid) => orErrno(syscall3(SYS_PIDFD_OPEN, pid, 0, 0)),
    pidfdGetfd: (pidfd, fd) => orErrno(syscall3(SYS_PIDFD_GETFD, pidfd, fd, 0)),
    poll(fd, events) {
      // struct pollfd: an int, and two shorts for what is asked and what is answered.
      const words = new Int32Array(2)
      const shorts = new Int16Array(words.buffer)
      words[0] = fd
      shorts[2] = events
      const result = orErrno(poll(words, 1, 0))
      return result < 0 ? result : (shorts[3] as number)
    },
    close: (fd) => orErrno(close(fd)),
  }
}
