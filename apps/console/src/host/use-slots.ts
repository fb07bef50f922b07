import { useRef } from 'preact/hooks'

/** A line that is drawn, and the element that draws it. */
export interface Slot {
  /** Key of the element: the line that leaves at one end and the one that comes in at the other have the same. */
  readonly slot: number
  readonly index: number
}

/**
 * Gives the lines in sight to a fixed number of elements in turn, so that scrolling writes new text into those that are there
 * and makes none anew.
 *
 * While it scrolls, the elements keep their places in the document: to move one costs nearly what making it would. At rest they
 * stand in the order of the lines, which is that in which they are read aloud.
 *
 * @param first index of the first line to be drawn
 * @param drawn lines to be drawn
 * @param count lines that there are
 */
export function useSlots(first: number, drawn: number, count: number, scrolling: boolean): readonly Slot[] {
  const slots = useRef(0)
  // A line more or less, as it comes to pass at either edge, shall not give every line another element.
  slots.current = Math.min(count, Math.max(drawn, slots.current > drawn + SPARE_MAX ? 0 : slots.current))
  const size = slots.current
  const start = Math.max(0, Math.min(first, count - size))
  const lines = Array.from({ length: size }, (_, i) => ({ slot: (start + i) % size, index: start + i }))
  return scrolling ? lines.sort((a, b) => a.slot - b.slot) : lines
}

/** So many elements too many are kept; of a window that was made much smaller they go. */
const SPARE_MAX = 8
