import { boundOnce, type Koffi, type LoadKoffi } from '../netlink/libc.ts'

/**
 * The calls that reach a network device. Each answers as the system call does, or with −errno. Buffers are named by the address of
 * their memory: a view for each packet would cost as much as the rest of the call.
 */
export interface DeviceCalls {
  ioctl(fd: number, request: number, argument: Uint8Array): number
  /** An ioctl whose argument is a number, no pointer. */
  ioctlNumber(fd: number, request: number, argument: number): number
  read(fd: number, address: number, length: number): number
  write(fd: number, address: number, length: number): number
  /** A counter that wakes a poll, non-blocking. */
  eventfd(): number
  /** Waits, on a thread of Node's pool, until one of the `struct pollfd` at `address` is ready. */
  poll(address: number, count: number, timeoutMs: number): Promise<number>
  /** The number of a network device, or 0 when no device has that name. */
  deviceIndex(name: string): number
  /** Where the memory of a view lies. It stays there for as long as the view is held. */
  addressOf(view: Uint8Array): number
}

const EFD_NONBLOCK = 0o4000
const EFD_CLOEXEC = 0o2000000

/** @throws HostError when koffi is not installed or does not load here */
export const loadDeviceCalls: (load: LoadKoffi) => Promise<DeviceCalls> = boundOnce(bindDeviceCalls)

function bindDeviceCalls(koffi: Koffi): DeviceCalls {
  const library = koffi.load(null)
  const ioctl = library.func('int ioctl(int fd, unsigned long request, void *argument)')
  const ioctlNumber = library.func('ioctl', 'int', ['int', 'unsigned long', 'unsigned long'])
  const read = library.func('intptr_t read(int fd, uintptr_t into, size_t length)')
  const write = library.func('intptr_t write(int fd, uintptr_t from, size_t length)')
  const eventfd = library.func('int eventfd(unsigned int count, int flags)')
  const poll = library.func('int poll(uintptr_t entries, unsigned long count, int timeout)')
  const nameToIndex = library.func('unsigned int if_nametoindex(const char *name)')
  const orErrno = (result: number): number => (result < 0 ? -koffi.errno() : result)
  return {
    ioctl: (fd, request, argument) => orErrno(ioctl(fd, request, argument)),
    ioctlNumber: (fd, request, argument) => orErrno(ioctlNumber(fd, request, argument)),
    read: (fd, address, length) => orErrno(read(fd, address, length)),
    write: (fd, address, length) => orErrno(write(fd, address, length)),
    eventfd: () => orErrno(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
    poll: (address, count, timeoutMs) =>
      new Promise((resolve, reject) => {
        poll.async(address, count, timeoutMs, (error: unknown, result: number) => {
          if (error) reject(error)
          else resolve(result)
        })
      }),
    deviceIndex: (name) => nameToIndex(name),
    addressOf: (view) => Number(koffi.address(view)),
  }
}
