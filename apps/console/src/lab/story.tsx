import type { Step } from 'lastack/sim'
import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { formatCount, formatTime } from '../ui/format.ts'
import { SocketCards } from './socket-cards.tsx'

/** A line of the story in plain words. */
export function storyText(line: Step): string {
  switch (line.kind) {
    case 'say':
      return line.text
    case 'check':
      return line.sentence
    case 'table':
      return line.title
    case 'fact':
      return `${line.name}: ${formatCount(line.value)}`
  }
}

function Line({ line }: { readonly line: Step }): VNode {
  if (line.kind === 'say') return <p>{line.text}</p>
  if (line.kind === 'fact') return <p>{storyText(line)}</p>
  if (line.kind === 'table') {
    return (
      <details>
        <summary>
          {line.title} <span class="quiet">({line.host})</span>
        </summary>
        <SocketCards rows={line.rows} />
      </details>
    )
  }
  return (
    <p class="check" data-passed={line.passed}>
      <span class="check-sign" aria-hidden="true">
        {line.passed ? '✓' : '✗'}
      </span>
      <span>
        <span class="visually-hidden">{line.passed ? 'True: ' : 'Not true: '}</span>
        {line.sentence}
        {!line.passed && line.detail !== '' && <em> {line.detail}</em>}
      </span>
    </p>
  )
}

interface StoryProps {
  /** Of the scenario. */
  readonly id: string
  /** The same lines are the same list. */
  readonly story: readonly Step[]
}

/** What the run tells as it goes: narration, assertions, tables. */
export function Story({ id, story }: StoryProps): VNode {
  return useMemo(
    () => (
      <section class="story" aria-label="Story">
        <h2>Story</h2>
        <ol>
          {story.map((line, index) => (
            <li key={`${id} ${index}`} data-kind={line.kind}>
              <span class="story-time">{formatTime(line.time)}</span>
              <Line line={line} />
            </li>
          ))}
        </ol>
      </section>
    ),
    [id, story],
  )
}
