/** The sockets of a stack that runs in this program, as the program's own code uses them: calls that do not wait, and a word when to try again. */
import { Errno, type ErrnoName, errnoNumbers } from '../../base/index.ts'
import {
  AF_INET,
  AF_INET6,
  formatAddress,
  Ipv6Option,
  Level,
  newSocketName,
  type OptionBox,
  type Personality,
  type Process,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_STREAM,
  So,
  type Socket,
  TcpOption,
} from '../../stack/index.ts'
import type { StackLoop } from '../device/stack-loop.ts'
import { HostError } from '../errors.ts'

/** Descriptors of one program: enough for whoever comes. */
const NOFILE = 1 << 16
const BACKLOG = 1024

/** The wildcard of each family. */
const ANY: readonly { readonly family: number; readonly address: string }[] = [
  { family: AF_INET, address: '0.0.0.0' },
  { family: AF_INET6, address: '::' },
]

/** The largest datagram. */
const DATAGRAM_MAX = 65_535
/** What comes from such ports might answer an answer, and so on without end: it has none (as inetd has it). */
const ANSWERING_PORTS_MAX = 511
const datagram = new Uint8Array(DATAGRAM_MAX)

/** One descriptor. */
export class StackSocket {
  readonly #loop: StackLoop
  readonly #process: Process
  readonly #fd: number
  readonly #sockets: Map<Socket, StackSocket>
  readonly #socket: Socket
  /** Told when a call that answered −EAGAIN may do better, or an error waits. */
  onReady: () => void = () => undefined
  #open = true

  /** Made by `StackSockets`. */
  constructor(loop: StackLoop, process: Process, fd: number, sockets: Map<Socket, StackSocket>) {
    this.#loop = loop
    this.#process = process
    this.#fd = fd
    this.#sockets = sockets
    this.#socket = process.file(fd) as Socket
    sockets.set(this.#socket, this)
  }

  /** False after `close`. */
  get isOpen(): boolean {
    return this.#open
  }

  /** Whether a call answered that there is nothing to be done now. */
  isAgain(result: number): boolean {
    return result === -this.#process.host.errno(Errno.EAGAIN)
  }

  /** The name of the errno that a call answered: `ECONNRESET`. */
  errorName(result: number): ErrnoName {
    return errorName(this.#process.host.personality, result)
  }

  /** `10.91.0.1:40000`, or '' while it has no peer. */
  get peer(): string {
    const name = newSocketName()
    return this.#process.getpeername(this.#fd, name) < 0 ? '' : formatAddress(name.address, name.port)
  }

  /** @returns octets read, 0 at end of file, or −errno */
  receive(into: Uint8Array): number {
    return this.#loop.run(() => this.#process.recv(this.#fd, into))
  }

  /** @returns octets taken, or −errno */
  send(data: Uint8Array): number {
    return this.#loop.run(() => this.#process.send(this.#fd, data))
  }

  /**
   * Answers each datagram that has come.
   * @param port its own: another such service may have the same
   */
  answerAll(port: number, answer: (datagram: Uint8Array) => Uint8Array | undefined): void {
    this.#loop.run(() => {
      const from = newSocketName()
      for (;;) {
        const octets = this.#process.recvfrom(this.#fd, datagram, 0, from)
        if (octets < 0) return
        if (from.port <= ANSWERING_PORTS_MAX || from.port === port) continue
        const text = answer(datagram.subarray(0, octets))
        // One that finds no room is lost, as datagrams are.
        if (text !== undefined) this.#process.sendto(this.#fd, text, 0, from)
      }
    })
  }

  /** Nothing more will be sent. */
  end(): number {
    return this.#loop.run(() => this.#process.shutdown(this.#fd, SHUT_WR))
  }

  /** poll(): what is true of it now. */
  poll(events: number): number {
    const entry = { fd: this.#fd, events, revents: 0 }
    this.#process.poll([entry])
    return entry.revents
  }

  /** TCP_INFO: segments that were sent again. */
  get retransmissions(): number {
    const box: OptionBox = { value: 0 }
    this.#process.getsockopt(this.#fd, Level.IPPROTO_TCP, TcpOption.INFO, box)
    return typeof box.value === 'object' && 'total_retrans' in box.value ? box.value.total_retrans : 0
  }

  /** How the last attempt to connect ended: 0 when it is open, or the errno. */
  connectResult(to: { readonly address: string; readonly port: number }): number {
    return this.#loop.run(() => this.#process.connect(this.#fd, to))
  }

  /** Gives the descriptor up. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#sockets.delete(this.#socket)
    this.#loop.run(() => this.#process.close(this.#fd))
  }

  /** Takes the next connection of a listener; undefined when there is none now. */
  accept(): StackSocket | undefined {
    return this.#loop.run(() => {
      const fd = this.#process.accept(this.#fd)
      if (fd < 0) return undefined
      // A client that has vanished is to be noticed one day, by a service that waits for it too.
      this.#process.setsockopt(fd, Level.SOL_SOCKET, So.KEEPALIVE, 1)
      return new StackSocket(this.#loop, this.#process, fd, this.#sockets)
    })
  }
}

