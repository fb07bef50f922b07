import type { Micros } from '../../base/index.ts'

/** What a world does at a moment. */
export interface Happening {
  readonly time: Micros
  /** Breaks ties: what was planned first happens first. */
  readonly order: number
  readonly run: () => void
}

/** The world's agenda: a binary heap by time and, within a moment, by the order in which things were planned. */
export class Agenda {
  private readonly heap: Happening[] = []
  private orders = 0

  /** When the next thing happens; Infinity when nothing is planned. */
  get nextTime(): Micros {
    return this.heap[0]?.time ?? Number.POSITIVE_INFINITY
  }

  /** Plans something for that time. */
  add(time: Micros, run: () => void): void {
    const heap = this.heap
    const happening = { time, order: this.orders++, run }
    let i = heap.length
    heap.push(happening)
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (before(heap[parent] as Happening, happening)) break
      heap[i] = heap[parent] as Happening
      i = parent
    }
    heap[i] = happening
  }

  /** Takes the next thing off the agenda. */
  take(): Happening | undefined {
    const heap = this.heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || first === last) return first
    this.sink(last)
    return first
  }

  private sink(happening: Happening): void {
    const heap = this.heap
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      const right = heap[child + 1]
      if (right !== undefined && before(right, heap[child] as Happening)) child++
      if (before(happening, heap[child] as Happening)) break
      heap[i] = heap[child] as Happening
      i = child
    }
    heap[i] = happening
  }
}

function before(a: Happening, b: Happening): boolean {
  return a.time !== b.time ? a.time < b.time : a.order < b.order
}
