/** The worker threads of a Node program: each has sockets of its own, and is asked through the inspector of the whole. */
import { HostError } from '../errors.ts'

/** What can be asked by the Chrome DevTools Protocol: the program's first thread, or a worker. */
export interface InspectedThread {
  /** @throws HostError (a rejection) when it is refused, or not answered in time */
  call<T>(method: string, params?: object): Promise<T>
  /** Be told of an event. One listener each. */
  on(event: string, listener: (params: unknown) => void): void
}

/** A worker that does not answer may be busy for long: the others are asked meanwhile. */
const ANSWER_MS = 5000
/** A program has a few; a hundred are more than anybody waits for. */
const WORKERS_MAX = 64

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

class WorkerSession implements InspectedThread {
  readonly #send: (message: string) => Promise<unknown>
  readonly #waiting = new Map<number, (message: Message) => void>()
  readonly #listeners = new Map<string, (params: unknown) => void>()
  #next = 1

  constructor(send: (message: string) => Promise<unknown>) {
    this.#send = send
  }

  on(event: string, listener: (params: unknown) => void): void {
    this.#listeners.set(event, listener)
  }

  async call<T>(method: string, params: object = {}): Promise<T> {
    const id = this.#next++
    const answer = new Promise<T>((resolve, reject) => {
      const impatience = setTimeout(() => {
        this.#waiting.delete(id)
        reject(new HostError(`${method}: a worker thread did not answer within ${ANSWER_MS / 1000} s`))
      }, ANSWER_MS)
      this.#waiting.set(id, ({ result, error }) => {
        clearTimeout(impatience)
        if (error === undefined) resolve(result as T)
        else reject(new HostError(`inspector of a worker thread: ${error.message}`))
      })
    })
    const [, result] = await Promise.all([this.#send(JSON.stringify({ id, method, params })), answer])
    return result
  }

  hear(text: string): void {
    const message = JSON.parse(text) as Message
    if (message.method !== undefined) this.#listeners.get(message.method)?.(message.params)
    if (message.id === undefined) return
    this.#waiting.get(message.id)?.(message)
    this.#waiting.delete(message.id)
  }
}

/**
 * The workers that there are now. They go on as they do; those that begin later are not waited for.
 * @throws HostError (a rejection) when the program does not answer
 */
export async function workersOf(main: InspectedThread): Promise<InspectedThread[]> {
  const sessions = new Map<string, WorkerSession>()
  main.on('NodeWorker.attachedToWorker', (params) => {
    const { sessionId } = params as { readonly sessionId: string }
    const send = (message: string): Promise<unknown> =>
      main.call('NodeWorker.sendMessageToWorker', { sessionId, message })
    if (sessions.size < WORKERS_MAX) sessions.set(sessionId, new WorkerSession(send))
  })
  main.on('NodeWorker.receivedMessageFromWorker', (params) => {
    const { sessionId, message } = params as { readonly sessionId: string; readonly message: string }
    sessions.get(sessionId)?.hear(message)
  })
  await main.call('NodeWorker.enable', { waitForDebuggerOnStart: false })
  return [...sessions.values()]
}
