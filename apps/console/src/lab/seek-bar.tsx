import type { VNode } from 'preact'
import { formatTime } from '../ui/format.ts'
import type { Lab } from './lab-store.ts'

/** The whole run as a line to slide along; each stop is one step. */
export function SeekBar({ lab }: { readonly lab: Lab }): VNode | null {
  const [shown, plan] = [lab.shown.value, lab.plan.value]
  if (shown === null || plan === null) return null
  const { length } = plan.stops
  const end = plan.stops.at(-1)?.time ?? 0
  return (
    <label class="seek">
      <span class="quiet">
        Step {shown.step} of {length}
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
      <span class="quiet">{formatTime(end)}</span>
    </label>
  )
}
