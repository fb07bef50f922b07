import type { ReplayedConnection } from 'lastack/capture'
import { buildLadder, formatEndpoint } from 'lastack/inspect'
import { stateName } from 'lastack/tcp'
import type { VNode } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import { LadderDrawing } from '../lab/ladder-drawing.tsx'
import { formatMs, plural } from '../ui/format.ts'
import { StateName } from '../ui/state-mark.tsx'
import type { Captures, PlayedFile } from './capture-store.ts'

function nameOf({ address, port }: ReplayedConnection['ends'][number]): string {
  return formatEndpoint(address, port)
}

/** The states that one end went through, in order. */
function Path({ connection, end }: { readonly connection: ReplayedConnection; readonly end: 0 | 1 }): VNode {
  const moves = connection.moves.filter((move) => move.end === end)
  return (
    <li>
      <span class="mono">{nameOf(connection.ends[end])}</span>
      <span class="capture-path">
        {moves.map(({ to, time }, i) => (
          <span class="capture-step" key={`${time} ${i}`}>
            {i > 0 && <span class="quiet">→</span>}
            <StateName state={stateName(to)} />
          </span>
        ))}
      </span>
    </li>
  )
}

function Facts({ connection }: { readonly connection: ReplayedConnection }): VNode {
  const { ends, roundTrip, isMidstream, problems, omittedSegments } = connection
  return (
    <div class="capture-facts">
      <ul>
        <Path connection={connection} end={0} />
        <Path connection={connection} end={1} />
      </ul>
      <p class="quiet">
        {ends.map((end) => `${nameOf(end)} sent ${plural(end.counts.octets, 'octet')}`).join(', ')}
        {roundTrip !== undefined && `; round trip ${formatMs(roundTrip / 1_000)}`}
        {isMidstream && '; the capture joins in its middle'}
        {omittedSegments > 0 && `; ${plural(omittedSegments, 'segment')} from its midst are not drawn`}
      </p>
      {problems.length > 0 && (
        <ul class="capture-problems">
          {problems.map(({ text }) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** One connection of a capture: both ends' states, what was wrong, and its ladder. */
export function ConnectionPanel({
  captures,
  played,
}: {
  readonly captures: Captures
  readonly played: PlayedFile
}): VNode | null {
  const frame = useRef<HTMLElement>(null)
  const number = captures.connection.value
  const connection = played.capture.connections.find((one) => one.number === number)
  const ladder = useMemo(
    () => (connection === undefined ? null : buildLadder(connection.events, { hosts: connection.ends.map(nameOf) })),
    [connection],
  )
  if (connection === undefined || ladder === null) return null
  return (
    <section class="panel capture-panel" aria-label="Connection">
      <Facts connection={connection} />
      <header class="ladder-head">
        <h2>{ladder.hosts[0]}</h2>
        <h2>{ladder.hosts[1]}</h2>
      </header>
      <LadderDrawing frame={frame} ladders={[ladder]} raw={false} chosen={null} follows={false} />
    </section>
  )
}
