import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from '@tanstack/virtual-core'
import type { RefObject } from 'preact'
import { useLayoutEffect, useState } from 'preact/hooks'

interface VirtualOptions {
  readonly scroller: RefObject<HTMLElement | null>
  readonly count: number
  /** Height of every row, px. */
  readonly rowHeight: number
  /** Height of what stands above the rows inside the scroller and sticks there, px. */
  readonly headHeight: number
}

/** Which rows of a long list are near enough to the screen to be drawn. */
export interface VirtualList {
  readonly items: readonly VirtualItem[]
  readonly isScrolling: boolean
  readonly totalHeight: number
  readonly scrollTo: (index: number) => void
}

/** Rows drawn above and below what is seen, so that a slow scroll never shows a gap. */
const OVERSCAN = 4

/** Connects the virtual list to a scrolling element. */
export function useVirtual({ scroller, count, rowHeight, headHeight }: VirtualOptions): VirtualList {
  const [, redraw] = useState(0)
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    overscan: OVERSCAN,
    scrollPaddingStart: headHeight,
    onChange: () => redraw((times) => times + 1),
  }
  const [virtualizer] = useState(() => new Virtualizer<HTMLElement, HTMLElement>(options))
  virtualizer.setOptions(options)
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer])
  useLayoutEffect(() => virtualizer._willUpdate())
  // A row of another height (the narrow layout) makes every remembered place wrong.
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, rowHeight])
  return {
    items: virtualizer.getVirtualItems(),
    isScrolling: virtualizer.isScrolling,
    totalHeight: virtualizer.getTotalSize(),
    scrollTo: (index) => virtualizer.scrollToIndex(index, { align: 'auto' }),
  }
}
