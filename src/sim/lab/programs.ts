import type { Micros } from '../../base/index.ts'
import type { Program, ProgramBody, Running } from '../program.ts'

/** How a listener is set up. */
export interface ListenOptions {
  /** SO_REUSEADDR before bind(). */
  readonly reuseAddress?: boolean
  readonly backlog?: number
  /** Default: every address. */
  readonly address?: string
}

/** socket, setsockopt, bind, listen. The descriptor, or the negative errno of the first call that fails. */
export function listen(p: Program, port: number, options: ListenOptions = {}): number {
  const fd = p.socket()
  if (options.reuseAddress === true) p.setsockopt(fd, 'SO_REUSEADDR', 1)
  const bound = p.bind(fd, options.address ?? '0.0.0.0', port)
  if (bound < 0) return bound
  const listening = p.listen(fd, options.backlog ?? 128)
  return listening < 0 ? listening : fd
}

/** socket and connect, from a port of the program's own choice if one is given. The descriptor, or a negative errno. */
export function* dial(p: Program, to: string, port: number, localPort = 0): Running<number> {
  const fd = p.socket()
  if (localPort !== 0) {
    p.setsockopt(fd, 'SO_REUSEADDR', 1)
    const bound = p.bind(fd, '0.0.0.0', localPort)
    if (bound < 0) return bound
  }
  const connected = yield* p.connect(fd, to, port)
  if (connected < 0) {
    p.close(fd)
    return connected
  }
  return fd
}

/** A server that reads what it is sent and closes when its client has: what a server should be. */
export function politeServer(port: number, options: ListenOptions = {}): ProgramBody {
  return function* (p) {
    const fd = listen(p, port, options)
    if (fd < 0) return
    for (;;) {
      const conn = yield* p.accept(fd)
      if (conn < 0) return
      p.start(function* () {
        yield* p.readAll(conn)
        p.close(conn)
      })
    }
  }
}

/** A server with the usual mistake: it reads to the end and forgets to close. */
export function leakyServer(
  port: number,
  options: ListenOptions & { readonly keepalive?: KeepAlive } = {},
): ProgramBody {
  return function* (p) {
    const fd = listen(p, port, { reuseAddress: true, ...options })
    if (fd < 0) return
    for (;;) {
      const conn = yield* p.accept(fd)
      if (conn < 0) return
      if (options.keepalive !== undefined) turnOnKeepAlive(p, conn, options.keepalive)
      p.start(function* () {
        yield* p.readAll(conn)
      })
    }
  }
}

/** Keep-alive with an idle time of its own, seconds. */
export interface KeepAlive {
  readonly idleSeconds: number
  readonly intervalSeconds: number
  readonly count: number
}

function turnOnKeepAlive(p: Program, fd: number, keepalive: KeepAlive): void {
  p.setsockopt(fd, 'SO_KEEPALIVE', 1)
  p.setsockopt(fd, 'TCP_KEEPIDLE', keepalive.idleSeconds)
  p.setsockopt(fd, 'TCP_KEEPINTVL', keepalive.intervalSeconds)
  p.setsockopt(fd, 'TCP_KEEPCNT', keepalive.count)
}

/** A server that says something and closes at once, before its client does: it becomes the active closer. */
export function closingServer(port: number, options: ListenOptions & { readonly text?: string } = {}): ProgramBody {
  return function* (p) {
    const fd = listen(p, port, options)
    if (fd < 0) return
    for (;;) {
      const conn = yield* p.accept(fd)
      if (conn < 0) return
      yield* p.send(conn, options.text ?? 'goodbye\n')
      p.close(conn)
    }
  }
}

/** A server that accepts and then leaves its connections alone. */
export function idleServer(port: number, options: ListenOptions = {}): ProgramBody {
  return function* (p) {
    const fd = listen(p, port, options)
    if (fd < 0) return
    for (;;) if ((yield* p.accept(fd)) < 0) return
  }
}

/** A client that connects, says something and closes after a while. */
export function briefClient(
  to: string,
  port: number,
  options: { readonly staysUs?: Micros; readonly text?: string; readonly localPort?: number } = {},
): ProgramBody {
  return function* (p) {
    const fd = yield* dial(p, to, port, options.localPort)
    if (fd < 0) return
    if (options.text !== undefined) yield* p.send(fd, options.text)
    yield* p.sleep(options.staysUs ?? 0)
    p.close(fd)
  }
}

/** A client that connects and stays, doing nothing, until it is ended from outside. */
export function idleClient(to: string, port: number, options: { readonly text?: string } = {}): ProgramBody {
  return function* (p) {
    const fd = yield* dial(p, to, port)
    if (fd < 0) return
    if (options.text !== undefined) yield* p.send(fd, options.text)
    yield* p.forever()
  }
}

/** A client that reads until the server closes, waits, and closes in its turn. */
export function readingClient(to: string, port: number, options: { readonly lingersUs?: Micros } = {}): ProgramBody {
  return function* (p) {
    const fd = yield* dial(p, to, port)
    if (fd < 0) return
    yield* p.readAll(fd)
    yield* p.sleep(options.lingersUs ?? 0)
    p.close(fd)
  }
}
