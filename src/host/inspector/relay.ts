/**
 * The WebSocket of an inspector session, in a thread of its own. Node 20 has a client too, behind a flag that has to be given when
 * a thread starts; so no other WebSocket library is needed, and the flag does not reach the program.
 */
import { parentPort, workerData } from 'node:worker_threads'

/** What the thread tells. */
export type RelayMessage =
  | { readonly kind: 'open' }
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'closed'; readonly reason: string }

/** As much of the web's WebSocket as is used. Node's own types for it came after Node 20. */
interface WebSocketLike {
  send(text: string): void
  close(): void
  addEventListener(type: 'open' | 'close', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'error', listener: (event: { readonly message?: string }) => void): void
}

const { WebSocket } = globalThis as unknown as { readonly WebSocket: new (url: string) => WebSocketLike }
const tell = (message: RelayMessage): void => parentPort?.postMessage(message)

const socket = new WebSocket(workerData as string)
socket.addEventListener('open', () => tell({ kind: 'open' }))
socket.addEventListener('message', ({ data }) => tell({ kind: 'message', text: String(data) }))
socket.addEventListener('error', ({ message }) => tell({ kind: 'closed', reason: message ?? 'the connection failed' }))
socket.addEventListener('close', () => tell({ kind: 'closed', reason: 'the inspector closed the connection' }))
parentPort?.on('message', (text: string | null) => {
  if (text === null) socket.close()
  else socket.send(text)
})
