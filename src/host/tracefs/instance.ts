/** A trace buffer of our own: others' tracing does not see it, and it does not see theirs. */
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { type HostEnvironment, THIS_MACHINE } from '../environment.ts'
import { errorCode, HostError, reasonOf } from '../errors.ts'
import { monotonicMicros } from '../monotonic.ts'
import { visible } from '../proc/visible.ts'
import { type EventFormat, parseFormat } from './format.ts'
import { openTracefs, type TracefsMount } from './mount.ts'
import { type PageLayout, parsePageLayout } from './ring-page.ts'
import { type DecodeEntry, type PageSource, type TakeLimits, takeEvents } from './take-events.ts'
import { TCP_TRACEPOINTS, TcpTraceDecoder, type TcpTraceEvent } from './tcp-events.ts'

const PREFIX = 'lastack-'
/** KiB of buffer for each CPU, some 10,000 events a MiB: as much as the limit for all of them allows, within these. */
const BUFFER_KIB = { least: 1024, most: 8192, all: 65_536 } as const
/** Taken in one go, so that a storm can neither hold the caller up nor fill its memory: 20,000 events are 10 MB for a moment. */
const LIMITS: TakeLimits = { events: 20_000, pages: 2048 }

/** What has happened since the last time. */
export interface TcpTraces {
  /** By time. */
  readonly events: readonly TcpTraceEvent[]
  /** Events were written faster than they were read, and some are lost. */
  readonly lost: boolean
  /** How many later events are left out: there were too many to be taken at once. */
  readonly leftOut: number
}

/**
 * Every transition of every TCP socket of the machine, in all network namespaces, from now on. Close it: what it has set up in the
 * kernel goes with it; of a process that was killed, with the next one that opens.
 */
export class TcpTracer {
  readonly #mount: TracefsMount
  readonly #directory: string
  readonly #decoder: TcpTraceDecoder
  readonly #layout: PageLayout
  readonly #pipes: number[] = []
  readonly #sources: PageSource[] = []
  /** Tracepoints that this kernel does not have. */
  readonly missing: readonly string[]
  #held: TcpTraceEvent[] = []
  readonly #atExit = (): void => this.close()

  private constructor(mount: TracefsMount, directory: string, formats: readonly EventFormat[]) {
    this.#mount = mount
    this.#directory = directory
    this.#decoder = new TcpTraceDecoder(formats)
    this.#layout = parsePageLayout(readFileSync(`${mount.path}/events/header_page`, 'utf8'))
    this.missing = TCP_TRACEPOINTS.filter((path) => !formats.some(({ name }) => path.endsWith(`/${name}`)))
  }

  /** @throws HostError (a rejection) in one line when this machine or this user has no tracefs, or one without TCP's tracepoints */
  static async open(environment: Partial<HostEnvironment> = {}): Promise<TcpTracer> {
    const machine = { ...THIS_MACHINE, ...environment }
    if (machine.platform !== 'linux') throw new HostError(`tracefs is Linux's, and this is ${machine.platform}`)
    const mount = await openTracefs(machine.loadKoffi)
    try {
      removeStale(mount.path, machine.procRoot)
      return TcpTracer.#begin(mount)
    } catch (error) {
      mount.close()
      if (error instanceof HostError || errorCode(error) === undefined) throw error
      throw new HostError(`tracefs: ${reasonOf(error)}`)
    }
  }

  static #begin(mount: TracefsMount): TcpTracer {
    const formats = TCP_TRACEPOINTS.flatMap((path) => {
      const text = visible(() => readFileSync(`${mount.path}/events/${path}/format`, 'utf8'))
      return text === undefined ? [] : [parseFormat(text)]
    })
    for (const name of ['inet_sock_set_state', 'tcp_destroy_sock']) {
      if (!formats.some((format) => format.name === name)) throw new HostError(`tracefs: this kernel has no ${name}`)
    }
    // A program may open two of them.
    const directory = `${mount.path}/instances/${freeName(mount.path)}`
    mkdirSync(directory)
    try {
      const tracer = new TcpTracer(mount, directory, formats)
      tracer.#start(formats)
      return tracer
    } catch (error) {
      rmdirSync(directory)
      throw error
    }
  }

  #start(formats: readonly EventFormat[]): void {
    const write = (name: string, text: string): void => writeFileSync(`${this.#directory}/${name}`, text)
    write('trace_clock', 'mono')
    const cpus = readdirSync(`${this.#directory}/per_cpu`)
    const share = Math.floor(BUFFER_KIB.all / cpus.length)
    write('buffer_size_kb', String(Math.max(BUFFER_KIB.least, Math.min(BUFFER_KIB.most, share))))
    try {
      for (const cpu of cpus) {
        const path = `${this.#directory}/per_cpu/${cpu}/trace_pipe_raw`
        const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
        const page = new Uint8Array(this.#layout.pageSize)
        this.#pipes.push(fd)
        this.#sources.push({ page, read: () => readPage(fd, page) })
      }
      for (const path of TCP_TRACEPOINTS) {
        if (formats.some(({ name }) => path.endsWith(`/${name}`))) write(`events/${path}/enable`, '1')
      }
    } catch (error) {
      for (const fd of this.#pipes) closeSync(fd)
      throw error
    }
    process.once('exit', this.#atExit)
  }

  /**
   * Take what has happened; never waits. Each CPU writes a buffer of its own: what is later than the beginning of this call is held back
   * until the next, so that no CPU's earlier event comes after it.
   */
  take(): TcpTraces {
    const until = monotonicMicros()
    const decode: DecodeEntry = (page, start, length, time) => this.#decoder.decode(page, start, length, time)
    const { events, lost, leftOut } = takeEvents(this.#sources, this.#layout, decode, LIMITS)
    const found = this.#held.concat(events).sort((a, b) => a.time - b.time)
    const later = found.findIndex(({ time }) => time > until)
    this.#held = later < 0 ? [] : found.splice(later)
    return { events: found, lost, leftOut }
  }

  /** Remove the instance from the kernel. A program that ends without doing so does it then. */
  close(): void {
    process.off('exit', this.#atExit)
    for (const fd of this.#pipes.splice(0)) closeSync(fd)
    try {
      rmdirSync(this.#directory)
    } finally {
      this.#mount.close()
    }
  }
}

/** Reads a page, where there is one. */
function readPage(fd: number, page: Uint8Array): boolean {
  try {
    return readSync(fd, page) > 0
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return false
    throw error
  }
}

function freeName(root: string): string {
  const taken = new Set(readdirSync(`${root}/instances`))
  for (let i = 1; ; i++) {
    const name = i === 1 ? `${PREFIX}${process.pid}` : `${PREFIX}${process.pid}-${i}`
    if (!taken.has(name)) return name
  }
}

/** Remove what processes of ours have left that were killed. */
function removeStale(root: string, procRoot: string): void {
  for (const name of readdirSync(`${root}/instances`)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)(?:-\\d+)?$`).exec(name)?.[1]
    if (pid === undefined || visible(() => readdirSync(`${procRoot}/${pid}/task`)) !== undefined) continue
    try {
      rmdirSync(`${root}/instances/${name}`)
    } catch (error) {
      // Another start may have been quicker, or its reader is still on its way out.
      if (!['ENOENT', 'EBUSY'].includes(errorCode(error) ?? '')) throw error
    }
  }
}
