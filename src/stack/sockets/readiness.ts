import type { Socket } from './socket.ts'

/** Told of the sockets on which poll() may answer differently than before. The array is good until the call returns. */
export type ReadyListener = (batch: readonly Socket[]) => void

/**
 * Collects the sockets whose readiness changed, and tells of them once per packet, per advance or per call, or once per
 * batch of these: whatever is the outermost.
 */
export class Readiness {
  listener: ReadyListener | null = null
  #batch: Socket[] = []
  #spare: Socket[] = []
  #depth = 0
  #telling = false

  add(socket: Socket): void {
    if (socket.batched || this.listener === null) return
    socket.batched = true
    this.#batch.push(socket)
  }

  /** How many batches are open, one within the other. */
  get depth(): number {
    return this.#depth
  }

  enter(): void {
    this.#depth++
  }

  leave(): void {
    if (--this.#depth === 0 && this.#batch.length > 0) this.#tell()
  }

  /** The listener's own calls make sockets ready too: they come in the next round, not in a nested one. */
  #tell(): void {
    if (this.#telling) return
    this.#telling = true
    try {
      while (this.#batch.length > 0 && this.listener !== null) {
        const batch = this.#batch
        this.#batch = this.#spare
        for (const socket of batch) socket.batched = false
        try {
          this.listener(batch)
        } finally {
          // Also when the listener throws: one array for both would lose who becomes ready meanwhile.
          batch.length = 0
          this.#spare = batch
        }
      }
    } finally {
      this.#telling = false
    }
  }
}
