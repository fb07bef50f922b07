import type { VNode } from 'preact'
import { formatCount, formatTime } from '../ui/format.ts'
import type { Lab } from './lab-store.ts'

/** The whole run as a line to slide along; each stop is one step. */
export function SeekBar({ lab }: { readonly lab: Lab }): VNode | null {
  const shown = lab.readable.value
  // While it plays at full speed, the end is where it stands.
  const progress = lab.isFast.value ? lab.progress.peek() : lab.progress.value
  if (shown === null || progress === null) return null
  const { stops: length, isWhole, course } = progress
  return (
    <label class="seek" aria-busy={!isWhole}>
      <span class="quiet">
        Step {formatCount(shown.step)} of {formatCount(length)}
        {!isWhole && '…'}
      </span>
      <input
        type="range"
        min="0"
        max={length}
        step="1"
        value={shown.step}
        aria-label="Moment of the run"
        aria-valuetext={`Step ${shown.step} of ${length}, ${formatTime(shown.now)}`}
        onInput={(event) => {
          lab.playing.value = false
          lab.seek(event.currentTarget.valueAsNumber)
        }}
      />
      <span class="quiet">{formatTime(course.end)}</span>
    </label>
  )
}
