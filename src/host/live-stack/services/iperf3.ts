/**
 * The server's part of iperf3's protocol, for TCP: one test at a time, in either direction, with any number of parallel streams.
 * A control connection carries states of one octet and JSON behind its length; the data connections begin with the same cookie.
 */
import { cpuUsage, hrtime } from 'node:process'
import { SocketStream } from '../socket-stream.ts'
import type { StackSocket } from '../sockets.ts'
import { discard } from './discard.ts'

/** 36 characters and a zero. */
const COOKIE = 37
const JSON_MAX = 1 << 20
/** Octets offered to one call. */
const CHUNK = 1 << 18
const STREAMS_MAX = 128

/** iperf3's states, as it sends them. */
const State = {
  TEST_START: 1,
  TEST_RUNNING: 2,
  TEST_END: 4,
  PARAM_EXCHANGE: 9,
  CREATE_STREAMS: 10,
  CLIENT_TERMINATE: 12,
  EXCHANGE_RESULTS: 13,
  DISPLAY_RESULTS: 14,
  IPERF_DONE: 16,
  SERVER_ERROR: 0xfe,
  ACCESS_DENIED: 0xff,
} as const

/** iperf3's number for "an option that is not implemented". */
const IEUNIMP = 13

const zeros = new Uint8Array(CHUNK)

/** What the client asks for, as far as it matters here. */
interface Parameters {
  readonly tcp?: boolean
  readonly parallel?: number
  readonly reverse?: boolean
  readonly bidirectional?: boolean
}

interface DataStream {
  readonly socket: StackSocket
  octets: number
}

/** A test under way. */
interface Test {
  readonly cookie: string
  readonly streams: DataStream[]
  wanted: number
  /** Told when all data connections are there. */
  complete: () => void
}

/** An iperf3 server. */
export class Iperf3Server {
  #test: Test | null = null

  /** Takes a connection: a control connection, or one of the data connections of the test under way. */
  connected(socket: StackSocket): void {
    const cookie = Buffer.alloc(COOKIE)
    let filled = 0
    socket.onReady = () => {
      while (filled < COOKIE) {
        const got = socket.receive(cookie.subarray(filled))
        if (socket.isAgain(got)) return
        if (got <= 0) {
          socket.close()
          return
        }
        filled += got
      }
      socket.onReady = () => undefined
      this.#cookieRead(socket, cookie.toString('latin1', 0, COOKIE - 1))
    }
    socket.onReady()
  }

  #cookieRead(socket: StackSocket, cookie: string): void {
    const test = this.#test
    if (test === null) {
      void this.#control(socket, cookie)
    } else if (test.cookie === cookie && test.streams.length < test.wanted) {
      test.streams.push({ socket, octets: 0 })
      if (test.streams.length === test.wanted) test.complete()
    } else {
      // The end of the test before may have come just before this: it is heard first.
      setImmediate(() => this.#admit(socket, cookie))
    }
  }

  #admit(socket: StackSocket, cookie: string): void {
    if (this.#test === null) {
      void this.#control(socket, cookie)
      return
    }
    socket.send(Uint8Array.of(State.ACCESS_DENIED))
    socket.close()
  }

  async #control(socket: StackSocket, cookie: string): Promise<void> {
    const channel = new ControlChannel(socket)
    const test: Test = { cookie, streams: [], wanted: 0, complete: () => undefined }
    this.#test = test
    try {
      await this.#run(channel, test)
    } catch {
      // The client has gone, or speaks another language: either way this test is over, and the next one is welcome.
    } finally {
      this.#test = null
      for (const { socket: data } of test.streams) data.close()
      channel.close()
    }
  }

  async #run(channel: ControlChannel, test: Test): Promise<void> {
    channel.state(State.PARAM_EXCHANGE)
    const parameters = (await channel.readJson()) as Parameters
    const parallel = parameters.parallel ?? 1
    if (parameters.tcp !== true || parameters.bidirectional === true || !(parallel >= 1 && parallel <= STREAMS_MAX)) {
      channel.state(State.SERVER_ERROR)
      channel.numbers(IEUNIMP, 0)
      return
    }
    test.wanted = parallel
    const complete = new Promise<void>((resolve) => {
      test.complete = resolve
    })
    channel.state(State.CREATE_STREAMS)
    // A client that gives up now says so, or just goes.
    const next = channel.readState()
    await Promise.race([complete, next])
    if (test.streams.length < test.wanted) return
    const began = { time: hrtime.bigint(), cpu: cpuUsage() }
    channel.state(State.TEST_START)
    channel.state(State.TEST_RUNNING)
    const reverse = parameters.reverse === true
    for (const stream of test.streams) (reverse ? fill : count)(stream)
    if ((await next) !== State.TEST_END) return
    const results = resultsOf(test, began)
    channel.state(State.EXCHANGE_RESULTS)
    await channel.readJson()
    channel.json(results)
    channel.state(State.DISPLAY_RESULTS)
    await channel.readState()
  }
}

