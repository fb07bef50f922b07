/** A session with the inspector of another Node process: the Chrome DevTools Protocol over a WebSocket. */
import { Worker } from 'node:worker_threads'
import { HostError } from '../errors.ts'
import type { RelayMessage } from './relay.ts'

/** An answer that takes longer does not come: the program may be stopped. */
const ANSWER_MS = 5000

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

/** A conversation with the inspector of a Node.js process. Close it. */
export class InspectorSession {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #listeners = new Map<string, (params: unknown) => void>()
  readonly #opened: Promise<unknown>
  #next = 1
  #closed: string | undefined

  private constructor(url: string) {
    // Newer Nodes have it unasked, and those to come may not know the flag.
    const execArgv = 'WebSocket' in globalThis ? [] : ['--experimental-websocket', '--no-warnings']
    this.#worker = new Worker(new URL('./relay.js', import.meta.url), { workerData: url, execArgv, stderr: true })
    this.#opened = this.#answerTo(0, 'the inspector')
    this.#worker.on('message', (message: RelayMessage) => this.#hear(message))
    this.#worker.on('error', (error) => this.#end(error.message))
    this.#worker.on('exit', () => this.#end('the connection has ended'))
  }

  /**
   * @param url the session's own, as the inspector's /json/list tells it
   * @throws HostError (a rejection) when the inspector does not answer
   */
  static async open(url: string): Promise<InspectorSession> {
    const session = new InspectorSession(url)
    try {
      await session.#opened
      return session
    } catch (error) {
      await session.close()
      throw error
    }
  }

  /** Be told of an event, `Debugger.scriptParsed`. One listener each. */
  on(event: string, listener: (params: unknown) => void): void {
    this.#listeners.set(event, listener)
  }

  /**
   * Call a method of the protocol.
   * @throws HostError (a rejection) when it is refused, or not answered within five seconds
   */
  async call<T>(method: string, params: object = {}): Promise<T> {
    if (this.#closed !== undefined) throw new HostError(`${method}: ${this.#closed}`)
    const id = this.#next++
    const answer = this.#answerTo(id, method)
    this.#worker.postMessage(JSON.stringify({ id, method, params }))
    return (await answer) as T
  }

  async close(): Promise<void> {
    this.#end('the session was closed')
    await this.#worker.terminate()
  }

  #answerTo(id: number, what: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const impatience = setTimeout(() => {
        this.#waiting.delete(id)
        reject(new HostError(`${what} did not answer within ${ANSWER_MS / 1000} s`))
      }, ANSWER_MS)
      const settle = (): void => clearTimeout(impatience)
      this.#waiting.set(id, {
        resolve: (result) => {
          settle()
          resolve(result)
        },
        reject: (error) => {
          settle()
          reject(error)
        },
      })
    })
  }

  #hear(message: RelayMessage): void {
    if (message.kind === 'open') this.#take(0)?.resolve(undefined)
    else if (message.kind === 'closed') this.#end(message.reason)
    else this.#hearText(message.text)
  }

  #hearText(text: string): void {
    const { id, method, params, result, error } = JSON.parse(text) as {
      readonly id?: number
      readonly method?: string
      readonly params?: unknown
      readonly result?: unknown
      readonly error?: { readonly message: string }
    }
    if (method !== undefined) this.#listeners.get(method)?.(params)
    if (id === undefined) return
    if (error === undefined) this.#take(id)?.resolve(result)
    else this.#take(id)?.reject(new HostError(`inspector: ${error.message}`))
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiting
  }

  #end(reason: string): void {
    this.#closed ??= reason
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(new HostError(`inspector: ${reason}`))
  }
}