/** Makes sockets for one program that runs on the stack. */
export class StackSockets {
  readonly #loop: StackLoop
  readonly #sockets: Map<Socket, StackSocket>

  /** @param sockets every socket of the stack, shared by its programs; `tellReady` is what reads it */
  constructor(loop: StackLoop, sockets: Map<Socket, StackSocket>) {
    this.#loop = loop
    this.#sockets = sockets
  }

  /**
   * Listens on a port, in both families.
   * @param program the name that `ss -p` shows
   * @throws HostError when the port is taken
   */
  listen(program: string, port: number, connected: (socket: StackSocket) => void): readonly StackSocket[] {
    return this.#loop.run(() => {
      const process = this.#loop.host.spawn(program, { nofile: NOFILE })
      return ANY.map(({ family, address }) => {
        const fd = process.socket(family, SOCK_STREAM)
        // Connections of whoever listened here before must not be in the way.
        process.setsockopt(fd, Level.SOL_SOCKET, So.REUSEADDR, 1)
        bindAt(process, fd, { family, address, port })
        if (process.listen(fd, BACKLOG) !== 0) throw portInUse(process, port)
        const listener = new StackSocket(this.#loop, process, fd, this.#sockets)
        listener.onReady = () => {
          for (let next = listener.accept(); next !== undefined; next = listener.accept()) connected(next)
        }
        return listener
      })
    })
  }

  /**
   * Answers datagrams that come to a port, in both families.
   * @param program the name that `ss -p` shows
   * @throws HostError when the port is taken
   */
  answer(program: string, port: number, answer: (datagram: Uint8Array) => Uint8Array | undefined): void {
    this.#loop.run(() => {
      const process = this.#loop.host.spawn(program, { nofile: NOFILE })
      for (const { family, address } of ANY) {
        const fd = process.socket(family, SOCK_DGRAM)
        bindAt(process, fd, { family, address, port })
        const socket = new StackSocket(this.#loop, process, fd, this.#sockets)
        socket.onReady = () => socket.answerAll(port, answer)
      }
    })
  }

  /**
   * Begins to connect; `onReady` is told when that has ended, and `connectResult` how.
   * @returns the socket, or the name of the errno
   */
  connect(program: string, to: { readonly address: string; readonly port: number }): StackSocket | ErrnoName {
    return this.#loop.run(() => {
      const process = this.#loop.host.spawn(program, { nofile: NOFILE })
      const fd = process.socket(to.address.includes(':') ? AF_INET6 : AF_INET, SOCK_STREAM)
      const result = process.connect(fd, to)
      if (result === -this.#loop.host.errno(Errno.EINPROGRESS))
        return new StackSocket(this.#loop, process, fd, this.#sockets)
      process.exit()
      return errorName(this.#loop.host.personality, result)
    })
  }
}

/** Binds to a family's wildcard, and to no other family's. @throws HostError when the port is taken */
function bindAt(
  process: Process,
  fd: number,
  { family, address, port }: { readonly family: number; readonly address: string; readonly port: number },
): void {
  if (family === AF_INET6) process.setsockopt(fd, Level.IPPROTO_IPV6, Ipv6Option.V6ONLY, 1)
  if (process.bind(fd, { address, port }) !== 0) throw portInUse(process, port)
}

function portInUse(process: Process, port: number): HostError {
  process.exit()
  return new HostError(`port ${port} of the stack is in use: choose another`)
}

function errorName({ errno }: Personality, result: number): ErrnoName {
  const numbers = errnoNumbers[errno]
  return (Object.keys(numbers) as ErrnoName[]).find((name) => numbers[name] === -result) ?? 'EIO'
}

/** What a host's `onReady` is to be: passes the word on to whoever holds the socket here. */
export function tellReady(sockets: ReadonlyMap<Socket, StackSocket>): (batch: readonly Socket[]) => void {
  return (batch) => {
    for (const socket of batch) sockets.get(socket)?.onReady()
  }
}
