import { Errno, entryOf, errnoName } from '../../base/index.ts'
import { AF_INET, AF_INET6, Msg, Poll, SOCK_NONBLOCK, SOCK_STREAM, type SocketAddress } from '../../stack/index.ts'
import { Address } from '../../wire/index.ts'
import type { Begun, Caller } from '../calls/caller.ts'
import { socketAddress } from '../calls/sockets.ts'
import { dataOf, messageFlags, sizeOf, textOf, vectorLength } from '../calls/transfer.ts'
import { fieldsOf, inner, isOpen, numberOf } from '../calls/values.ts'
import type { CallSpec, Expression } from '../language/ast.ts'
import { printExpression } from '../language/print.ts'
import type { RunConfig } from '../run/config.ts'
import { Mismatch, meant, Unsupported } from '../run/outcome.ts'
import type { End, Subject } from './subject.ts'
import type { SubjectStage } from './subject-stage.ts'

const TYPE_MASK = 0xff
const F_GETFL = 3
const F_SETFL = 4
const O_RDWR = 2

/** A socket of the script. */
interface Open {
  /** The stack's own number of it. */
  readonly fd: number
  nonblocking: boolean
}

type Handler = (args: readonly Expression[], caller: SubjectCaller) => Partial<Begun> & Pick<Begun, 'attempt'>

/** Makes a script's calls on somebody else's stack: those that every stack has. */
export class SubjectCaller implements Caller {
  readonly callsBesideAtOnce = false
  readonly stage: SubjectStage
  readonly config: RunConfig
  readonly #open = new Map<number, Open>()

  constructor(stage: SubjectStage, config: RunConfig) {
    this.stage = stage
    this.config = config
  }

  get subject(): Subject {
    return this.stage.subject
  }

  begin(spec: CallSpec, wanted: number): Begun {
    const handler = entryOf(HANDLERS, spec.name)
    if (handler === undefined)
      throw new Unsupported(`call ${spec.name}() of a stack of one's own${meant(spec.name, Object.keys(HANDLERS))}`)
    const { opens = false, finish, ...started } = handler(spec.args, this)
    const nonblocking = opens && opensNonblocking(spec)
    return {
      ...started,
      opens,
      finish: (result) => {
        if (opens && result >= 0) this.#open.set(wanted >= 0 ? wanted : result, { fd: result, nonblocking })
        finish?.(result)
      },
    }
  }

  errnoOf(result: number): string {
    return result < 0 ? errnoName(result, 'linux') : ''
  }

  /** The socket of a script's descriptor; undefined: it has none. */
  socket(argument: Expression | undefined): Open | undefined {
    return this.#open.get(numberOf(argument, 'the descriptor'))
  }

  /** The script's descriptor is gone. */
  forget(argument: Expression | undefined): void {
    this.#open.delete(numberOf(argument, 'the descriptor'))
  }

