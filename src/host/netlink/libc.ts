import { getSystemErrorName } from 'node:util'
import { HostError, reasonOf } from '../errors.ts'
import type { BatchCalls } from './datagram-batch.ts'

/** The calls of the C library that reach a netlink socket. Each answers as the system call does, or with −errno. */
export interface Libc extends BatchCalls {
  socket(domain: number, type: number, protocol: number): number
  bind(fd: number, address: Uint8Array): number
  setsockopt(fd: number, level: number, option: number, value: Uint8Array): number
  sendto(fd: number, message: Uint8Array, flags: number, address: Uint8Array): number
  recv(fd: number, into: Uint8Array, flags: number): number
  close(fd: number): number
  /** The name of a network device, or undefined when no device has that index. */
  deviceName(index: number): string | undefined
}

/** Octets that `if_indextoname` may write: IFNAMSIZ. */
const NAME_SIZE = 16

/** How the native binding is found: `() => import('koffi')`, or a test's own. */
export type LoadKoffi = () => Promise<unknown>

/** As much of koffi as binding a call takes. */
export type Koffi = Pick<typeof import('koffi'), 'load' | 'errno' | 'address' | 'sizeof'>

/**
 * Load koffi and bind calls of the C library.
 * @param bind is handed koffi; the library to open is the process itself (`load(null)`): whichever C library Node runs on, glibc or
 *   musl, is already in it
 * @throws HostError when koffi is not installed or does not load here
 */
async function bindCalls<T>(load: LoadKoffi, bind: (koffi: Koffi) => T): Promise<T> {
  try {
    return bind(koffiOf(await load()))
  } catch (error) {
    throw new HostError(`koffi could not be loaded: ${reasonOf(error)}`)
  }
}

/** A binding that is made once for each loader: one and the same library however often it is asked for. */
export function boundOnce<T>(bind: (koffi: Koffi) => T): (load: LoadKoffi) => Promise<T> {
  const bindings = new WeakMap<LoadKoffi, Promise<T>>()
  return (load) => {
    let calls = bindings.get(load)
    if (calls === undefined) {
      calls = bindCalls(load, bind)
      bindings.set(load, calls)
    }
    return calls
  }
}

/**
 * The calls that reach a netlink socket.
 * @throws HostError when koffi is not installed or does not load here
 */
export const loadLibc: (load: LoadKoffi) => Promise<Libc> = boundOnce(bindLibc)

/** koffi is a CommonJS package: its functions sit on the default export, and on the namespace too where Node detects them. */
function koffiOf(module: unknown): Koffi {
  const namespace = module as Partial<Koffi> & { readonly default?: Partial<Koffi> }
  const koffi = namespace.default ?? namespace
  if (typeof koffi.load !== 'function' || typeof koffi.errno !== 'function') {
    throw new HostError('the module has no load() and errno()')
  }
  return koffi as Koffi
}

function bindLibc(koffi: Koffi): Libc {
  const library = koffi.load(null)
  const socket = library.func('int socket(int domain, int type, int protocol)')
  const bind = library.func('int bind(int fd, void *address, uint32_t length)')
  const setsockopt = library.func('int setsockopt(int fd, int level, int option, void *value, uint32_t length)')
  const sendto = library.func(
    'intptr_t sendto(int fd, void *message, size_t length, int flags, void *address, uint32_t addressLength)',
  )
  const recv = library.func('intptr_t recv(int fd, void *into, size_t length, int flags)')
  const recvmmsg = library.func(
    'int recvmmsg(int fd, uintptr_t entries, unsigned int count, int flags, uintptr_t timeout)',
  )
  const close = library.func('int close(int fd)')
  const indexToName = library.func('void *if_indextoname(uint32_t index, void *name)')
  const orErrno = (result: number): number => (result < 0 ? -koffi.errno() : result)
  return {
    socket: (domain, type, protocol) => orErrno(socket(domain, type, protocol)),
    bind: (fd, address) => orErrno(bind(fd, address, address.length)),
    setsockopt: (fd, level, option, value) => orErrno(setsockopt(fd, level, option, value, value.length)),
    sendto: (fd, message, flags, address) =>
      orErrno(Number(sendto(fd, message, message.length, flags, address, address.length))),
    recv: (fd, into, flags) => orErrno(Number(recv(fd, into, into.length, flags))),
    receiveMany: (fd, entries, count, flags) =>
      new Promise((resolve, reject) => {
        recvmmsg.async(fd, entries, count, flags, 0, (error: unknown, result: number) => {
          if (error) reject(error)
          else resolve(result)
        })
      }),
    addressOf: (view) => Number(koffi.address(view)),
    word: koffi.sizeof('void *'),
    close: (fd) => orErrno(close(fd)),
    deviceName(index) {
      const name = new Uint8Array(NAME_SIZE)
      if (indexToName(index, name) === null) return undefined
      return Buffer.from(name.subarray(0, name.indexOf(0))).toString()
    },
  }
}

/** The errno's name: `EPERM`. */
export function errnoName(errno: number): string {
  return getSystemErrorName(-errno)
}
