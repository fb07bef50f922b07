import type { VNode } from 'preact'
import { formatTime } from '../ui/format.ts'
import type { Lab } from './lab-store.ts'

/** What the user has done to the run, and how to take it back. */
export function ActList({ lab }: { readonly lab: Lab }): VNode | null {
  const acts = lab.acts.value
  if (acts.length === 0) return null
  const troubles = lab.progress.value?.troubles ?? []
  return (
    <section class="acts" aria-label="What you did">
      <ol>
        {acts.map(({ tick, time, words }, index) => (
          <li key={`${index} ${words}`}>
            {tick > 0 && <span class="quiet">{formatTime(time)} </span>}
            <code>{tick > 0 ? words : words.replace(/^(\S+) (\d+)/, '$1 packet $2')}</code>
          </li>
        ))}
      </ol>
      <button type="button" class="button" aria-keyshortcuts="u" title="Take back the last (key u)" onClick={lab.undo}>
        Undo
      </button>
      {troubles.map((trouble) => (
        <p key={trouble} class="act-trouble" role="alert">
          Not done: {trouble}
        </p>
      ))}
    </section>
  )
}
