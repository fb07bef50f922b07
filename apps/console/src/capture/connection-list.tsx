import type { ReplayedConnection } from 'lastack/capture'
import { formatEndpoint } from 'lastack/inspect'
import { stateName } from 'lastack/tcp'
import type { VNode } from 'preact'
import { useRef } from 'preact/hooks'
import { formatTime } from '../ui/format.ts'
import { StateName } from '../ui/state-mark.tsx'
import { useVirtual } from '../ui/use-virtual.ts'
import type { Captures, PlayedFile } from './capture-store.ts'

const ROW_HEIGHT = 76

function Item({ connection }: { readonly connection: ReplayedConnection }): VNode {
  const { ends, start, problems } = connection
  return (
    <>
      <span class="capture-ends mono">
        {ends.map(({ address, port }) => formatEndpoint(address, port)).join(' – ')}
      </span>
      <span class="capture-states">
        {ends.map(({ state }, i) =>
          state === undefined ? (
            <span key={`${i}`}>not known</span>
          ) : (
            <StateName key={`${i}`} state={stateName(state)} />
          ),
        )}
      </span>
      <span class="capture-more">
        <span class="quiet">{formatTime(start)}</span>
        {problems[0] !== undefined && <span class="capture-problem">{problems[0].kind}</span>}
      </span>
    </>
  )
}

/** The connections of a capture, each with where both ends were at its end and what was gravest. */
export function ConnectionList({
  captures,
  played,
}: {
  readonly captures: Captures
  readonly played: PlayedFile
}): VNode {
  const scroller = useRef<HTMLElement>(null)
  const { connections } = played.capture
  const list = useVirtual({ scroller, count: connections.length, rowHeight: ROW_HEIGHT, headHeight: 0 })
  return (
    <nav class="capture-list" ref={scroller} aria-label="Connections">
      {connections.length === 0 && <p class="nothing">No TCP connection is in it.</p>}
      <div class="capture-rows" style={{ height: `${list.totalHeight}px` }}>
        {list.items.map(({ index, start }) => {
          const connection = connections[index]
          if (connection === undefined) return null
          return (
            <button
              key={connection.number}
              type="button"
              class="capture-row"
              aria-pressed={connection.number === captures.connection.value}
              style={{ transform: `translateY(${start}px)` }}
              onClick={() => {
                captures.connection.value = connection.number
              }}
            >
              <Item connection={connection} />
            </button>
          )
        })}
      </div>
    </nav>
  )
}
