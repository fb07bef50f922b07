/** The socket steps: calls on a process of the host under test, whose results are the tables' words. */
import { errnoName } from '../../../src/base/index.ts'
import {
  AF_INET,
  AF_INET6,
  Fcntl,
  Msg,
  newSocketName,
  O_NONBLOCK,
  type OptionBox,
  Poll,
  type Process,
  SOCK_DGRAM,
  SOCK_STREAM,
  type SocketAddress,
} from '../../../src/stack/index.ts'
import { type State, stateName, type TcpStatus } from '../../../src/tcp/index.ts'
import { addressText, type Family, symbol } from './addresses.ts'
import { octetsOf, optionHex, optionNumbers, optionText } from './options.ts'

/** What a step answers: a number, or text. */
export type Result = number | string

/** A step that nobody can even write down for this stack; its row belongs into `differences.ts`. */
export class Inexpressible extends Error {}

/** The result of a call on a name that stands for nothing, because the accept() before it failed. */
const NO_SOCKET = 'no such socket'

/** A name of a row and what it stands for. */
interface Entry {
  readonly fd: number
  readonly six: boolean
  /** Whether IPv4 addresses are written as IPv6 on it. */
  readonly mapped: boolean
}

const POLL_NAMES: readonly (readonly [bit: number, name: string])[] = [
  [Poll.IN, 'IN'],
  [Poll.PRI, 'PRI'],
  [Poll.OUT, 'OUT'],
  [Poll.RDHUP, 'RDHUP'],
  [Poll.ERR, 'ERR'],
  [Poll.HUP, 'HUP'],
  [Poll.NVAL, 'NVAL'],
]
const SHUTDOWNS: Readonly<Record<string, number>> = { rd: 0, wr: 1, rdwr: 2, bad: 3 }
/** `fill` sends in pieces of this size; so many fill any buffer that there is. */
const PIECE = 65_536
const PIECES_MAX = 10_000

/** A row's sockets by name. */
export class Sockets {
  readonly #process: Process
  readonly #family: Family
  readonly #byName = new Map<string, Entry>()

  constructor(process: Process, family: Family) {
    this.#process = process
    this.#family = family
  }

  /** `s = tcp`, `c = l accept`, `d = s dup` */
  make(name: string, [kind = '', verb]: readonly string[]): Result {
    if (/^(tcp|udp)/.test(kind)) return this.#socket(name, kind)
    const source = this.#byName.get(kind)
    if (source === undefined) return NO_SOCKET
    if (verb === 'accept') return this.#keep(name, this.#process.accept(source.fd), source)
    if (verb === 'dup') return this.#keep(name, this.#process.dup(source.fd), source)
    throw new Error(`a socket is made by tcp, udp, accept or dup, not by '${verb}'`)
  }

  #socket(name: string, kind: string): Result {
    const family = kind.slice(3, 4) || (this.#family === '4' ? '4' : '6')
    const six = family === '6'
    const type = kind.startsWith('tcp') ? SOCK_STREAM : SOCK_DGRAM
    const mapped = this.#family === 'mapped' && kind.length === 3
    const fd = this.#process.socket(six ? AF_INET6 : AF_INET, type)
    const result = this.#keep(name, fd, { fd, six, mapped })
    if (kind === 'tcp6only') this.#set({ fd, six, mapped }, 'IPV6_V6ONLY', ['1'])
    return result
  }

