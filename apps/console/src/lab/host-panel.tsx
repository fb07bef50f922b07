import type { VNode } from 'preact'
import { DiagramView } from './diagram-view.tsx'
import { HostMenu } from './host-menu.tsx'
import type { Lab, Shown } from './lab-store.ts'
import type { HostFrame } from './protocol.ts'
import { SocketCards } from './socket-cards.tsx'
import { Timers } from './timers.tsx'

interface HostPanelProps {
  readonly lab: Lab
  readonly frame: HostFrame
  readonly shown: Shown
}

/** One host: where its connections stand in the diagram of states, its sockets and timers, and what can be done to it. */
export function HostPanel({ lab, frame, shown }: HostPanelProps): VNode {
  const { host } = frame
  return (
    <section class="panel" aria-label={host.name}>
      <header class="panel-head">
        <h2>{host.name}</h2>
        <span class="quiet">
          {host.personality} · <span class="mono">{host.addresses.join(', ')}</span>
        </span>
      </header>
      <DiagramView frame={frame} run={shown.course} />
      <h3>Sockets</h3>
      <div class="panel-body">
        <SocketCards rows={frame.rows} calls={{ host: host.name, isOn: !shown.done, act: lab.act }} />
      </div>
      <Timers frame={frame} shown={shown} />
      <HostMenu lab={lab} frame={frame} />
    </section>
  )
}
