import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { TableWindow, ViewItem } from './view.ts'

/** Rows of a new reading that are drawn in one frame. A screen has some thirty: the change runs down it in a twinkling. */
const ROWS_PER_FRAME = 6
/** Frames that a new reading leaves to what stands around the table. */
const FRAMES_BEFORE = 2

/** What is drawn in a line of the table, and the time of the reading that it comes from. */
interface Line {
  readonly item: ViewItem | undefined
  /** ms since 1970 */
  readonly now: number
}

interface Spread {
  latest: TableWindow | null
  /** The window that the lines still show whose turn has not come; `null`: all show the latest. */
  before: TableWindow | null
  frames: number
}

function lineAt(shown: TableWindow | null, index: number): Line {
  return { item: shown?.items[index - shown.from], now: shown?.takenAt ?? 0 }
}

/**
 * Spreads a new reading over some frames, so that none has to draw all rows at once. Scrolling and asking for something else
 * are answered at once: they bring a window of the same reading.
 *
 * @param first index of the first line in sight
 * @param count lines in sight
 */
export function useSpread(shown: TableWindow | null, first: number, count: number): (index: number) => Line {
  const spread = useRef<Spread>({ latest: null, before: null, frames: 0 }).current
  const [, redraw] = useState(0)
  if (shown !== spread.latest) {
    const isNewReading = spread.latest !== null && shown?.takenAt !== spread.latest.takenAt
    spread.before = isNewReading ? spread.latest : null
    spread.frames = -FRAMES_BEFORE
    spread.latest = shown
  }
  useLayoutEffect(() => {
    if (spread.before === null) return
    const frame = requestAnimationFrame(() => {
      spread.frames += 1
      if (spread.frames * ROWS_PER_FRAME >= count) spread.before = null
      redraw((times) => times + 1)
    })
    return () => cancelAnimationFrame(frame)
  })
  return (index) => {
    const waits = spread.before !== null && index - first >= spread.frames * ROWS_PER_FRAME
    const before = waits ? lineAt(spread.before, index) : undefined
    // A line that has come into sight since has no old form to show.
    return before?.item === undefined ? lineAt(spread.latest, index) : before
  }
}
