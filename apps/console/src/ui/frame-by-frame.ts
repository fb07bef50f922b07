/** Does one thing a frame, so that no frame has all to draw. */
export class FrameByFrame {
  private waiting: (() => void)[] = []
  private frame = 0

  /** Does the first thing now and each of the others a frame later. What still waits from before is done at once. */
  run(first: () => void, ...others: readonly (() => void)[]): void {
    cancelAnimationFrame(this.frame)
    for (const task of this.waiting) task()
    this.waiting = [...others]
    first()
    this.next()
  }

  private next(): void {
    if (this.waiting.length === 0) return
    // In the background no frame comes: then there is nothing to spare either.
    if (document.hidden) {
      for (const task of this.waiting.splice(0)) task()
      return
    }
    this.frame = requestAnimationFrame(() => {
      this.waiting.shift()?.()
      this.next()
    })
  }
}
