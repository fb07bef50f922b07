import { entryOf, errnoName, type Micros } from '../../base/index.ts'
import type { CallSpec } from '../language/ast.ts'
import type { RunConfig } from '../run/config.ts'
import type { HostStage } from '../run/host-stage.ts'
import { meant, Unsupported } from '../run/outcome.ts'
import type { Begun, Caller } from './caller.ts'
import { CALLS } from './index.ts'
import { type File, type Scene, tcbOf } from './scene.ts'

/** Makes a script's calls on a host of this project. */
export class HostCaller implements Caller {
  readonly #files = new Map<number, File>()
  readonly #dropped = new Set<number>()
  readonly #stage: HostStage
  readonly #config: RunConfig
  readonly #fileLength: (path: string) => number | undefined

  /** @param fileLength how long a file is that commands of the script have made */
  constructor(stage: HostStage, config: RunConfig, fileLength: (path: string) => number | undefined) {
    this.#stage = stage
    this.#config = config
    this.#fileLength = fileLength
  }

  get callsBesideAtOnce(): boolean {
    return this.#stage.host.personality.name === 'freebsd'
  }

  begin(spec: CallSpec, wanted: number, zero: Micros): Begun {
    const handler = entryOf(CALLS, spec.name)
    if (handler === undefined) throw new Unsupported(`call ${spec.name}()${meant(spec.name, Object.keys(CALLS))}`)
    const started = handler(spec.args, this.#scene(wanted, zero))
    return {
      opens: started.open !== undefined,
      get deadline() {
        return started.deadline
      },
      attempt: () => started.attempt(),
      finish: (result) => {
        if (result >= 0 && started.open !== undefined)
          this.#files.set(wanted >= 0 ? wanted : result, started.open(result))
        started.check?.(result)
      },
    }
  }

  /** Epoll instances see each edge when it comes. */
  observe(): void {
    for (const file of this.#files.values()) if (file.kind === 'epoll') file.epoll.observe(this.#scene(-1, 0))
  }

  errnoOf(result: number): string {
    return result < 0 ? errnoName(result, this.#stage.host.personality.errno) : ''
  }

  /** The live descriptor of the connection under test: the newest socket that is connected, else any. */
  get socketUnderTest(): number {
    const sockets = [...this.#files.values()].filter((file) => file.kind === 'socket').reverse()
    const port = this.#stage.flows.current?.remotePort
    const own = sockets.find(({ fd }) => this.#remotePortOf(fd) === port)
    return (own ?? sockets[0])?.fd ?? -1
  }

  #remotePortOf(fd: number): number | undefined {
    return tcbOf(this.#stage, fd)?.remotePort
  }

  #scene(wanted: number, zero: Micros): Scene {
    const stage = this.#stage
    const { host, process, flows } = stage
    return {
      config: this.#config,
      host,
      process,
      flows,
      files: this.#files,
      dropped: this.#dropped,
      fileLength: this.#fileLength,
      zero,
      wanted,
      get now(): Micros {
        return stage.now
      },
    }
  }
}