  /** The newest socket's number in the stack; −1: there is none. */
  get newest(): number {
    return [...this.#open.values()].at(-1)?.fd ?? -1
  }
}

function opensNonblocking({ name, args }: CallSpec): boolean {
  const flags = name === 'socket' ? args[1] : name === 'accept4' ? args[3] : undefined
  return !isOpen(flags) && (numberOf(flags, 'the flags') & SOCK_NONBLOCK) !== 0
}

/** A call that does not wait. */
function once(result: number, finish?: (result: number) => void): ReturnType<Handler> {
  return { attempt: () => result, ...(finish && { finish }) }
}

/** A call about a socket, or −EBADF. */
function ofSocket(
  call: (socket: Open, args: readonly Expression[], caller: SubjectCaller) => ReturnType<Handler>,
): Handler {
  return (args, caller) => {
    const socket = caller.socket(args[0])
    return socket === undefined ? once(-Errno.EBADF) : call(socket, args, caller)
  }
}

/** A call that waits where the socket does, until `work` no longer says −EAGAIN. */
function waiting({ nonblocking }: Open, flags: number, work: () => number): ReturnType<Handler> {
  const waits = !nonblocking && (flags & Msg.DONTWAIT) === 0
  return {
    attempt() {
      const result = work()
      return waits && result === -Errno.EAGAIN ? null : result
    },
  }
}

/** Where bind() goes when the script leaves it open. */
function own({ config }: SubjectCaller): SocketAddress {
  return { address: config.ipVersion === 'ipv4-mapped-ipv6' ? '::' : config.localIp, port: config.bindPort }
}

/** Where connect() goes when the script leaves it open. */
function peer({ config }: SubjectCaller): SocketAddress {
  const { ipVersion, remoteIp, connectPort } = config
  return { address: ipVersion === 'ipv4-mapped-ipv6' ? remoteIp.asV6() : remoteIp, port: connectPort }
}

/** An address argument as the stack gets it; null: AF_UNSPEC. */
function endOf(argument: Expression | undefined, fallback: SocketAddress): End | null {
  const to = socketAddress(argument, fallback)
  return to === null ? null : { address: String(to.address), port: to.port }
}

/** An active open is the connection that the script's packets are about from here on. */
function follow({ stage, subject }: SubjectCaller, fd: number, to: End, begun: number): void {
  if (begun < 0 && begun !== -Errno.EINPROGRESS) return
  const name = subject.localName(fd)
  const [local, remote] = [Address.parse(name.address), Address.parse(to.address)]
  if (local === undefined || remote === undefined)
    throw new Mismatch(`'${name.address}', '${to.address}': expected two addresses, those of the stack and of its peer`)
  stage.flows.connect(local.unmapped(), name.port, remote.unmapped(), to.port, begun < 0)
}

function receiving(
  socket: Open,
  size: number,
  flags: number,
  text: string | null,
  { subject }: SubjectCaller,
): ReturnType<Handler> {
  const into = new Uint8Array(Math.max(0, size))
  return {
    ...waiting(socket, flags, () => subject.receive(socket.fd, into, flags)),
    finish(result) {
      const seen = String.fromCharCode(...into.subarray(0, Math.max(0, result)))
      if (text !== null && seen !== text.slice(0, seen.length))
        throw new Mismatch(`read ${JSON.stringify(seen)}, expected ${JSON.stringify(text)}`)
    },
  }
}

/** A blocking socket takes everything before the call returns. */
function sending(socket: Open, data: Uint8Array, flags: number, { subject }: SubjectCaller): ReturnType<Handler> {
  const waits = !socket.nonblocking && (flags & Msg.DONTWAIT) === 0
  let done = 0
  return {
    attempt() {
      for (;;) {
        const result = subject.send(socket.fd, data.subarray(done), flags)
        if (result === -Errno.EAGAIN && waits) return null
        if (result < 0) return done > 0 ? done : result
        done += result
        if (done >= data.length || !waits) return done
      }
    },
  }
}

/** An option's value as a number, `[1]` or `1`. */
function numberIn(value: Expression | undefined): number {
  const found = inner(value)
  if (found?.kind === 'struct' || found?.kind === 'string')
    throw new Unsupported(`option ${printExpression(found)} of a stack of one's own: numbers alone`)
  return numberOf(found, 'the value')
}

/** `poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 0)` */
const poll: Handler = ([list, , timeout], caller) => {
  const ask = caller.subject.poll?.bind(caller.subject)
  if (ask === undefined) throw new Unsupported('poll(): the stack under test has none')
  const items = list?.kind === 'list' ? list.items : []
  const entries = items.map((item) => {
    const fields = fieldsOf(item, 'an entry', ['fd', 'events', 'revents'])
    const number = (name: string): number => numberOf(fields.get(name)?.value, name)
    const fd = caller.socket(fields.get('fd')?.value)?.fd
    return { fd, events: number('events') | Poll.ERR | Poll.HUP, expected: fields.get('revents')?.value }
  })
  const ms = numberOf(timeout, 'the timeout')
  const deadline = ms < 0 ? Number.POSITIVE_INFINITY : caller.stage.now + ms * 1000
  const look = (): number[] => entries.map(({ fd, events }) => (fd === undefined ? Poll.NVAL : ask(fd) & events))
  return {
    deadline,
    attempt() {
      const ready = look().filter((bits) => bits !== 0).length
      return ready > 0 || caller.stage.now >= deadline ? ready : null
    },
    finish() {
      for (const [i, bits] of look().entries()) {
        const { expected } = entries[i] as (typeof entries)[number]
        if (!isOpen(expected) && numberOf(expected, 'revents') !== bits)
          throw new Mismatch(`revents is ${bits}, expected ${printExpression(expected as Expression)}`)
      }
    },
  }
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  socket: ([family, type], caller) => {
    if ((numberOf(type, 'the type') & TYPE_MASK) !== SOCK_STREAM)
      throw new Unsupported("socket() of another type than SOCK_STREAM, of a stack of one's own")
    const domain = isOpen(family)
      ? caller.config.ipVersion === 'ipv4'
        ? AF_INET
        : AF_INET6
      : numberOf(family, 'the family')
    return { ...once(caller.subject.socket(domain)), opens: true }
  },
  bind: ofSocket(({ fd }, [, address], caller) => {
    const to = endOf(address, own(caller))
    return once(to === null ? -Errno.EAFNOSUPPORT : caller.subject.bind(fd, to))
  }),
  listen: ofSocket(({ fd }, [, backlog], { subject, stage }) => {
    const result = subject.listen(fd, numberOf(backlog, 'the backlog'))
    if (result === 0) stage.flows.listen(subject.localName(fd).port)
    return once(result)
  }),
  accept: ofSocket((socket, _args, { subject }) => ({
    ...waiting(socket, 0, () => subject.accept(socket.fd)),
    opens: true,
  })),
  accept4: ofSocket((socket, _args, { subject }) => ({
    ...waiting(socket, 0, () => subject.accept(socket.fd)),
    opens: true,
  })),
  connect: ofSocket((socket, [, address], caller) => {
    const to = endOf(address, peer(caller))
    if (to === null) throw new Unsupported("connect() to AF_UNSPEC of a stack of one's own")
    const begun = caller.subject.connect(socket.fd, to)
    follow(caller, socket.fd, to, begun)
    if (begun !== -Errno.EINPROGRESS || socket.nonblocking) return once(begun)
    return {
      attempt() {
        const result = caller.subject.connect(socket.fd, to)
        return result === -Errno.EALREADY || result === -Errno.EINPROGRESS ? null : result
      },
    }
  }),
  read: ofSocket((socket, [, buffer, count], caller) =>
    receiving(socket, sizeOf(buffer, count), 0, textOf(buffer), caller),
  ),
  recv: ofSocket((socket, [, buffer, count, flags], caller) =>
    receiving(socket, sizeOf(buffer, count), messageFlags(flags), textOf(buffer), caller),
  ),
  readv: ofSocket((socket, [, vector, count], caller) =>
    receiving(socket, vectorLength(vector, count), 0, null, caller),
  ),
  write: ofSocket((socket, [, buffer, count], caller) =>
    sending(socket, dataOf(buffer, sizeOf(buffer, count)), 0, caller),
  ),
  send: ofSocket((socket, [, buffer, count, flags], caller) =>
    sending(socket, dataOf(buffer, sizeOf(buffer, count)), messageFlags(flags), caller),
  ),
  writev: ofSocket((socket, [, vector, count], caller) =>
    sending(socket, new Uint8Array(vectorLength(vector, count)), 0, caller),
  ),
  shutdown: ofSocket(({ fd }, [, how], { subject }) => once(subject.shutdown(fd, numberOf(how, 'how')))),
  close: ofSocket(({ fd }, [argument], caller) => {
    caller.forget(argument)
    return once(caller.subject.close(fd))
  }),
  fcntl: ofSocket((socket, [, command, flags]) => {
    switch (numberOf(command, 'the command')) {
      case F_GETFL:
        return once(O_RDWR | (socket.nonblocking ? SOCK_NONBLOCK : 0))
      case F_SETFL:
        socket.nonblocking = (numberOf(flags, 'the flags') & SOCK_NONBLOCK) !== 0
        return once(0)
      default:
        throw new Unsupported("fcntl() other than F_GETFL and F_SETFL, of a stack of one's own")
    }
  }),
  setsockopt: ofSocket(({ fd }, [, level, option, value], { subject }) => {
    if (subject.setsockopt === undefined) throw new Unsupported('setsockopt(): the stack under test has none')
    return once(subject.setsockopt(fd, numberOf(level, 'the level'), numberOf(option, 'the option'), numberIn(value)))
  }),
  getsockopt: ofSocket(({ fd }, [, level, option, value], { subject }) => {
    if (subject.getsockopt === undefined) throw new Unsupported('getsockopt(): the stack under test has none')
    const result = subject.getsockopt(fd, numberOf(level, 'the level'), numberOf(option, 'the option'))
    return once(Math.min(result, 0), () => {
      if (result >= 0 && !isOpen(value) && numberIn(value) !== result)
        throw new Mismatch(`the option is ${result}, expected ${printExpression(value as Expression)}`)
    })
  }),
  poll,
}
