import type { VNode } from 'preact'
import { DiagramView } from './diagram-view.tsx'
import type { Shown } from './lab-store.ts'
import type { HostFrame } from './protocol.ts'
import { SocketCards } from './socket-cards.tsx'

/** One host: where its connections stand in the diagram of states, and its socket table. */
export function HostPanel({ frame, shown }: { readonly frame: HostFrame; readonly shown: Shown }): VNode {
  const { host } = frame
  return (
    <section class="panel" aria-label={host.name}>
      <header class="panel-head">
        <h2>{host.name}</h2>
        <span class="quiet">
          {host.personality} · <span class="mono">{host.addresses.join(', ')}</span>
        </span>
      </header>
      <DiagramView frame={frame} shown={shown} />
      <h3>Sockets</h3>
      <div class="panel-body">
        <SocketCards rows={frame.rows} />
      </div>
    </section>
  )
}