function count(stream: DataStream): void {
  discard(stream.socket, (octets) => {
    stream.octets += octets
  })
}

function fill(stream: DataStream): void {
  const { socket } = stream
  socket.onReady = () => {
    while (socket.isOpen) {
      const sent = socket.send(zeros)
      if (sent < 0) {
        if (!socket.isAgain(sent)) socket.close()
        return
      }
      stream.octets += sent
    }
  }
  socket.onReady()
}

/** What iperf3's client wants to know: it prints the other side's octets beside its own. */
function resultsOf(test: Test, began: { readonly time: bigint; readonly cpu: NodeJS.CpuUsage }): object {
  const seconds = Number(hrtime.bigint() - began.time) / 1e9
  const { user, system } = cpuUsage(began.cpu)
  const percent = (us: number): number => us / 1e4 / seconds
  return {
    cpu_util_total: percent(user + system),
    cpu_util_user: percent(user),
    cpu_util_system: percent(system),
    sender_has_retransmits: 1,
    // iperf3 numbers its streams 1, 3, 4, 5, …
    streams: test.streams.map(({ socket, octets }, i) => ({
      id: i === 0 ? 1 : i + 2,
      bytes: octets,
      retransmits: socket.isOpen ? socket.retransmissions : 0,
      jitter: 0,
      errors: 0,
      packets: 0,
      start_time: 0,
      end_time: seconds,
    })),
  }
}

/** The control connection. A read rejects when the client has gone. */
class ControlChannel {
  readonly #stream: SocketStream
  /** Rejects when the connection is over. */
  readonly #ended: Promise<never>

  constructor(socket: StackSocket) {
    const stream = new SocketStream(socket)
    this.#stream = stream
    this.#ended = new Promise((_, reject) => {
      const over = (): void => reject(new Error('the client has gone'))
      stream.once('end', over)
      stream.once('close', over)
      stream.on('error', over)
    })
    // Those who wait hear of it; that nobody waits is no error.
    this.#ended.catch(() => undefined)
  }

  state(state: number): void {
    this.#stream.write(Uint8Array.of(state))
  }

  numbers(...values: readonly number[]): void {
    const octets = Buffer.alloc(4 * values.length)
    for (const [i, value] of values.entries()) octets.writeUInt32BE(value, 4 * i)
    this.#stream.write(octets)
  }

  json(value: object): void {
    const text = JSON.stringify(value)
    this.numbers(Buffer.byteLength(text))
    this.#stream.write(text)
  }

  async readState(): Promise<number> {
    return (await this.#read(1)).readUInt8()
  }

  async readJson(): Promise<unknown> {
    const length = (await this.#read(4)).readUInt32BE()
    if (length > JSON_MAX) throw new Error(`JSON of ${length} octets`)
    return JSON.parse((await this.#read(length)).toString())
  }

  close(): void {
    this.#stream.end()
    this.#stream.resume()
  }

  async #read(length: number): Promise<Buffer> {
    for (;;) {
      const octets = this.#stream.read(length) as Buffer | null
      if (octets !== null) return octets
      await Promise.race([new Promise((resolve) => this.#stream.once('readable', resolve)), this.#ended])
    }
  }
}