  #keep(name: string, fd: number, like: Entry): Result {
    if (fd < 0) return told(fd)
    this.#byName.set(name, { ...like, fd })
    return 0
  }

  /** `s bind host:80`, `s send 3 MSG_OOB`, …: one call. */
  call(name: string, verb: string, words: readonly string[]): Result {
    const entry = this.#byName.get(name)
    if (entry === undefined) return NO_SOCKET
    const { fd, mapped } = entry
    const process = this.#process
    const [first = '', second = ''] = words
    switch (verb) {
      case 'bind':
        return told(process.bind(fd, namedAddress(entry, words)))
      case 'connect':
        return told(process.connect(fd, first === 'unspec' ? null : namedAddress(entry, words)))
      case 'listen':
        return told(process.listen(fd, Number(first)))
      case 'accept':
        return told(Math.min(0, process.accept(fd)))
      case 'send':
        return told(process.send(fd, octets(first), flagsOf(words.slice(1)) | Msg.NOSIGNAL))
      case 'sendto':
        return told(process.sendto(fd, octets(second), Msg.NOSIGNAL, namedAddress(entry, words.slice(0, 1))))
      case 'fill':
        return this.#fill(fd)
      case 'recv':
        return told(process.recv(fd, octets(first), flagsOf(words.slice(1))))
      case 'shutdown':
        return told(process.shutdown(fd, SHUTDOWNS[first] as number))
      case 'close':
        return told(process.close(fd))
      case 'getsockname':
      case 'getpeername':
        return this.#nameOf(fd, verb, mapped)
      case 'set':
        return this.#set(entry, first, words.slice(1))
      case 'get':
        return this.#get(entry, first, second)
      case 'info':
        return this.#info(fd, words)
      case 'poll':
        return this.#poll(fd)
      case 'nonblock':
        return told(process.fcntl(fd, Fcntl.SETFL, O_NONBLOCK))
      default:
        throw new Error(`there is no call '${verb}'`)
    }
  }

  /** Sends until the socket takes no more; how much differs between kernels and is no result. */
  #fill(fd: number): Result {
    const piece = octets(String(PIECE))
    for (let i = 0; i < PIECES_MAX; i++) {
      if (this.#process.send(fd, piece, Msg.NOSIGNAL) < 0) return 0
    }
    throw new Error(`the socket took ${PIECES_MAX} pieces of ${PIECE} octets and is not full`)
  }

  #nameOf(fd: number, call: 'getsockname' | 'getpeername', mapped: boolean): Result {
    const name = newSocketName()
    const result = this.#process[call](fd, name)
    return result < 0 ? told(result) : symbol(name.address, name.port, mapped)
  }

  #set({ fd }: Entry, option: string, words: readonly string[]): Result {
    if (option === 'TCP_CONGESTION') return told(this.#process.setsockopt(fd, ...optionNumbers(option), words[0] ?? ''))
    const values = words.filter((word) => !word.includes('=')).map(Number)
    const length = lengthOf(words)
    if (length !== undefined && length < 0) throw new Inexpressible('a value has no negative number of octets')
    return told(this.#process.setsockopt(fd, ...optionNumbers(option), octetsOf(values, length)))
  }

  #get({ fd }: Entry, option: string, rest: string): Result {
    const box: OptionBox = { value: 0 }
    const result = this.#process.getsockopt(fd, ...optionNumbers(option), box)
    if (result < 0) return told(result)
    const room = lengthOf([rest])
    if (room !== undefined && room < 0) throw new Inexpressible('nobody has room for a negative number of octets')
    return room === undefined ? optionText(option, box.value) : optionHex(box.value, room)
  }

  #info(fd: number, fields: readonly string[]): Result {
    const box: OptionBox = { value: 0 }
    const result = this.#process.getsockopt(fd, ...optionNumbers('TCP_INFO'), box)
    if (result < 0) return told(result)
    const status = box.value as TcpStatus
    return fields
      .map((field) => (field === 'state' ? stateName(status.state as State) : String(status[field as keyof TcpStatus])))
      .join(' ')
  }

  #poll(fd: number): Result {
    const entry = { fd, events: Poll.IN | Poll.PRI | Poll.OUT | Poll.RDHUP, revents: 0 }
    this.#process.poll([entry])
    const names = POLL_NAMES.filter(([bit]) => (entry.revents & bit) !== 0).map(([, name]) => name)
    return names.join('|') || 'none'
  }
}

/** `host:80`, and behind it `len=N`. */
function namedAddress({ six, mapped }: Entry, words: readonly string[]): SocketAddress {
  if (lengthOf(words) !== undefined) throw new Inexpressible('an address here is no sockaddr with a length')
  const [name = '', port = '0'] = (words[0] ?? '').split(':')
  if (name === 'unspec') throw new Inexpressible('an address here has no family of its own')
  return { address: addressText(name, six, mapped), port: Number(port) }
}

function lengthOf(words: readonly string[]): number | undefined {
  const word = words.find((one) => one.startsWith('len='))
  return word === undefined ? undefined : Number(word.slice('len='.length))
}

function flagsOf(words: readonly string[]): number {
  return words.reduce((bits, word) => {
    const bit = Msg[word.replace('MSG_', '') as keyof typeof Msg]
    if (bit === undefined) throw new Error(`there is no flag '${word}'`)
    return bits | bit
  }, 0)
}

function octets(count: string): Uint8Array {
  return new Uint8Array(Number(count)).fill(0x78)
}

function told(result: number): Result {
  return result < 0 ? errnoName(result) : result
}
