import type { ComponentChildren } from 'preact'

/** Names in capitals with hyphens in them, as those of states: FIN-WAIT-2. */
const NAMES = /([A-Z]+(?:-[A-Z0-9]+)+)/

/** A sentence in which no state's name is broken at its hyphen. */
export function prose(text: string): ComponentChildren {
  return text.split(NAMES).map((part, index) =>
    index % 2 === 1 ? (
      <span key={`${index}`} class="whole">
        {part}
      </span>
    ) : (
      part
    ),
  )
}

/** A command that is broken between its words, and within one only where that alone is wider than the line. */
export function command(text: string): ComponentChildren {
  return text.split(' ').flatMap((word, index) => [
    ...(index === 0 ? [] : [' ']),
    <span key={`${index}`} class="word">
      {word}
    </span>,
  ])
}
