import { assert, Errno, errnoName, type Micros } from '../base/index.ts'
import {
  AF_INET,
  type Attachment,
  describeSockets,
  Host,
  type HostOptions,
  linkPair,
  newSocketName,
  type OptionBox,
  type OptionValue,
  Poll,
  type Process,
  pump,
  SOCK_STREAM,
} from './index.ts'

/** What a call's result is called: a number, or the errno's name in the canonical numbers. */
export function told(result: number): number | string {
  return result < 0 ? errnoName(result) : result
}

/** Text as octets. */
export function octets(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}

interface TwoHostsOptions {
  readonly client?: Partial<HostOptions>
  readonly server?: Partial<HostOptions>
  readonly mtu?: number
  readonly offload?: boolean
  /** Of both interfaces, as `InterfaceOptions` has it. */
  readonly genericOffload?: boolean
}

/** A client and a server on one wire without length; time moves only when it is told to. */
export class TwoHosts {
  readonly client: Host
  readonly server: Host
  readonly nc: Process
  readonly httpd: Process
  readonly a: Attachment<Host>
  readonly b: Attachment<Host>
  now: Micros = 0

  constructor(options: TwoHostsOptions = {}) {
    const [here, there] = linkPair({ mtu: options.mtu ?? 1500, offload: options.offload ?? false })
    this.client = new Host({ name: 'client', seed: 1, ...options.client })
    this.server = new Host({ name: 'server', seed: 2, ...options.server })
    const { genericOffload = true } = options
    const left = this.client.addInterface({
      name: 'eth0',
      link: here,
      addresses: ['10.0.0.1/24', '10.0.0.3/24', '2001:db8::1/64'],
      genericOffload,
    })
    const right = this.server.addInterface({
      name: 'eth0',
      link: there,
      addresses: ['10.0.0.2/24', '2001:db8::2/64'],
      genericOffload,
    })
    this.a = { host: this.client, iface: left.index, link: here }
    this.b = { host: this.server, iface: right.index, link: there }
    this.nc = this.client.spawn('nc')
    this.httpd = this.server.spawn('httpd')
  }

  /** Lets everything happen that needs no time. */
  settle(): this {
    let busy = true
    while (busy) {
      busy = pump(this.now, this.a, this.b) > 0
      for (const { host } of [this.a, this.b]) {
        if (host.nextDeadline() > this.now) continue
        host.advance(this.now)
        busy = true
      }
    }
    return this
  }

  /** Lets time pass, every timer on its way included. */
  pass(duration: Micros): this {
    const until = this.now + duration
    for (this.settle(); ; this.settle()) {
      const next = Math.min(this.client.nextDeadline(), this.server.nextDeadline())
      if (next > until) break
      this.now = next
    }
    this.now = until
    for (const { host } of [this.a, this.b]) host.advance(until)
    return this.settle()
  }

  /** Loses whatever is on its way. */
  lose(): void {
    for (const { link } of [this.a, this.b]) while (link.queue.size > 0) link.queue.shift()
  }

  /** A listener of the server's. */
  listen(port = 80, backlog = 8, family: number = AF_INET): number {
    const fd = this.httpd.socket(family, SOCK_STREAM)
    this.httpd.bind(fd, { address: family === AF_INET ? '0.0.0.0' : '::', port })
    const result = this.httpd.listen(fd, backlog)
    assert(result === 0, `listen at port ${port}: ${told(result)}`)
    return fd
  }

  /** A connection to a listener that is there: the client's descriptor and the server's. */
  connect(listener: number, port = 80, address = '10.0.0.2', family: number = AF_INET): [number, number] {
    const fd = this.nc.socket(family, SOCK_STREAM)
    const result = this.nc.connect(fd, { address, port })
    assert(result === -this.client.errno(Errno.EINPROGRESS), `connect: ${told(result)}`)
    this.settle()
    const accepted = this.httpd.accept(listener)
    assert(accepted > 0, `accept: ${told(accepted)}`)
    return [fd, accepted]
  }

  /** The states of a host's TCP sockets, sorted. */
  states(host: Host): string[] {
    return describeSockets(host)
      .filter(({ netid }) => netid === 'tcp')
      .map(({ state }) => state)
      .sort()
  }
}

/** Reads an option; the test fails if it cannot be read. */
export function get(process: Process, fd: number, level: number, name: number): OptionValue {
  const box: OptionBox = { value: 0 }
  const result = process.getsockopt(fd, level, name, box)
  assert(result === 0, `getsockopt: ${told(result)}`)
  return box.value
}

/** What poll() reports when asked for everything: `IN|OUT`. */
export function polled(process: Process, fd: number): string {
  const entry = { fd, events: Poll.IN | Poll.PRI | Poll.OUT | Poll.RDHUP, revents: 0 }
  process.poll([entry])
  const names = Object.entries(Poll).filter(([, bit]) => (entry.revents & bit) !== 0)
  return names.map(([name]) => name).join('|')
}

/** `10.0.0.1:80` of getsockname or getpeername. */
export function nameOf(process: Process, call: 'getsockname' | 'getpeername', fd: number): string {
  const name = newSocketName()
  const result = process[call](fd, name)
  return result < 0 ? errnoName(result) : `${name.address}:${name.port}`
}

/** What recv() gives, as text. */
export function text(process: Process, fd: number, flags = 0, length = 65_536): string | number {
  const into = new Uint8Array(length)
  const result = process.recv(fd, into, flags)
  if (result < 0) return errnoName(result)
  return result === 0 ? 0 : String.fromCharCode(...into.subarray(0, result))
}
