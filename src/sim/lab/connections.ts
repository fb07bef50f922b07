import { stateName } from '../../stack/index.ts'
import type { Recorder } from '../../trace/index.ts'
import type { LabConnection } from './types.ts'

/** Which of a host's connections is meant; what is left out does not matter. Listeners are meant only by `listening`. */
export interface ConnectionChoice {
  readonly conn?: number
  readonly localPort?: number
  readonly remotePort?: number
  readonly listening?: boolean
}

interface Known {
  conn: number
  state: string
  localPort: number
  remotePort: number
  listening: boolean
}

/** Every connection of a world and its state now, kept up to date from the trace as it grows. */
export class ConnectionBook {
  private readonly recorder: Recorder
  private readonly byHost = new Map<number, Map<number, Known>>()
  private read = 0

  constructor(recorder: Recorder) {
    this.recorder = recorder
  }

  /** A host's connections in the order they began, listeners left out. */
  of(host: number): readonly LabConnection[] {
    return this.all(host).filter((known) => !known.listening)
  }

  /** The newest connection of a host that fits. */
  pick(host: { readonly index: number }, which: ConnectionChoice): LabConnection | undefined {
    return this.all(host.index).findLast(
      (known) =>
        known.listening === (which.listening ?? false) &&
        (which.conn === undefined || which.conn === known.conn) &&
        (which.localPort === undefined || which.localPort === known.localPort) &&
        (which.remotePort === undefined || which.remotePort === known.remotePort),
    )
  }

  private all(host: number): Known[] {
    this.catchUp()
    return [...(this.byHost.get(host)?.values() ?? [])]
  }

  private catchUp(): void {
    for (; this.read < this.recorder.total; this.read++) {
      const event = this.recorder.at(this.read)
      if (event.conn === 0) continue
      if (event.kind === 'state') {
        const known = this.get(event.host, event.conn)
        known.state = stateName(event.to)
        if (known.state === 'LISTEN') known.listening = true
      } else if (event.kind === 'segment') {
        const known = this.byHost.get(event.host)?.get(event.conn)
        if (known === undefined || known.listening) continue
        known.localPort = event.localPort
        known.remotePort = event.remotePort
      }
    }
  }

  private get(host: number, conn: number): Known {
    let connections = this.byHost.get(host)
    if (connections === undefined) {
      connections = new Map()
      this.byHost.set(host, connections)
    }
    let known = connections.get(conn)
    if (known === undefined) {
      known = { conn, state: 'CLOSED', localPort: 0, remotePort: 0, listening: false }
      connections.set(conn, known)
    }
    return known
  }
}
