/** The sockets among the descriptors of a process: what the links in /proc/PID/fd say. */
import { closeSync, openSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { getSystemErrorName } from 'node:util'
import { LITTLE_ENDIAN } from '../byte-order.ts'
import { errorCode, HostError } from '../errors.ts'
import { boundOnce, type Koffi, type LoadKoffi } from '../netlink/libc.ts'
import { FORBIDDEN, GONE, visible } from './visible.ts'

/** What was seen of a process's descriptors. */
export interface DescriptorList {
  /** The number of open descriptors, as the size of the directory tells it since Linux 6.2; 0 before. */
  readonly count: number
  /** The process shows that it has descriptors, and not what they are: a security module stands before ptrace's right. */
  readonly isForbidden: boolean
  /** Descriptors that are sockets, and the inode of each. */
  readonly fds: readonly number[]
  readonly inodes: readonly number[]
}

/**
 * Read a directory of descriptors.
 * @throws as node:fs does, when it cannot be listed
 */
export type ReadDescriptors = (directory: string) => DescriptorList

const PREFIX = 'socket:['

/** With what Node has: a string for each name and for each link. */
export function readDescriptors(directory: string): DescriptorList {
  const list = { count: statSync(directory).size, isForbidden: false, fds: [] as number[], inodes: [] as number[] }
  const names = readdirSync(directory)
  list.isForbidden = names[0] !== undefined && forbids(`${directory}/${names[0]}`)
  if (list.isForbidden) return list
  for (const name of names) {
    const target = visible(() => readlinkSync(`${directory}/${name}`))
    if (target === undefined || !target.startsWith(PREFIX)) continue
    list.fds.push(Number(name))
    list.inodes.push(Number(target.slice(PREFIX.length, -1)))
  }
  return list
}

function forbids(link: string): boolean {
  try {
    readlinkSync(link)
  } catch (error) {
    return FORBIDDEN.has(errorCode(error) ?? '')
  }
  return false
}

/**
 * The same by the system calls, in two thirds of the time: names stay where the kernel wrote them, and no link becomes a string.
 * @throws HostError (a rejection) when koffi does not load here, or this C library has not the calls
 */
export const loadReadDescriptors: (load: LoadKoffi) => Promise<ReadDescriptors> = boundOnce(bindReadDescriptors)

/** Room for some 2000 names, and for a link that is a socket: of another as much as fits is enough. */
const NAMES_OCTETS = 1 << 16
const LINK_OCTETS = 64
// struct linux_dirent64: inode and offset, then the length of the entry, a type, and the name with a NUL behind it.
const LENGTH_AT = 16
const NAME_AT = 19
/** `socket:[` as two words. */
const [SOCK, ET] = [0x736f636b, 0x65743a5b]
const ZERO = 0x30

function bindReadDescriptors(koffi: Koffi): ReadDescriptors {
  const library = koffi.load(null)
  const getdents = library.func('intptr_t getdents64(int fd, uintptr_t into, size_t length)')
  const readlinkat = library.func('intptr_t readlinkat(int fd, uintptr_t name, uintptr_t into, size_t length)')
  const names = new Uint8Array(NAMES_OCTETS)
  const entries = new DataView(names.buffer)
  const link = new DataView(new ArrayBuffer(LINK_OCTETS + 1))
  const namesAddress = Number(koffi.address(names))
  const linkAddress = Number(koffi.address(new Uint8Array(link.buffer)))

  /** The inode of the socket behind a name; 0: no socket, or not there any more; −1: this user may not look. */
  const inodeAt = (fd: number, at: number): number => {
    const length = Number(readlinkat(fd, namesAddress + at, linkAddress, LINK_OCTETS))
    if (length < 0) {
      const code = getSystemErrorName(-koffi.errno())
      if (FORBIDDEN.has(code)) return -1
      if (GONE.has(code)) return 0
      throw new HostError(`/proc: a descriptor could not be read: ${code}`)
    }
    if (length < PREFIX.length || link.getUint32(0) !== SOCK || link.getUint32(4) !== ET) return 0
    return numberAt(link, PREFIX.length)
  }

  return (directory) => {
    const list = { count: statSync(directory).size, isForbidden: false, fds: [] as number[], inodes: [] as number[] }
    const fd = openSync(directory, 'r')
    try {
      for (let isFirst = true; ; ) {
        const filled = Number(getdents(fd, namesAddress, NAMES_OCTETS))
        // Below 0 the process is gone.
        if (filled <= 0) return list
        for (let at = 0; at < filled; at += entries.getUint16(at + LENGTH_AT, LITTLE_ENDIAN)) {
          if (!isDigit(names[at + NAME_AT] as number)) continue
          const inode = inodeAt(fd, at + NAME_AT)
          if (isFirst && inode < 0) return { ...list, isForbidden: true }
          isFirst = false
          if (inode <= 0) continue
          list.fds.push(numberAt(entries, at + NAME_AT))
          list.inodes.push(inode)
        }
      }
    } finally {
      closeSync(fd)
    }
  }
}

function isDigit(octet: number): boolean {
  return octet >= ZERO && octet <= ZERO + 9
}

/** The decimal number that begins there. */
function numberAt(view: DataView, start: number): number {
  let value = 0
  for (let at = start; at < view.byteLength && isDigit(view.getUint8(at)); at++)
    value = 10 * value + view.getUint8(at) - ZERO
  return value
}
