import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { ConnectionMessage, InfoMessage } from 'lastack/host'

/** Samples kept: ten minutes of one a second. */
const SAMPLES_MAX = 600

/** TCP_INFO and the queues at one reading. */
export interface InfoSample {
  /** ms since 1970. */
  readonly at: number
  readonly info: InfoMessage
  readonly recvQueue: number
  readonly sendQueue: number
}

/** One connection, looked at again with every reading. */
export class ConnectionStore {
  readonly cookie: string
  private readonly told: Signal<ConnectionMessage | null> = signal(null)
  private readonly kept: Signal<readonly InfoSample[]> = signal<readonly InfoSample[]>([])
  private readonly wrong: Signal<string | null> = signal(null)
  private asking = false

  constructor(cookie: string) {
    this.cookie = cookie
  }

  /** The latest answer; null until there is one. */
  get latest(): ReadonlySignal<ConnectionMessage | null> {
    return this.told
  }

  /** The oldest first. */
  get samples(): ReadonlySignal<readonly InfoSample[]> {
    return this.kept
  }

  /** Why the latest question had no answer. */
  get failure(): ReadonlySignal<string | null> {
    return this.wrong
  }

  /** Asks again, unless an answer is on its way. */
  async ask(): Promise<void> {
    if (this.asking) return
    this.asking = true
    try {
      const url = new URL(`api/connection?cookie=${this.cookie}`, document.baseURI)
      const response = await fetch(url, { cache: 'no-store' })
      const answer: unknown = await response.json()
      if (!response.ok) throw new Error(String((answer as { readonly error?: unknown }).error))
      this.take(answer as ConnectionMessage)
      this.wrong.value = null
    } catch (error) {
      this.wrong.value = error instanceof Error ? error.message : String(error)
    } finally {
      this.asking = false
    }
  }

  private take(message: ConnectionMessage): void {
    this.told.value = message
    const { info, socket, takenAt } = message
    const before = this.kept.peek()
    if (info === null || socket === null || before.at(-1)?.at === takenAt) return
    const sample = { at: takenAt, info, recvQueue: socket.recvQueue, sendQueue: socket.sendQueue }
    this.kept.value = [...before.slice(-SAMPLES_MAX + 1), sample]
  }
}
