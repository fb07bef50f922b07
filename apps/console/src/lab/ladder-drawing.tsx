import type { Ladder } from 'lastack/inspect'
import type { ComponentChildren, RefObject, VNode } from 'preact'
import { useLayoutEffect, useMemo, useState } from 'preact/hooks'
import { useWidth } from '../ui/use-width.ts'
import { drawLadders } from './ladder-picture.ts'
import { ladderSentences } from './ladder-sentences.ts'
import { LadderSvg, type Stretch } from './ladder-svg.tsx'

/** Sentences that are kept; a run of thousands of packets would be a list that nobody hears to its end. */
const SENTENCES_MAX = 200

/** The same ladder in sentences, for those who cannot see the drawing. */
function InWords({ ladder, label }: { readonly ladder: Ladder; readonly label: string }): VNode {
  const sentences = ladderSentences(ladder)
  const first = Math.max(0, sentences.length - SENTENCES_MAX)
  return (
    <ol class="visually-hidden" aria-label={`${label}, in words`} start={first + 1}>
      {sentences.slice(first).map((sentence, index) => (
        <li key={`${first + index}`}>{sentence}</li>
      ))}
    </ol>
  )
}

/** How much more than what is in sight is drawn, above and below, px. */
const LOOK_AHEAD = 600
const LOOK_STEP = 200

interface LadderDrawingProps {
  readonly frame: RefObject<HTMLElement | null>
  /** What it is called, where there is more than one on the page. */
  readonly label?: string
  /** Side by side, on one axis of time. */
  readonly ladders: readonly Ladder[]
  /** True: sequence numbers as on the wire. */
  readonly raw: boolean
  /** Number of the packet that is looked into. */
  readonly chosen: number | null
  /** True: the newest is always in sight; false: one begins at the top. */
  readonly follows: boolean
  /** True: it changes faster than one can read. Only what is in sight is drawn then, and nothing is told in words. */
  readonly isFast?: boolean
  /** What stands above the drawing. */
  readonly before?: ComponentChildren
  readonly children?: ComponentChildren
}

/** Between ladders that stand side by side, px. */
const BETWEEN = 40

/** Ladders that scroll, of which only what is in sight is drawn; and the same in sentences. */
export function LadderDrawing(props: LadderDrawingProps): VNode {
  const { frame, label = 'Sequence diagram', ladders, raw, chosen, follows, isFast = false, before, children } = props
  const whole = useWidth(frame)
  const width = Math.floor((whole - (ladders.length - 1) * BETWEEN) / ladders.length)
  const pictures = useMemo(() => (whole === 0 ? [] : drawLadders(ladders, width, raw)), [...ladders, width, raw])
  const [seen, look] = useState<Stretch>({ top: 0, bottom: LOOK_AHEAD })
  const lookAround = (): void => {
    const scroller = frame.current
    if (scroller === null || isFast) return
    // In steps, so that not every pixel of scrolling draws anew.
    const top = Math.floor(scroller.scrollTop / LOOK_STEP) * LOOK_STEP
    look({ top: top - LOOK_AHEAD, bottom: top + scroller.clientHeight + LOOK_STEP + LOOK_AHEAD })
  }
  const [room, setRoom] = useState(0)
  // Asked once: to ask for it at each drawing would have the page laid out once more.
  useLayoutEffect(() => setRoom(frame.current?.clientHeight ?? 0), [isFast])
  useLayoutEffect(() => {
    const scroller = frame.current
    if (scroller === null || isFast) return
    scroller.scrollTop = follows ? scroller.scrollHeight : 0
    lookAround()
  }, [isFast || pictures, isFast])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls takes the focus, so that the arrow keys can move it
    <section class="ladder" data-fast={isFast} ref={frame} tabIndex={0} aria-label={label} onScroll={lookAround}>
      {before}
      <div class="ladder-sheets" style={{ columnGap: `${BETWEEN}px` }}>
        {pictures.map((picture, i) => (
          <LadderSvg
            key={`${i}`}
            ladder={ladders[i] as Ladder}
            picture={picture}
            seen={seen}
            chosen={chosen}
            room={isFast ? room : null}
          />
        ))}
      </div>
      {children}
      {!isFast && ladders.map((ladder, i) => <InWords key={`${i}`} ladder={ladder} label={label} />)}
    </section>
  )
}
